/** Carries a plan out. */
import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Devnet } from '../../src/devnet/devnet.ts'
import type { Faults } from '../../src/devnet/faults.ts'
import { FILE } from '../../src/store/schema.ts'
import { get } from '../e2e/seiche.ts'
import { within } from './clean.ts'
import type { Disk } from './disk.ts'
import type { Fault, Planned } from './plan.ts'
import type { Reader } from './reader.ts'
import type { Storm } from './storm.ts'
import type { Subject } from './subject.ts'

/** Whom faults hit. */
export interface Scene {
  node: Devnet
  subject: Subject
  reader: Reader
  /** The data folder. */
  data: string
  ws: string
  http: string
  seed: number
  /** Storms that are over. */
  storms: Storm[]
}

/** A fault that was injected, and whether it came to pass: nobody dead was told, nobody else had the lock. */
export type Injected = Planned & { obeyed: boolean }

type Struck = Exclude<Fault, { kind: 'node' }>

/** Injects each fault at its time; resolves when the last one is over. The node is well then; a thread may obey later. */
export async function inject(faults: readonly Planned[], scene: Scene): Promise<Injected[]> {
  const start = performance.now()
  const lasting: Faults[] = []
  return await Promise.all(
    faults.map(async (fault) => {
      const injected = { ...fault, obeyed: false }
      const obeyed = (): void => {
        injected.obeyed = true
      }
      await sleep(Math.max(0, start + fault.at - performance.now()))
      if (fault.kind !== 'node') {
        await strike(fault, scene, obeyed)
        return injected
      }
      lasting.push(fault.faults)
      setAll(lasting, scene)
      obeyed()
      await sleep(fault.lasts)
      lasting.splice(lasting.indexOf(fault.faults), 1)
      setAll(lasting, scene)
      return injected
    }),
  )
}

function setAll(lasting: readonly Faults[], { node, seed }: Scene): void {
  node.setFaults(Object.assign({ seed }, ...lasting) as Faults)
}

async function strike(fault: Struck, scene: Scene, obeyed: () => void): Promise<void> {
  const { subject, reader, data, http } = scene
  if (fault.kind === 'worker' || fault.kind === 'clock') return subject.order(fault, obeyed)
  if (fault.kind === 'kill -9') return void (subject.signal('SIGKILL').sent && obeyed())
  if (fault.kind === 'lock') return await lock(data, fault.lasts, obeyed)
  if (fault.kind === 'storm') return await storm(fault, scene, obeyed)
  if (fault.kind === 'disk full' || fault.kind === 'read-only') return await disk(fault, subject, http, obeyed)
  if (fault.kind === 'stopped reader') {
    if (await within(fault.lasts, () => reader.stop(fault.lasts))) obeyed()
    return
  }
  const paused = subject.signal('SIGSTOP')
  if (paused.sent) obeyed()
  await sleep(fault.lasts)
  paused.later('SIGCONT')
}

/** Holds the store's write lock for so long, ms. */
async function lock(data: string, lasts: number, obeyed: () => void): Promise<void> {
  const file = new DatabaseSync(join(data, FILE), { timeout: 500 })
  try {
    file.exec('BEGIN IMMEDIATE')
    obeyed()
    await sleep(lasts)
    file.exec('COMMIT')
  } catch {
    // the writer was in the middle of its own: nobody is kept from anything
  } finally {
    file.close()
  }
}

/** Between two looks at `/health`, ms. */
const LOOK = 250

const CODES: Record<Disk, string> = { 'disk full': 'E_DISK_FULL', 'read-only': 'E_READ_ONLY' }

/** Obeyed is what `/health` told of. */
async function disk(
  fault: Extract<Fault, { kind: Disk }>,
  subject: Subject,
  http: string,
  obeyed: () => void,
): Promise<void> {
  const end = performance.now() + fault.lasts
  for (let lasts = fault.lasts; lasts > 0; lasts = end - performance.now()) {
    subject.order({ ...fault, lasts }) // the thread of now: the one before may be gone
    const health = await get({ http }, '/api/realtime/health').catch(() => undefined)
    if ((health?.body['error'] as { code?: string } | undefined)?.code === CODES[fault.kind]) return obeyed()
    await sleep(LOOK)
  }
}

/** Crowds beyond this do not ask for the whole log, but come back to where the reader is, as after a cut. */
const NEWCOMERS = 200

async function storm(
  { clients, lasts }: Extract<Fault, { kind: 'storm' }>,
  { ws, subject, reader, storms }: Scene,
  obeyed: () => void,
): Promise<void> {
  await within(lasts, () => subject.ready) // nobody storms a closed door
  const since = clients > NEWCOMERS ? (reader.ids.at(-1) ?? '0-0-0') : '0-0-0'
  const script = resolve(import.meta.dirname, 'storm.ts')
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, [script, ws, `${clients}`, `${lasts}`, since], { maxBuffer: 2 ** 28 })
  const told = JSON.parse(stdout) as Storm
  storms.push(told)
  if (told.connected > 0) obeyed()
}
