/** One named cache on this thread, as those who use it see it. */
import type { Entry } from './entry.ts'
import { Loads } from './loads.ts'
import type { EntryFact } from './messages.ts'
import { checkKey, checkOptions } from './options.ts'
import { type Plain, plainCopy } from './plain.ts'
import type { Replica } from './replica.ts'
import type { Shelf } from './shelf.ts'
import {
  type Cache,
  type CacheConfig,
  type CacheMetrics,
  type CacheStats,
  Loaded,
  type LoadOptions,
  type LoadTiming,
  type Moment,
  type SetOptions,
} from './types.ts'

const LOAD_TIMEOUT = 30_000
const NO_TAGS: readonly string[] = []

export class ReplicaCache implements Cache {
  readonly name: string
  readonly config: CacheConfig
  readonly #replica: Replica
  readonly #shelf: Shelf
  readonly #loads: Loads
  readonly #count: boolean
  #hits = 0
  #misses = 0
  #stale = 0

  constructor(replica: Replica, shelf: Shelf, config: CacheConfig) {
    this.name = shelf.name
    this.config = config
    this.#replica = replica
    this.#shelf = shelf
    this.#loads = new Loads(shelf.name, replica.lessee)
    this.#count = config.enableStats
  }

  set(key: string, data: unknown, options: SetOptions = {}): void {
    checkKey(key)
    checkOptions(options)
    this.#put(key, plainCopy(data), options, undefined)
  }

  get<T = unknown>(key: string): T | null {
    const entry = this.#read(key)
    return entry === undefined ? null : (entry.data as T)
  }

  has(key: string): boolean {
    return this.#shelf.find(key, this.#replica.lately()) !== undefined
  }

  delete(key: string): boolean {
    const there = this.has(key)
    this.#replica.tell({ kind: 'deleted', cache: this.name, key, stamp: this.#stamp() })
    return there
  }

  clear(): void {
    this.#replica.tell({ kind: 'cleared', cache: this.name, stamp: this.#stamp() })
  }

  invalidateByTag(tag: string): number {
    return this.invalidateByTags([tag])
  }

