/** When a range of heights passed the stages on its way to clients: measured, never stored. */

/** Moments by {@link moment}. */
export interface Passed {
  /** The node was asked for it. */
  asked: number
  /** Its bytes are here, and scanned. */
  fetched: number
  decoded?: number
  /** It is on disk. */
  committed?: number
}

/** Now, in ms, by a clock that all threads of a process share and nobody sets. */
export function moment(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
