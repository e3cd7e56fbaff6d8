/**
 * When a task starts next. Intervals go from start to start (fixed rate): what a long run missed is skipped, never made up.
 */

/** Starts are moved by up to this share of the interval, either way, so that tasks of one interval do not march in step. */
export const JITTER = 0.05

/** Least time between the start of a run and an early one after it, ms. */
export const EARLY_GAP = 1_000

/** Between the first starts of tasks that are all due when the scheduler is born, ms. */
export const STAGGER = 200

/** ms from `now` until the next start after the one at `started`; `random`: 0 to 1. */
export function untilNextStart(started: number, interval: number, now: number, random: number): number {
  const missed = Math.floor((now - started) / interval)
  const planned = started + (missed + 1) * interval + (2 * random - 1) * JITTER * interval
  return Math.max(0, planned - now)
}
