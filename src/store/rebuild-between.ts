/** Long work between commits: after each step the thread is free for what waits. */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { HistoryChanged } from '../events/types.ts'
import { passes } from './errors.ts'
import type { LogWriter } from './types.ts'

/** Between two looks for something to do by default, ms. */
const LOOK = 250
/** Before another try of what keeps commits waiting, too, ms; they tell of it. */
const RETRY = 1_000

/**
 * Takes step after step until `signal` aborts, with a pause when one answers that there was nothing to do.
 * @throws all that a step throws but what passes by itself
 */
export async function betweenCommits(step: () => boolean, signal: AbortSignal, look = LOOK): Promise<void> {
  const pause = (milliseconds: number) => sleep(milliseconds, undefined, { signal }).catch(() => undefined)
  await turn() // whose thread this is can say first that it is ready
  while (!signal.aborted) {
    try {
      await (step() ? turn() : pause(look))
    } catch (error) {
      if (!passes(error)) throw error
      await pause(RETRY)
    }
  }
}

/** Rebuilds what is to be rebuilt; `onExchanged` is called when new tables are in place. */
export async function rebuildBetweenCommits(
  writer: LogWriter,
  signal: AbortSignal,
  onExchanged: () => void,
): Promise<void> {
  await betweenCommits(() => {
    const did = writer.replay()
    if (did === 'exchanged') onExchanged()
    return did !== 'nothing'
  }, signal)
}

/** Events put into the log at once. */
const RELEASED = 256

/** Puts held events into the log when it is time; `onComplete` is told whose history is complete then. */
export async function releaseBetweenCommits(
  writer: LogWriter,
  signal: AbortSignal,
  onComplete: (change: HistoryChanged) => void,
): Promise<void> {
  await betweenCommits(() => {
    const released = writer.release(RELEASED)
    if (Array.isArray(released)) released.forEach(onComplete)
    return released !== 'nothing'
  }, signal)
}

/** Between two looks for what is not to be kept, ms: each that finds some is a transaction of its own. */
const LOOK_FOR_OLD = 1_000

/** Deletes what is not to be kept of the log, chunk by chunk. */
export async function cutBetweenCommits(writer: LogWriter, signal: AbortSignal): Promise<void> {
  await betweenCommits(() => writer.cut(), signal, LOOK_FOR_OLD)
}
