/** The same chain, indexed by somebody whom nothing disturbs. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { SeicheConfigInput } from '../../src/config/index.ts'
import type { Devnet } from '../../src/devnet/devnet.ts'
import { openReader } from '../../src/store/reader.ts'
import type { LogReader } from '../../src/store/types.ts'
import { digestOfLog } from '../e2e/devnet-said.ts'
import { configOf } from './config.ts'
import { Subject } from './subject.ts'

/** Everything has settled so long after the last fault; a pipeline that failed too often is tried again after 30 s. ms. */
export const PATIENCE = 240_000
/** And so much more for each block of the chain, on a machine that does much else, ms. */
const A_BLOCK = 20

/** How long a chain may take to be caught up with, ms. */
export const patienceFor = (node: Devnet): number => PATIENCE + A_BLOCK * node.head()

type Check = (running: { http: string }) => Promise<string[]>

/** Indexes the whole chain into a new folder, undisturbed, and looks at it while it runs; answers what is wrong. */
export async function replayed(node: Devnet, data: string, app: SeicheConfigInput, check?: Check): Promise<string[]> {
  mkdirSync(data)
  const config = await configOf(node, data, app)
  const subject = new Subject(config, join(data, 'seiche.log'))
  const whole = await within(patienceFor(node), () => checkpointOf(data) >= node.head() && projectionsAreWhole(data))
  const problems = whole && check ? await check({ http: `http://127.0.0.1:${config.control?.port}` }) : []
  await subject.stop()
  return whole ? problems : [`a clean run did not reach the head within ${patienceFor(node) / 1000} s: ${data}`]
}

/** The log of plain events is what the chain's executor says that it did. */
export function saidByTheChain(node: Devnet): Check {
  return async (running) => {
    const { height: _, ...did } = node.said()
    const log = await digestOfLog(running)
    return isDeepStrictEqual(log, did) ? [] : [`the log holds ${log.events} events, the chain made ${did.events}`]
  }
}

/** Whether it holds before the time is over. What cannot be asked yet does not hold yet. */
export async function within(milliseconds: number, holds: () => Promise<boolean> | boolean): Promise<boolean> {
  for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(100)) {
    try {
      if (await holds()) return true
    } catch {
      // not yet
    }
  }
  return false
}

/** What the log of a data folder says. */
export function lookedAt<T>(data: string, look: (log: LogReader) => T): T {
  const log = openReader(data)
  try {
    return look(log)
  } finally {
    log.close()
  }
}

export const checkpointOf = (data: string): number => lookedAt(data, (log) => log.checkpoint().height)

export const projectionsAreWhole = (data: string): boolean =>
  lookedAt(data, (log) => log.projections().every(({ state }) => state === 'ok'))
