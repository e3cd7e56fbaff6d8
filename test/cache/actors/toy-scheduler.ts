/** A second thread with caches. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createCaches } from '../../../src/cache/caches.ts'
import type { Change, Report } from '../../../src/cache/messages.ts'
import type { CacheConfig } from '../../../src/cache/types.ts'
import { defineActor } from '../../../src/runtime/index.ts'

export interface ToyScheduler {
  get(key: string): unknown
  set(key: string, data: unknown, tags: string[]): void
  delete(key: string): boolean
  keys(): string[]
  now(): number
  /** Loads for so long, and answers what it loaded and how many of its loaders ran. */
  load(key: string, milliseconds: number): Promise<{ data: unknown; loads: number }>
  /** Begins to load and dies of it. */
  loadAndDie(key: string): Promise<never>
}

defineActor<ToyScheduler, Record<string, CacheConfig>>(({ boot, inlet, outlet, name }) => {
  const caches = createCaches({
    ...{ configs: boot, main: false },
    ...{ outlet: outlet<Report>('task-cache-writes'), inlet: inlet<Change>('task-cache-changes') },
  })
  const cache = caches.cache('data')
  let loads = 0
  return {
    get: (key) => cache.get(key),
    set: (key, data, tags) => cache.set(key, data, { tags }),
    delete: (key) => cache.delete(key),
    keys: () => cache.keys().sort(),
    now: () => performance.now(),
    load: async (key, milliseconds) => {
      const data = await cache.getOrSet(key, async () => {
        loads += 1
        await sleep(milliseconds)
        return { by: name }
      })
      return { data, loads }
    },
    loadAndDie: (key) =>
      cache.getOrSet(key, async () => {
        await sleep(50)
        process.exit(1)
      }),
  }
})
