/** cache-owner: orders what the threads write into their caches, and alone evicts. No network, no disk. */
import type { Change, Report } from '../src/cache/messages.ts'
import { Owner } from '../src/cache/owner.ts'
import type { CacheConfig } from '../src/cache/types.ts'
import type { TagsChanged } from '../src/events/types.ts'
import { defineActor, STOP } from '../src/runtime/index.ts'

export interface CacheOwnerBoot {
  /** Which other actors there are. */
  among: { store: boolean; scheduler: boolean }
  /** By name; the same that the threads have. */
  configs: Readonly<Record<string, CacheConfig>>
}

/** Between two looks at what is over, ms. */
const TICK = 1_000

defineActor<object, CacheOwnerBoot>(({ boot: { configs, among }, inlet, outlet, run }) => {
  const threads = {
    main: outlet<Change>('cache-changes'),
    ...(among.scheduler ? { scheduler: outlet<Change>('task-cache-changes') } : {}),
  }
  const owner = new Owner({ configs, threads })
  if (among.store) run(inlet<TagsChanged>('tags').eachBatch((changes) => owner.committed(changes)))
  run(inlet<Report>('cache-writes').each((report) => owner.take('main', report)))
  if (among.scheduler) run(inlet<Report>('task-cache-writes').each((report) => owner.take('scheduler', report)))
  const timers = [
    setInterval(() => owner.tick(), TICK),
    ...Object.entries(configs).map(([name, { cleanupInterval }]) =>
      setInterval(() => owner.sweep(name), cleanupInterval),
    ),
  ]
  return {
    [STOP]: () => {
      for (const timer of timers) clearInterval(timer)
    },
  }
})
