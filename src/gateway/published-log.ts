/** The log up to where the hub has published it: what subscriptions read, page by page, until they are live. */

import { kindOf } from '../events/kind.ts'
import { compare, endOf, formatPosition, ORIGIN, type Position } from '../events/position.ts'
import type { CommittedEvent, CommittedRange } from '../events/types.ts'
import type { ChainIdentity, LogReader } from '../store/types.ts'
import type { Channel } from './channels.ts'
import { Recent } from './recent.ts'

/** So many events, missed by the hub itself, are too many to be pushed in one tick. */
const PAGE = 512
/**
 * What all readers of history together may have waiting: bytes that were written and not yet taken, and events of the
 * pages that follow. When thousands come back at once each of them gets less at a time, and the house no fuller.
 */
const [SHARED_BYTES, SHARED_EVENTS] = [16 * 2 ** 20, 16_384]
/** Of them a reader gets at least and at most so many events at a time: small enough to cost main a fraction of a millisecond. */
const [SMALLEST, LARGEST] = [16, 256]

export interface Share {
  events: number
  bytes: number
}

export class PublishedLog {
  readonly #reader: LogReader
  readonly #recent: Recent
  #height: number
  #readers = 0
  #live = false
  #identity: ChainIdentity
  readonly #waiting = new Set<() => void>()

  constructor(reader: LogReader) {
    this.#reader = reader
    this.#height = reader.checkpoint().height
    this.#identity = reader.identity()
    this.#recent = new Recent(this.#height)
  }

  /** Who the log is of; it does not change once it is known. */
  get identity(): ChainIdentity {
    if (this.#identity.epoch === null) this.#identity = this.#reader.identity()
    return this.#identity
  }

  /** Before this nothing can be resumed. */
  get earliest(): Position {
    return this.#reader.earliest()
  }

  /** Everything up to this height is published. */
  get height(): number {
    return this.#height
  }

  /** True while what is committed is pushed at once. */
  get live(): boolean {
    return this.#live
  }

  set live(live: boolean) {
    this.#live = live
    this.wake()
  }

  /** Behind everything that is published. */
  get end(): Position {
    return endOf(this.#height)
  }

  /** The end as clients are told it: an empty log stands at the origin. */
  get position(): string {
    return formatPosition(this.#reader.head().height === 0 ? ORIGIN : this.end)
  }

  /** A reader's share of the events after `cursor` that the channel carries and, with an account, that concern it; in order. */
  page(channel: Channel, account: string | undefined, cursor: Position): CommittedEvent[] {
    const { events, bytes } = this.share
    return firstOf(this.#page(channel, account, cursor, events), bytes)
  }

  #page(channel: Channel, account: string | undefined, cursor: Position, limit: number): CommittedEvent[] {
    const { kinds } = channel
    if (kinds !== '*' && !kinds.length) return []
    if (this.#recent.covers(cursor))
      return this.#recent.page(cursor, limit, ({ type, audience, crowd }) => {
        if (!channel.carries(kindOf(type))) return false
        if (account === undefined || audience.includes(account)) return true
        return crowd !== undefined && this.#reader.isMember(crowd, account)
      })
    return this.#reader.events({
      ...{ since: cursor, before: { height: this.#height + 1, txIndex: 0, eventIndex: 0 }, order: 'asc', limit },
      ...(kinds === '*' ? {} : { kinds }),
      ...(account === undefined ? {} : { account }),
    })
  }

  /** Counts a reader of history until what this answers is called. */
  read(): () => void {
    this.#readers += 1
    return () => {
      this.#readers -= 1
    }
  }

  /** What a reader of history may have at a time now: events of a page, and bytes that wait before the next. */
  get share(): Share {
    const readers = Math.max(1, this.#readers)
    const events = Math.min(LARGEST, Math.max(SMALLEST, Math.floor(SHARED_EVENTS / readers)))
    return { events, bytes: SHARED_BYTES / readers }
  }

  /**
   * What is to be pushed of a commit: its rows when they follow on, else all that was missed, read from the log. Null when
   * that is too much for one tick, or some of it was deleted since: everybody reads it at a pace of his own.
   */
  missed({ after, height, events }: CommittedRange): readonly CommittedEvent[] | null {
    if (after === this.#height && events) return events
    const before = { height: height + 1, txIndex: 0, eventIndex: 0 }
    const missed = this.#reader.events({ since: this.end, before, order: 'asc', limit: PAGE, withAudience: true })
    return missed.length < PAGE && compare(this.end, this.earliest) >= 0 ? missed : null
  }

  /** From now on everything up to `height` is published; `events` are what came with it, null when nobody was pushed any. */
  published(height: number, events: readonly CommittedEvent[] | null): void {
    this.#height = height
    if (events) this.#recent.add(events)
    else this.#recent.forget(height)
    this.wake()
  }

  /** True when everything after `cursor` is in memory. */
  remembers(cursor: Position): boolean {
    return this.#recent.covers(cursor)
  }

  /** What was published is not what the log holds now. */
  rewritten(): void {
    this.#recent.forget(this.#height)
  }

  /**
   * Calls `look` once, when more is published or it has become live. Answers what makes it look at once: who goes away
   * must not wait for a chain that stands still.
   */
  more(look: () => void): () => void {
    this.#waiting.add(look)
    return () => {
      if (this.#waiting.delete(look)) look()
    }
  }

  /** Lets those who wait for more look again. */
  wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const look of waiting) look()
  }
}

/** The first events that are together about so many bytes; at least one, if there is one. */
function firstOf(events: CommittedEvent[], bytes: number): CommittedEvent[] {
  let sum = 0
  const end = events.findIndex(({ text }) => {
    sum += text.length
    return sum > bytes
  })
  return end < 0 ? events : events.slice(0, Math.max(1, end))
}
