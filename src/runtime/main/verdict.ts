/** How a generation ended, for operators and for the `boot` of the next one. */
export interface Verdict {
  /** For example `event loop blocked`, or the error it died of. */
  reason: string
  /** File and line, where that could be had. */
  at: string | undefined
  generation: number
  /** ISO time. */
  when: string
  /** What it had last said it works on, and which part of that; zeros when it never said. */
  progress: [value: number, part: number]
}
