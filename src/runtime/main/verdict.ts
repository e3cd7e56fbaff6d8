/**
 * What ended a generation.
 * - `failed`: it threw, exited, or was not ready in time
 * - `blocked`: its event loop stood still
 * - `memory`: its heap was full
 * - `stalled`: it did not get done what it had
 * - `stopped`: it was told to stop, and did not in time
 * - `planned`: an operator restarted it; no illness, and not counted as one
 */
export type EndKind = 'failed' | 'blocked' | 'memory' | 'stalled' | 'stopped' | 'planned'

/** Why a generation ends. */
export interface Ending {
  kind: EndKind
  /** In words, for example `event loop blocked`, or the error it died of. */
  reason: string
  /** File and line, where that could be had. */
  at?: string | undefined
}

/** How a generation ended, for operators and for the `boot` of the next one. */
export interface Verdict extends Ending {
  generation: number
  /** ISO time. */
  when: string
  /** What it had last said it works on, and which part of that; zeros when it never said. */
  progress: [value: number, part: number]
}
