/** Carries a plan out. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Devnet } from '../../src/devnet/devnet.ts'
import type { Faults } from '../../src/devnet/faults.ts'
import { FILE } from '../../src/store/schema.ts'
import type { Fault, Planned } from './plan.ts'
import { type Reader, storm } from './reader.ts'
import type { Subject } from './subject.ts'

/** Whom faults hit. */
export interface Scene {
  node: Devnet
  subject: Subject
  reader: Reader
  /** The data folder. */
  data: string
  ws: string
  seed: number
}

/** Injects each fault at its time; resolves when the last one is over. The node is well then. */
export async function inject(faults: readonly Planned[], scene: Scene): Promise<void> {
  const start = performance.now()
  const lasting: Faults[] = []
  const strikes = faults.map(async (fault) => {
    await sleep(start + fault.at - performance.now())
    if (fault.kind !== 'node') return await strike(fault, scene)
    lasting.push(fault.faults)
    setAll(lasting, scene)
    await sleep(fault.lasts)
    lasting.splice(lasting.indexOf(fault.faults), 1)
    setAll(lasting, scene)
  })
  await Promise.all(strikes)
}

function setAll(lasting: readonly Faults[], { node, seed }: Scene): void {
  node.setFaults(Object.assign({ seed }, ...lasting) as Faults)
}

async function strike(fault: Exclude<Fault, { kind: 'node' }>, { subject, reader, data, ws }: Scene): Promise<void> {
  if (fault.kind === 'worker') return subject.order(fault)
  if (fault.kind === 'kill -9') return void subject.signal('SIGKILL')
  if (fault.kind === 'lock') return await lock(data, fault.lasts)
  if (fault.kind === 'storm') storm(ws, fault.clients, fault.lasts)
  if (fault.kind === 'stopped reader') reader.stop(fault.lasts)
  const resume = fault.kind === 'pause' ? subject.signal('SIGSTOP') : undefined
  await sleep(fault.lasts)
  resume?.('SIGCONT')
}

/** Holds the store's write lock for so long, ms. */
async function lock(data: string, lasts: number): Promise<void> {
  const file = new DatabaseSync(join(data, FILE), { timeout: 500 })
  try {
    file.exec('BEGIN IMMEDIATE')
    await sleep(lasts)
    file.exec('COMMIT')
  } catch {
    // the writer was in the middle of its own: nobody is kept from anything
  } finally {
    file.close()
  }
}
