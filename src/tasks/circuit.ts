/** A task that fails again and again is tried more and more rarely, but never given up: that is the operator's to do (D23). */

/** Failed runs in a row that open the circuit. */
export const OPEN_AFTER = 3

/** Longest pause of an open circuit, ms; a longer interval stays what it is. */
export const LONGEST_PAUSE = 600_000

export function isOpen(failures: number): boolean {
  return failures >= OPEN_AFTER
}

/** Until the next single try of an open circuit, ms: two intervals, doubled with each further failure, ± a quarter. */
export function pause(failures: number, interval: number, random: number): number {
  const doubled = interval * 2 ** Math.min(failures - OPEN_AFTER + 1, 30)
  return Math.min(doubled, Math.max(LONGEST_PAUSE, interval)) * (0.75 + random / 2)
}
