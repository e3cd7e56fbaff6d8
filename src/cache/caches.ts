/** All caches of a thread. */
import type { TagsChanged } from '../events/types.ts'
import { CodedError } from '../runtime/index.ts'
import { ReplicaCache } from './cache.ts'
import { Replica } from './replica.ts'
import type { Cache, CacheConfig, CacheMetrics, LoadTiming, OwnerLink, ThreadCaches } from './types.ts'

export interface CachesOptions extends Partial<OwnerLink> {
  /** By name. The owner has the same. */
  configs: Readonly<Record<string, CacheConfig>>
  /** Whether this is the main thread; one other may have caches at a time. */
  main: boolean
  /** ms, monotonic, the same on all threads. Default: `performance.now()`. */
  now?: () => number
}

/** The caches of this thread; without an owner's wires it goes on alone, until it is attached. */
export function createCaches({ configs, main, outlet, inlet, now }: CachesOptions): ThreadCaches {
  const replica = new Replica({ configs, main, ...(now ? { now } : {}) })
  const caches = new Map(
    [...replica.state.shelves].map(([name, shelf]) => [
      name,
      new ReplicaCache(replica, shelf, configs[name] as CacheConfig),
    ]),
  )
  if (outlet && inlet) replica.attach({ outlet, inlet })
  return {
    cache(name: string): Cache {
      const cache = caches.get(name)
      if (cache) return cache
      throw new CodedError(
        'E_NO_CACHE',
        `no cache ${JSON.stringify(name)}; there are: ${[...caches.keys()].join(', ')}`,
      )
    },
    all: () => caches,
    get height() {
      return replica.state.tags.height
    },
    get dropped() {
      return replica.dropped
    },
    committed: (changed: TagsChanged) => replica.committed(changed),
    clear: () => {
      for (const cache of caches.values()) cache.clear()
    },
    close: async () => replica.close(),
    attach: (link: OwnerLink) => replica.attach(link),
    detach: () => replica.detach(),
    cleanup: () => replica.cleanup(),
    metrics: (): Record<string, CacheMetrics> =>
      Object.fromEntries([...caches].map(([name, cache]) => [name, cache.metrics()])),
    loads: (): LoadTiming[] => [...caches.values()].flatMap((cache) => cache.loads()),
  }
}
