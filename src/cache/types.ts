/** The tag cache as those who use it see it: surface §1. */
import type { CacheName } from '../events/app.ts'
import type { TagsChanged } from '../events/types.ts'
import type { Inlet, Outlet } from '../runtime/index.ts'
import type { Change, Report } from './messages.ts'

export type { CacheName }

export interface SetOptions {
  /** How long it is fresh, ms, give or take one and the turn that runs. Default: the cache's `defaultTTL`. */
  ttl?: number
  /** What invalidates it. Default: nothing but its age. */
  tags?: readonly string[]
  /** The height the data is as of; older than a tag of it, and it is not kept. Default: the height this thread has seen. */
  asOf?: number
  /** For so long after it became old or was invalidated it is still answered, marked stale, while it is loaded anew, ms. Default 0. */
  staleWhileRevalidate?: number
  /** For so long it is answered, marked stale, when its loader fails, ms. Default 0. */
  grace?: number
}

export interface LoadOptions extends SetOptions {
  /** Longest load, ms; it is not waited for any longer. Default 30 s. */
  timeout?: number
}

export interface CacheConfig {
  /** ms */
  defaultTTL: number
  /** Most entries. */
  maxSize: number
  /** Most bytes of data, as JSON. Default 64 MiB. */
  maxBytes: number
  /** Between two sweeps of what is too old, ms. */
  cleanupInterval: number
  /** Count hits and misses. Default true. */
  enableStats: boolean
}

export interface CacheStats {
  totalEntries: number
  totalHits: number
  totalMisses: number
  /** 0 to 1; 0 before the first read. */
  hitRate: number
  /** Bytes of the data, as JSON. */
  memoryUsage: number
  /** When the oldest and the newest entry were set, ms since 1970; null when empty. */
  oldestEntry: number | null
  newestEntry: number | null
}

/** What happened since the start, as numbers that only rise; entries and bytes as they stand. */
export interface CacheMetrics {
  hits: number
  misses: number
  /** Answers that were old, and said so. They are neither hits nor misses. */
  stale: number
  entries: number
  /** Bytes of the data, as JSON, a moment ago. */
  bytes: number
  /** Entries that went by themselves, by reason: too many, too old, invalidated, too large together. */
  evictions: Record<'lru' | 'ttl' | 'tag' | 'bytes', number>
}

/** A load of `getOrSet` on this thread. */
export interface LoadTiming {
  cache: string
  outcome: 'ok' | 'error'
  milliseconds: number
}

/** One named cache on this thread: reads are synchronous, from the replica; own writes are seen at once. */
export interface Cache {
  readonly name: string
  readonly config: CacheConfig
  set(key: string, data: unknown, options?: SetOptions): void
  /** The data; null when it is missing, expired or invalidated. A cached null is a hit: {@link has} tells. */
  get<T = unknown>(key: string): T | null
  has(key: string): boolean
  /** True when it was there. */
  delete(key: string): boolean
  clear(): void
  /** Entries that went. */
  invalidateByTag(tag: string): number
  invalidateByTags(tags: readonly string[]): number
  getByTag<T = unknown>(tag: string): { key: string; data: T }[]
  keys(): string[]
  keysByTag(tag: string): string[]
  getStats(): CacheStats
  /** Begins its time anew; false when it is not there. */
  refresh(key: string, ttl?: number): boolean
  setMany(entries: readonly { key: string; data: unknown; options?: SetOptions }[]): void
  getMany<T = unknown>(keys: readonly string[]): (T | null)[]
  deleteMany(keys: readonly string[]): number
  /**
   * The data, or what `load` answers; one loader runs however many threads and callers ask.
   * `load` may answer a plain value, or wrap it with {@link loaded} to say the height it is as of.
   */
  getOrSet<T>(key: string, load: () => T | Loaded<T> | Promise<T | Loaded<T>>, options?: LoadOptions): Promise<T>
  /** Empties it. It can be used again. */
  shutdown(): Promise<void>
}

/** A point in the order of things: nothing that happened later is in what was loaded then. */
export interface Moment {
  /** The height seen. */
  asOf: number
  /** A stamp: later than every write and invalidation seen. */
  since: number
}

/** What a loader knows about its data; made by {@link loaded}. */
export class Loaded<T> {
  readonly data: T
  readonly asOf: number

  constructor(data: T, asOf: number) {
    this.data = data
    this.asOf = asOf
  }
}

/** Says the height that loaded data is as of, so that a node that lags behind can't make newer events unseen (D2). */
export function loaded<T>(data: T, { asOf }: { asOf: number }): Loaded<T> {
  return new Loaded(data, asOf)
}

/** All caches of a thread. */
export interface Caches {
  /** @throws CodedError `E_NO_CACHE` */
  cache(name: string): Cache
  all(): ReadonlyMap<string, Cache>
  /** The height this thread has seen; what is set now is as of it. */
  readonly height: number
  /** Takes what the log says has changed; at once nothing older is answered. */
  committed(changed: TagsChanged): void
  clear(): void
  close(): Promise<void>
}

/** Where the owner of the caches is heard and told; the ends of two wires. */
export interface OwnerLink {
  outlet: Pick<Outlet<Report>, 'credit' | 'trySend' | 'writable'>
  inlet: Pick<Inlet<Change>, 'each'>
}

/** All caches of a thread, and their tie to the owner, which may come and go. */
export interface ThreadCaches extends Caches {
  /** Follows the owner at the other end. What is held here is told to it. */
  attach(link: OwnerLink): void
  /** Goes on alone. */
  detach(): void
  /** Drops everywhere what is too old. Answers how many entries of this thread went. */
  cleanup(): number
  /** By cache; cheap. */
  metrics(): Record<string, CacheMetrics>
  /** Loads that ended since this was asked before. */
  loads(): LoadTiming[]
  /** Writes that the owner was never told because it was away too long; it learns of what they made when it is back. */
  readonly dropped: number
}
