/** Committing while another process may hold the file's lock: the thread waits with a timer, never inside SQLite (D9). */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CommittedRange, DecodedRange } from '../events/types.ts'
import { StoreError } from './errors.ts'
import type { LogWriter } from './types.ts'

/** How long a lock is waited out before somebody must hear of it, ms. */
const PATIENCE = 5_000
const LONGEST_PAUSE = 100

/**
 * {@link LogWriter.commit}, tried again while the store is busy, so that the thread still answers and can be ended.
 * @throws StoreError `E_STORE_LOCKED` after `patience` ms; all that commit throws; AbortError when `signal` aborts
 */
export async function commitWhenFree(
  writer: LogWriter,
  range: DecodedRange,
  signal: AbortSignal,
  patience: number = PATIENCE,
): Promise<CommittedRange | null> {
  const end = performance.now() + patience
  for (let pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      return writer.commit(range)
    } catch (cause) {
      if (!(cause instanceof StoreError) || cause.code !== 'E_BUSY') throw cause
      if (performance.now() > end)
        throw new StoreError(
          'E_STORE_LOCKED',
          'another process has locked the store for seconds: end what else writes to the data folder (--data, store.path)',
          { cause },
        )
    }
    await sleep(pause, undefined, { signal })
  }
}