  invalidateByTags(tags: readonly string[]): number {
    const entries = new Set(tags.flatMap((tag) => this.#tagged(tag)))
    this.#replica.tell({ kind: 'invalidated', cache: this.name, tags: [...tags], stamp: this.#stamp() })
    for (const entry of entries) if (!entry.lingers) this.#shelf.drop(entry)
    return entries.size
  }

  getByTag<T = unknown>(tag: string): { key: string; data: T }[] {
    return this.#tagged(tag).map(({ key, data }) => ({ key, data: data as T }))
  }

  keys(): string[] {
    return this.#fresh().map(({ key }) => key)
  }

  keysByTag(tag: string): string[] {
    return this.#tagged(tag).map(({ key }) => key)
  }

  getStats(): CacheStats {
    const entries = this.#fresh()
    let [bytes, oldest, newest] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const entry of entries) {
      bytes += entry.bytes
      oldest = Math.min(oldest, entry.setAt)
      newest = Math.max(newest, entry.setAt)
    }
    const epoch = Date.now() - this.#replica.now()
    const reads = this.#hits + this.#misses
    return {
      totalEntries: entries.length,
      totalHits: this.#hits,
      totalMisses: this.#misses,
      hitRate: reads ? this.#hits / reads : 0,
      memoryUsage: bytes,
      oldestEntry: entries.length ? Math.round(epoch + oldest) : null,
      newestEntry: entries.length ? Math.round(epoch + newest) : null,
    }
  }

  /** What {@link ThreadCaches.metrics} says of this cache. */
  metrics(): CacheMetrics {
    const { bytes, evictions } = this.#replica.totals(this.name)
    return {
      ...{ hits: this.#hits, misses: this.#misses, stale: this.#stale, entries: this.#shelf.entries.size },
      ...{ bytes, evictions: { ...evictions } },
    }
  }

  /** What {@link ThreadCaches.loads} says of this cache. */
  loads(): LoadTiming[] {
    return this.#loads.taken()
  }

  refresh(key: string, ttl?: number): boolean {
    if (ttl !== undefined) checkOptions({ ttl })
    const now = this.#replica.now()
    const entry = this.#shelf.find(key, now)
    if (!entry) return false
    const { stamp, ...fact } = entry.toFact()
    const anew = { stamp: this.#stamp(), since: fact.since ?? stamp, setAt: Math.floor(now), ttl: ttl ?? fact.ttl }
    this.#replica.put(this.#shelf, { ...fact, ...anew })
    return true
  }

  setMany(entries: readonly { key: string; data: unknown; options?: SetOptions }[]): void {
    for (const { key, data, options } of entries) this.set(key, data, options)
  }

  getMany<T = unknown>(keys: readonly string[]): (T | null)[] {
    return keys.map((key) => this.get<T>(key))
  }

  deleteMany(keys: readonly string[]): number {
    return keys.filter((key) => this.delete(key)).length
  }

  async getOrSet<T>(
    key: string,
    load: () => T | Loaded<T> | Promise<T | Loaded<T>>,
    options: LoadOptions = {},
  ): Promise<T> {
    checkKey(key)
    checkOptions(options)
    const now = this.#replica.now()
    const stale = this.#shelf.find(key, now) ? undefined : this.#shelf.stale(key, 'staleWhileRevalidate', now)
    if (stale) {
      this.#loading(key, load, options).catch(() => undefined) // counted; the next caller sees it
      return this.#staleData<T>(stale)
    }
    const entry = this.#read(key)
    if (entry) return entry.data as T
    try {
      return await this.#loading(key, load, options)
    } catch (error) {
      const kept = this.#shelf.stale(key, 'grace', this.#replica.now())
      if (!kept) throw error
      return this.#staleData<T>(kept)
    }
  }

  async shutdown(): Promise<void> {
    this.clear()
  }

  #loading<T>(key: string, load: () => T | Loaded<T> | Promise<T | Loaded<T>>, options: LoadOptions): Promise<T> {
    const { tags: known } = this.#replica.state
    const changed = ({ since }: Moment): boolean => this.#shelf.changed(key, since, this.#replica.now())
    return this.#loads.run<T>(key, {
      now: () => ({ asOf: known.height, since: this.#stamp() }),
      holds: (moment) => known.accepts(this.name, options.tags ?? NO_TAGS, moment) && !changed(moment),
      look: () => {
        const entry = this.#shelf.find(key, this.#replica.now())
        return entry && { data: entry.data as T }
      },
      load: async (moment) => {
        const answer = await load()
        const [data, height] = answer instanceof Loaded ? [answer.data, answer.asOf] : [answer, moment.asOf]
        const plain = plainCopy(data)
        const asOf = Math.min(moment.asOf, height, options.asOf ?? height)
        if (!changed(moment)) this.#put(key, plain, { ...options, asOf }, moment)
        return plain.data as T
      },
      timeout: options.timeout ?? LOAD_TIMEOUT,
    })
  }

  #put(key: string, { data, size }: Plain, options: SetOptions, begun: Moment | undefined): void {
    const now = this.#replica.lately()
    const stamp = this.#replica.stamps.next(now)
    const fact: EntryFact = {
      kind: 'entry',
      cache: this.name,
      key,
      data,
      bytes: size,
      tags: options.tags ?? NO_TAGS,
      stamp,
      asOf: options.asOf ?? this.#replica.state.tags.height,
      since: begun?.since,
      setAt: Math.floor(now),
      ttl: options.ttl ?? this.config.defaultTTL,
      staleWhileRevalidate: options.staleWhileRevalidate ?? 0,
      grace: options.grace ?? 0,
    }
    this.#replica.put(this.#shelf, fact)
  }

  #read(key: string): Entry | undefined {
    const entry = this.#shelf.find(key, this.#replica.lately())
    if (entry !== undefined) {
      if (this.#count) this.#hits += 1
      this.#replica.used(entry)
    } else if (this.#count) this.#misses += 1
    return entry
  }

  #fresh(): Entry[] {
    const now = this.#replica.now()
    return [...this.#shelf.entries.values()].filter((entry) => this.#shelf.fresh(entry, now))
  }

  #tagged(tag: string): Entry[] {
    return [...this.#shelf.tagged(tag, this.#replica.now())]
  }

  /** Objects say so themselves. */
  #staleData<T>({ data }: Entry): T {
    if (this.#count) this.#stale += 1
    const marked = typeof data === 'object' && data !== null && !Array.isArray(data)
    return (marked ? Object.freeze({ ...data, stale: true }) : data) as T
  }

  #stamp(): number {
    return this.#replica.stamps.next(this.#replica.now())
  }
}
