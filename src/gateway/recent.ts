/** The latest events in memory: who was away for a moment resumes without a read of the log. */
import { BLOCK_TX_INDEX, compare, type Position } from '../events/position.ts'
import type { CommittedEvent } from '../events/types.ts'

/** Most of what is kept, bytes, about. */
const MOST = 8 * 2 ** 20
/** What an account in an audience costs, bytes, about. */
const ACCOUNT = 64

export class Recent {
  #events: CommittedEvent[] = []
  #bytes = 0
  #after: number

  /** Nothing is known up to `height`. */
  constructor(height: number) {
    this.#after = height
  }

  /** True when every event after `cursor` is here. */
  covers(cursor: Position): boolean {
    return compare(cursor, { height: this.#after, txIndex: BLOCK_TX_INDEX, eventIndex: BLOCK_TX_INDEX }) >= 0
  }

  add(events: readonly CommittedEvent[]): void {
    for (const event of events) this.#bytes += costOf(event)
    this.#events.push(...events)
    if (this.#bytes > MOST) this.#shorten()
  }

  /** Forgets everything up to `height`. */
  forget(height: number): void {
    this.#events = []
    this.#bytes = 0
    this.#after = height
  }

  /** Events after `cursor` that are `wanted`, in order. */
  page(cursor: Position, limit: number, wanted: (event: CommittedEvent) => boolean): CommittedEvent[] {
    const page: CommittedEvent[] = []
    for (let n = this.#firstAfter(cursor); n < this.#events.length && page.length < limit; n++) {
      const event = this.#events[n]
      if (event && wanted(event)) page.push(event)
    }
    return page
  }

  /** Whole heights go, until half is left: so this is seldom done. */
  #shorten(): void {
    let n = 0
    while (this.#bytes > MOST / 2 && n < this.#events.length) {
      const { height } = this.#events[n] as CommittedEvent
      for (let event = this.#events[n]; event?.height === height; event = this.#events[++n])
        this.#bytes -= costOf(event)
      this.#after = height
    }
    this.#events = this.#events.slice(n)
  }

  #firstAfter(cursor: Position): number {
    let [low, high] = [0, this.#events.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compare(this.#events[middle] as CommittedEvent, cursor) > 0) high = middle
      else low = middle + 1
    }
    return low
  }
}

function costOf({ text, audience }: CommittedEvent): number {
  return text.length + ACCOUNT * audience.length
}
