/** An entry as a thread holds it: the fact, and what this thread knows about it. */
import type { EntryFact } from './messages.ts'
import type { Tag } from './tags.ts'

export class Entry {
  fact: EntryFact
  tags: readonly Tag[]
  /** The state of all tags ({@link Tags.epoch}) at which it was found valid. */
  checked = -1
  /** When it was seen to be invalidated, ms. */
  staleSince: number = Number.POSITIVE_INFINITY
  /** Bytes as JSON; -1 until somebody asks. */
  bytes = -1
  /** Bytes that its keeper has counted. */
  accounted = 0
  /** It waits to be told to the owner. */
  waits = false
  /** When it was last read here, in reads; 0: not since that was last told. */
  used = 0

  constructor(fact: EntryFact, tags: readonly Tag[]) {
    this.fact = fact
    this.tags = tags
  }

  get expiresAt(): number {
    return this.fact.setAt + this.fact.ttl
  }

  /** It may be answered when it is old. */
  get lingers(): boolean {
    return this.fact.staleWhileRevalidate > 0 || this.fact.grace > 0
  }

  /** The last moment at which it may be answered as stale, when it may be for `window` ms. */
  staleUntil(window: number): number {
    return Math.min(this.expiresAt, this.staleSince) + window
  }
}
