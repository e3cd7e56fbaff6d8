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

/** Injects each fault at its time; resolves when the last one is over. The node is well then. */
export async function inject(faults: readonly Planned[], scene: Scene): Promise<Injected[]> {
  const start = performance.now()
  const lasting: Faults[] = []
  return await Promise.all(
    faults.map(async (fault) => {
      await sleep(Math.max(0, start + fault.at - performance.now()))
      if (fault.kind !== 'node') return { ...fault, obeyed: await strike(fault, scene) }
      lasting.push(fault.faults)
      setAll(lasting, scene)
      await sleep(fault.lasts)
      lasting.splice(lasting.indexOf(fault.faults), 1)
      setAll(lasting, scene)
      return { ...fault, obeyed: true }
    }),
  )
}

function setAll(lasting: readonly Faults[], { node, seed }: Scene): void {
  node.setFaults(Object.assign({ seed }, ...lasting) as Faults)
}

async function strike(fault: Struck, scene: Scene): Promise<boolean> {
  const { subject, reader, data, http } = scene
  if (fault.kind === 'worker') return await subject.order(fault)
  if (fault.kind === 'kill -9') return subject.signal('SIGKILL').sent
  if (fault.kind === 'lock') return await lock(data, fault.lasts)
  if (fault.kind === 'storm') return await storm(fault, scene)
  if (fault.kind === 'clock') return (await Promise.all([subject.order(fault), sleep(fault.lasts)]))[0]
  if (fault.kind === 'disk full') return await disk(fault, 'E_DISK_FULL', subject, http)
  if (fault.kind === 'read-only') return await disk(fault, 'E_READ_ONLY', subject, http)
  const paused = fault.kind === 'pause' ? subject.signal('SIGSTOP') : undefined
  const done = paused ? paused.sent : fault.kind === 'stopped reader' && reader.stop(fault.lasts)
  await sleep(fault.lasts)
  paused?.later('SIGCONT')
  return done
}

/** Holds the store's write lock for so long, ms. */
async function lock(data: string, lasts: number): Promise<boolean> {
  const file = new DatabaseSync(join(data, FILE), { timeout: 500 })
  try {
    file.exec('BEGIN IMMEDIATE')
    await sleep(lasts)
    file.exec('COMMIT')
    return true
  } catch {
    return false // the writer was in the middle of its own: nobody is kept from anything
  } finally {
    file.close()
  }
}

/** Between two looks at `/health`, ms. */
const LOOK = 250

/** Obeyed is what `/health` told of. */
async function disk(
  fault: Extract<Fault, { kind: 'disk full' | 'read-only' }>,
  code: string,
  subject: Subject,
  http: string,
): Promise<boolean> {
  void subject.order(fault)
  let told = false
  for (const end = performance.now() + fault.lasts; performance.now() < end; await sleep(LOOK)) {
    const health = await get({ http }, '/api/realtime/health').catch(() => undefined)
    told ||= (health?.body['error'] as { code?: string } | undefined)?.code === code
  }
  return told
}

/** Crowds beyond this do not ask for the whole log, but come back to where the reader is, as after a cut. */
const NEWCOMERS = 200

async function storm(
  { clients, lasts }: Extract<Fault, { kind: 'storm' }>,
  { ws, reader, storms }: Scene,
): Promise<boolean> {
  const since = clients > NEWCOMERS ? (reader.ids.at(-1) ?? '0-0-0') : '0-0-0'
  const script = resolve(import.meta.dirname, 'storm.ts')
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, [script, ws, `${clients}`, `${lasts}`, since], { maxBuffer: 2 ** 28 })
  const told = JSON.parse(stdout) as Storm
  storms.push(told)
  return told.connected > 0
}
