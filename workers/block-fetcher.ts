/** block-fetcher: follows the head, keeps order and continuity, owns endpoints, their rates and the pool of threads. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Piscina } from 'piscina'
import type { ScannedRange } from '../src/chain/decode/types.ts'
import { evmAccounts } from '../src/chain/read/evm-accounts.ts'
import type { RangeTask } from '../src/chain/read/fetch-range.ts'
import { REQUEST_DEADLINE } from '../src/chain/read/options.ts'
import { lookupTx, runSource, type SourceOptions } from '../src/chain/read/source.ts'
import type { PooledRange, SourceStatus } from '../src/chain/read/types.ts'
import { sibling } from '../src/config/sibling.ts'
import type { BlockFetcherQuestions } from '../src/protocol.ts'
import { conflate, defineActor, STOP } from '../src/runtime/index.ts'

export type BlockFetcherBoot = SourceOptions

/** One thread scans while this one keeps order; on two cores a second only costs. */
const POOL_THREADS = 1
const POOL_TASKS = 4

type Pool = Piscina<RangeTask, PooledRange>

/** A task of the pool takes some requests; after so many times the deadline of one its thread is stuck. */
const POOL_PATIENCE = 4

/** Of more that main was not told of the oldest are forgotten. */
const MOST_REQUESTS = 1_000

/** Between two looks whether the decoder has nothing to do, ms. */
const BETWEEN = 2

defineActor<BlockFetcherQuestions, BlockFetcherBoot>(({ boot, busy, outlet, progress, run, signal }) => {
  const hits = outlet<ScannedRange>('hits')
  const status = conflate<SourceStatus>(outlet('source'), ({ requests = [] }, newer) => ({
    ...newer,
    requests: [...requests, ...(newer.requests ?? [])].slice(-MOST_REQUESTS),
  }))
  const { endpoints, requestDeadline = REQUEST_DEADLINE, storedChainId, chainId = storedChainId } = boot
  const evm = evmAccounts({ endpoints, chainId, deadline: requestDeadline, signal })
  const patience = POOL_PATIENCE * requestDeadline
  let pool: Pool | undefined // opened when first needed: at the tip nobody waits for its code to load
  let opening: Promise<void> | undefined

  /** Rejects while the pool is not there: the source fetches by itself what the pool does not, and loses no time. */
  const fetchInPool = async (task: RangeTask): Promise<PooledRange> => {
    const asked = pool
    if (!asked) {
      opening ??= openPool().then(
        (opened) => {
          pool = opened
        },
        () => {
          opening = undefined // tried again with the next range; this one is fetched here
        },
      )
      throw new Error('the pool is being opened')
    }
    const { promise: stuck, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      if (pool === asked) {
        pool = opening = undefined
        asked.destroy().catch(() => undefined) // not awaited: in native code it would not end
      }
      reject(new Error('the pool did not answer in time'))
    }, patience)
    try {
      return await Promise.race([asked.run(task), stuck])
    } finally {
      clearTimeout(timer)
    }
  }

  run(
    runSource(boot, {
      ...{ status, progress, busy, signal, fetchInPool },
      emit: async (range) => {
        while (range.backfill && hits.inFlight) await sleep(BETWEEN, undefined, { signal }) // what is new goes first
        await hits.send(range, [range.bytes.buffer])
      },
    }),
  )

  return {
    lookupTx: (hash) => lookupTx(endpoints, hash, requestDeadline, signal),
    accountOfEvm: evm.accountOf,
    [STOP]: async () => {
      await opening
      await Promise.all([pool?.destroy(), evm.close()])
    },
  }
})

async function openPool(): Promise<Pool> {
  const { Piscina } = await import('piscina')
  const pool = new Piscina<RangeTask, PooledRange>({
    filename: sibling(import.meta.url, './fetch-and-scan').href,
    minThreads: 0,
    maxThreads: POOL_THREADS,
    concurrentTasksPerWorker: POOL_TASKS,
    maxQueue: 4 * POOL_TASKS,
    idleTimeout: 10_000,
    resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 12 }, // beyond it the thread ends, not the process
    atomics: 'disabled', // the default stops the timers and sockets of an idle thread
  })
  // A thread that died between tasks is replaced with the next one; tasks it had are rejected, and fetched here.
  pool.on('error', () => undefined)
  return pool
}
