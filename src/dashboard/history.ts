/** The last quarter of an hour, a reading a second: what the charts show as soon as the page is there. */
import type { StageTimes } from '../control/metrics.ts'

/** What is read once a second; totals since the process started. */
export interface Totals {
  events: number
  head: number | null
  committed: number
  clients: number
  sentBytes: number
  cacheHits: number
  cacheReads: number
}

/** The columns of a {@link Reading}. Times are ms; null where nothing happened. */
export const COLUMNS = [
  'at',
  'eventsPerSecond',
  'behind',
  'clients',
  'bytesPerSecond',
  'hitRatio',
  'deliveryP50',
  'deliveryP99',
  'fetch',
  'decode',
  'commit',
  'publish',
] as const

export type Column = (typeof COLUMNS)[number]

/** One second: a value for each of {@link COLUMNS}; of the stages the medians. */
export type Reading = readonly (number | null)[]

const STAGES = ['fetch', 'decode', 'commit', 'publish'] as const
const SECONDS = 15 * 60

export class History {
  readonly #readings: Reading[] = []
  readonly #sources: { totals(): Totals; pushed(): readonly StageTimes[] }
  #before: Totals & { at: number }

  /** `totals`: how much there was until now; `pushed`: the times of what was pushed since this was asked before. */
  constructor(sources: { totals(): Totals; pushed(): readonly StageTimes[] }) {
    this.#sources = sources
    this.#before = { at: Date.now(), ...sources.totals() }
  }

  /** Takes a reading; called about once a second. */
  read(): void {
    const now = { at: Date.now(), ...this.#sources.totals() }
    const { at, ...before } = this.#before
    const perSecond = (more: number): number => (1_000 * Math.max(0, more)) / Math.max(1, now.at - at)
    const reads = now.cacheReads - before.cacheReads
    const pushed = this.#sources.pushed()
    const delivered = sorted(pushed.filter(({ doors }) => doors.length).map(({ delivery }) => delivery))
    this.#readings.push([
      ...[now.at, perSecond(now.events - before.events)],
      now.head === null ? null : Math.max(0, now.head - now.committed),
      ...[now.clients, perSecond(now.sentBytes - before.sentBytes)],
      reads > 0 ? (now.cacheHits - before.cacheHits) / reads : null,
      ...[quantile(delivered, 0.5), quantile(delivered, 0.99)],
      ...STAGES.map((stage) => quantile(sorted(pushed.map(({ stages }) => stages[stage] ?? 0)), 0.5)),
    ])
    if (this.#readings.length > SECONDS) this.#readings.shift()
    this.#before = now
  }

  /** The newest; undefined in the first second. */
  get latest(): Reading | undefined {
    return this.#readings.at(-1)
  }

  /** The newest by its columns. */
  get named(): Record<Column, number | null> {
    const { latest } = this
    return Object.fromEntries(COLUMNS.map((name, n) => [name, latest?.[n] ?? null])) as Record<Column, number | null>
  }

  /** All, the oldest first. */
  get all(): readonly Reading[] {
    return this.#readings
  }
}

function sorted(numbers: number[]): number[] {
  return numbers.sort((a, b) => a - b)
}

function quantile(ascending: readonly number[], share: number): number | null {
  return ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? null
}
