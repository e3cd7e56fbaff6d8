/**
 * Keeps a shelf within its limits: who alone may evict has one, the owner, or a thread without an owner.
 *
 * The order of use is quick-lru's, brought up to date when something must go. Of its traps: an entry is taken out before
 * it is put in anew, so no old copy of it is ever rotated out (phantom eviction) and the first of `entriesAscending` is the
 * longest unused; its `maxSize` is where it rotates, up to twice as many live, so the limits, counts and ages are ours.
 */
import QuickLRU from 'quick-lru'
import type { Entry } from './entry.ts'
import type { OwnerTotals } from './messages.ts'
import type { Shelf } from './shelf.ts'
import type { CacheConfig } from './types.ts'

export type EvictionReason = keyof OwnerTotals['evictions']

/** So many entries that have left may still wait to be put in order. */
const SLACK = 1_000

export class Keeper {
  readonly totals: OwnerTotals = { bytes: 0, evictions: { lru: 0, ttl: 0, tag: 0, bytes: 0 } }
  readonly #shelf: Shelf
  readonly #limits: CacheConfig
  readonly #order: QuickLRU<string, Entry>
  readonly #evicted: (entry: Entry) => void
  /** Entries whose last use the order does not know yet. */
  #strays: Entry[] = []
  #uses = 0

  /** `evicted` is told of every entry that went. */
  constructor(shelf: Shelf, limits: CacheConfig, evicted: (entry: Entry) => void = () => undefined) {
    this.#shelf = shelf
    this.#limits = limits
    this.#order = new QuickLRU({ maxSize: limits.maxSize + 1 })
    this.#evicted = evicted
    shelf.keeper = this
    for (const entry of shelf.entries.values()) {
      entry.strays = false
      entry.accounted = 0
      this.keep(entry)
    }
  }

  /** An entry was set, or set anew: it is the last used now. */
  keep(entry: Entry): void {
    this.totals.bytes += entry.bytes - entry.accounted
    entry.accounted = entry.bytes
    this.used(entry)
    if (entry.bytes > this.#limits.maxBytes) this.#evict(entry, 'bytes')
    while (this.#shelf.entries.size > this.#limits.maxSize && this.#evictOldest('lru'));
    while (this.totals.bytes > this.#limits.maxBytes && this.#evictOldest('bytes'));
  }

  /** An entry was read. */
  used(entry: Entry): void {
    entry.lastUse = ++this.#uses
    if (entry.strays) return
    entry.strays = true
    this.#strays.push(entry)
    if (this.#strays.length > SLACK + 2 * this.#shelf.entries.size)
      this.#strays = this.#strays.filter(({ there }) => there)
  }

  /** Evicts what can't be answered any more. */
  sweep(now: number): void {
    for (const [entry, reason] of this.#shelf.sweep(now)) this.#count(entry, reason)
  }

  #evictOldest(reason: EvictionReason): boolean {
    for (const entry of this.#strays.splice(0).sort((a, b) => a.lastUse - b.lastUse)) {
      entry.strays = false
      if (!entry.there) continue
      this.#order.delete(entry.key)
      this.#order.set(entry.key, entry)
    }
    for (const [, oldest] of this.#order.entriesAscending()) {
      this.#evict(oldest, reason)
      return true
    }
    return false
  }

  #evict(entry: Entry, reason: EvictionReason): void {
    this.#shelf.drop(entry)
    this.#count(entry, reason)
  }

  #count(entry: Entry, reason: EvictionReason): void {
    this.totals.evictions[reason] += 1
    this.#evicted(entry)
  }

  /** An entry left the shelf. */
  left(entry: Entry): void {
    this.totals.bytes -= entry.accounted
    entry.accounted = 0
    if (this.#order.peek(entry.key) === entry) this.#order.delete(entry.key)
  }
}
