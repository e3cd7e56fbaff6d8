/** event-store: the one writer of the log. Everything that waits is one transaction; nobody hears of it before. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { WatchedContract } from '../src/chain/decode/types.ts'
import { loadApp } from '../src/events/app.ts'
import { moment } from '../src/events/passed.ts'
import type { CommittedRange, DecodedRange, HistoryChanged, TagsChanged } from '../src/events/types.ts'
import type { EventStoreQuestions, StoreFault } from '../src/protocol.ts'
import { conflate, defineActor, STOP } from '../src/runtime/index.ts'
import { commitWhenFree } from '../src/store/commit-when-free.ts'
import { passes } from '../src/store/errors.ts'
import type { Death } from '../src/store/hangs.ts'
import { cutBetweenCommits, rebuildBetweenCommits, releaseBetweenCommits } from '../src/store/rebuild-between.ts'
import { requireRoom } from '../src/store/room.ts'
import { mergeTags } from '../src/store/tags.ts'
import type { Retain } from '../src/store/types.ts'
import { openWriter } from '../src/store/writer.ts'

export interface EventStoreBoot {
  /** The data folder. */
  path: string
  contracts: WatchedContract[]
  /** URL of the app module; none: plain events. */
  app: string | undefined
  /** The chain the log must be of, when the configuration says. */
  chainId: string | undefined
  /** How earlier generations ended: a projection that held them is suspended. */
  deaths: readonly Death[]
  /** Events in one transaction, about; what is beyond waits for the next. */
  batchSize: number
  /** What is kept of the log. */
  retain: Retain
  /** With fewer bytes free on the disk of the data folder nothing is committed. */
  minFreeBytes: number
  /** Wires to those who want to know what changed, and no more. */
  listeners: readonly ('tags' | 'due')[]
}

/** Before another try, when the disk keeps the store from committing, ms. */
const RETRY = 1_000

defineActor<EventStoreQuestions, EventStoreBoot>(async ({ boot, inlet, outlet, progress, run, signal }) => {
  const writer = openWriter({ ...boot, progress, app: await loadApp(boot.app) })
  const report = conflate<StoreFault | null>(outlet('store'), (_, newer) => newer)
  report(null) // it was opened for writing; the thread before may have died while it waited for that
  const told = boot.listeners.map((wire) =>
    conflate<TagsChanged>(outlet(wire), ({ tags }, newer) => ({ ...newer, tags: mergeTags(tags, newer.tags) })),
  )
  const announce = conflate<CommittedRange>(outlet('committed'), ({ after, tags, rebuilt }, newer) => ({
    ...{ after, height: newer.height, time: newer.time },
    events: null, // out of credit: main reads the log from its own height
    tags: mergeTags(tags, newer.tags),
    ...(rebuilt || newer.rebuilt ? { rebuilt: true } : {}),
    ...(newer.passed ? { passed: newer.passed } : {}),
  }))

  const tell = (committed: CommittedRange): void => {
    announce(committed)
    const { height, tags } = committed
    for (const listener of told) listener({ height, tags })
  }

  const commit = async (range: DecodedRange): Promise<void> => {
    for (let failed = false; ; failed = true) {
      try {
        requireRoom(boot.path, boot.minFreeBytes)
        const committed = await commitWhenFree(writer, range, signal)
        const { passed } = range
        if (committed) tell({ ...committed, ...(passed ? { passed: { ...passed, committed: moment() } } : {}) })
        if (failed) report(null)
        return
      } catch (error) {
        if (!passes(error) || signal.aborted) throw error
        report({ code: error.code, message: error.message })
        progress(range.blocks[0]?.height ?? 0) // it waits for the disk: no stall
        await sleep(RETRY, undefined, { signal })
      }
    }
  }

  run(
    inlet<DecodedRange>('records').eachBatch(async (ranges) => {
      const live = ranges.filter(({ backfill }) => !backfill)
      const old = ranges.filter(({ backfill }) => backfill)
      for (const range of [...joined(live, boot.batchSize), ...old]) {
        progress(range.blocks[0]?.height ?? 0)
        await commit(range)
      }
    }),
  )

  run(
    rebuildBetweenCommits(writer, signal, () => {
      const { height, time } = writer.checkpoint()
      if (time !== null) tell({ after: height, height, time, events: [], tags: null, rebuilt: true })
    }),
  )

  const history = outlet<HistoryChanged>('history')
  run(releaseBetweenCommits(writer, signal, (change) => run(history.send(change))))

  if (boot.retain !== 'all') run(cutBetweenCommits(writer, signal))

  return {
    resume: () => ({ checkpoint: writer.checkpoint(), chainId: writer.chainId(), missing: writer.missing() }),
    [STOP]: () => writer.close(),
  }
})

/** Neighbouring ranges of one chain as one, as long as they stay below `most` events. */
function joined(ranges: DecodedRange[], most: number): DecodedRange[] {
  const batches: DecodedRange[] = []
  let events = 0
  for (const { chainId, blocks, gap, passed } of ranges) {
    const last = batches.at(-1)
    const more = blocks.reduce((sum, { records }) => sum + records.length, 0)
    if (!gap && last?.chainId === chainId && events + more <= most) {
      last.blocks.push(...blocks)
      if (passed) last.passed = passed
      events += more
    } else {
      batches.push({ chainId, blocks: [...blocks], ...(gap ? { gap } : {}), ...(passed ? { passed } : {}) })
      events = more
    }
  }
  return batches
}
