/** An entry as a thread holds it: what its fact says, and what this thread knows about it. */
import type { EntryFact } from './messages.ts'
import type { Shelf } from './shelf.ts'
import type { Tag } from './tags.ts'

/** {@link EntryFact}, with the tags themselves for their names. One object: a cache makes many. */
export class Entry {
  readonly shelf: Shelf
  readonly key: string
  tags: readonly Tag[]
  data: unknown
  bytes: number
  stamp: number
  asOf: number
  /** Undefined: `stamp`. */
  since: number | undefined
  setAt: number
  ttl: number
  staleWhileRevalidate: number
  grace: number
  /** It is on its shelf. */
  there = true
  /** The state of all tags ({@link Tags.epoch}) at which it was found valid. */
  checked = -1
  /** When it was seen to be invalidated, ms. */
  staleSince: number | undefined = undefined
  /** Bytes that its keeper has counted. */
  accounted = 0
  /** Its last use, in the uses that its keeper has seen, and whether its keeper has yet to put it in order. */
  lastUse = 0
  strays = false
  /** It waits to be told to the owner. */
  waits = false
  /** When it was last read here, in reads; 0: not since that was last told. */
  used = 0

  constructor(shelf: Shelf, fact: EntryFact, tags: readonly Tag[]) {
    this.shelf = shelf
    this.key = fact.key
    this.tags = tags
    this.data = fact.data
    this.bytes = fact.bytes
    this.stamp = fact.stamp
    this.asOf = fact.asOf
    this.since = fact.since
    this.setAt = fact.setAt
    this.ttl = fact.ttl
    this.staleWhileRevalidate = fact.staleWhileRevalidate
    this.grace = fact.grace
  }

  /** A later fact about the same key. */
  become(fact: EntryFact): void {
    this.data = fact.data
    this.bytes = fact.bytes
    this.stamp = fact.stamp
    this.asOf = fact.asOf
    this.since = fact.since
    this.setAt = fact.setAt
    this.ttl = fact.ttl
    this.staleWhileRevalidate = fact.staleWhileRevalidate
    this.grace = fact.grace
    this.checked = -1
    this.staleSince = undefined
  }

  /** Notes when it became invalid: at the latest now. */
  outdate(now: number): void {
    this.staleSince = Math.min(this.staleSince ?? now, now)
  }

  /** It may be answered when it is old. */
  get lingers(): boolean {
    return this.staleWhileRevalidate > 0 || this.grace > 0
  }

  /** The last moment at which it may be answered as stale, when it may be for `window` ms. */
  staleUntil(window: number): number {
    return Math.min(this.setAt + this.ttl, this.staleSince ?? Number.POSITIVE_INFINITY) + window
  }

  toFact(): EntryFact {
    return {
      kind: 'entry',
      cache: this.shelf.name,
      key: this.key,
      data: this.data,
      bytes: this.bytes,
      tags: this.tags.map(({ name }) => name),
      stamp: this.stamp,
      asOf: this.asOf,
      since: this.since,
      setAt: this.setAt,
      ttl: this.ttl,
      staleWhileRevalidate: this.staleWhileRevalidate,
      grace: this.grace,
    }
  }
}
