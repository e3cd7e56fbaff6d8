/** What was committed since the process started, counted as main hears of it. */
import type { CommitCounts } from '../control/metrics.ts'
import type { AsOf } from '../events/app.ts'
import type { CommittedEvent, CommittedRange } from '../events/types.ts'

/** Types are a contract's own words: beyond so many they are counted as one. */
const MOST = 500
const OTHER = ''

export class CommitCounter {
  readonly #blocks = { 'catch-up': 0, live: 0 }
  readonly #events = new Map<string, { contract: string; type: string; count: number }>()
  /** The newest height main has seen, and its block's time. */
  seen: AsOf

  constructor(seen: AsOf) {
    this.seen = seen
  }

  committed({ after, height, time, events }: CommittedRange, live: boolean): void {
    this.#blocks[live ? 'live' : 'catch-up'] += height - (this.seen.height || Math.max(after, height - 1)) // an empty log may begin anywhere
    this.seen = { height, time }
    for (const event of events ?? []) this.#count(event)
  }

  get counts(): CommitCounts {
    return { blocks: this.#blocks, events: [...this.#events.values()] }
  }

  #count({ contract, type }: CommittedEvent): void {
    const named = `${contract} ${type}`
    const key = this.#events.has(named) || this.#events.size < MOST ? named : OTHER
    const known = this.#events.get(key)
    if (known) known.count += 1
    else
      this.#events.set(
        key,
        key === OTHER ? { contract: 'other', type: 'other', count: 1 } : { contract, type, count: 1 },
      )
  }
}
