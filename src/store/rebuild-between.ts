/** Rebuilding projections between commits: after each step the thread is free for what waits. */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { StoreError } from './errors.ts'
import type { LogWriter } from './types.ts'

/** Between two looks for something to rebuild, ms. */
const LOOK = 250
/** What keeps commits waiting, too; they tell of it. */
const PASSING = new Set(['E_BUSY', 'E_DISK_FULL'])
const RETRY = 1_000

/**
 * Rebuilds what is to be rebuilt until `signal` aborts; `onExchanged` is called when new tables are in place.
 * @throws all that {@link LogWriter.replay} throws but what passes by itself
 */
export async function rebuildBetweenCommits(
  writer: LogWriter,
  signal: AbortSignal,
  onExchanged: () => void,
): Promise<void> {
  const pause = (milliseconds: number) => sleep(milliseconds, undefined, { signal }).catch(() => undefined)
  while (!signal.aborted) {
    try {
      const did = writer.replay()
      if (did === 'exchanged') onExchanged()
      await (did === 'nothing' ? pause(LOOK) : turn())
    } catch (error) {
      if (!(error instanceof StoreError) || !PASSING.has(error.code)) throw error
      await pause(RETRY)
    }
  }
}
