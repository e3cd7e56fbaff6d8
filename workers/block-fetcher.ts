/** block-fetcher: follows the head, keeps order and continuity, owns endpoints, their rates and the pool of threads. */
import { Piscina } from 'piscina'
import type { ScannedRange } from '../src/chain/decode/types.ts'
import type { RangeTask } from '../src/chain/read/fetch-range.ts'
import { lookupTx, runSource, type SourceOptions } from '../src/chain/read/source.ts'
import type { SourceStatus } from '../src/chain/read/types.ts'
import { sibling } from '../src/config/sibling.ts'
import type { BlockFetcherQuestions } from '../src/protocol.ts'
import { conflate, defineActor, STOP } from '../src/runtime/index.ts'

export type BlockFetcherBoot = SourceOptions

/** One thread scans while this one keeps order; on two cores a second only costs. */
const POOL_THREADS = 1
const POOL_TASKS = 4

defineActor<BlockFetcherQuestions, BlockFetcherBoot>(({ boot, outlet, progress, run, signal }) => {
  const hits = outlet<ScannedRange>('hits')
  const status = conflate<SourceStatus>(outlet('source'), (_, newer) => newer)
  const pool = new Piscina<RangeTask, ScannedRange>({
    filename: sibling(import.meta.url, './fetch-and-scan').href,
    minThreads: 0,
    maxThreads: POOL_THREADS,
    concurrentTasksPerWorker: POOL_TASKS,
    maxQueue: 4 * POOL_TASKS,
    idleTimeout: 10_000,
    atomics: 'disabled', // the default stops the timers and sockets of an idle thread
  })
  run(
    runSource(boot, {
      emit: (range) => hits.send(range, [range.bytes.buffer]),
      fetchInPool: (task) => pool.run(task),
      status,
      progress,
      signal,
    }),
  )

  return {
    lookupTx: (hash) => lookupTx(boot.endpoints, hash, boot.requestDeadline, signal),
    [STOP]: () => pool.destroy(),
  }
})
