/** The pauses between the tries of one run. */

/** Longest pause, ms. */
export const LONGEST_BACKOFF = 30_000

/**
 * Pause after the try number `attempt` (from 1) has failed, ms: `base`, doubled with each further try, at most
 * {@link LONGEST_BACKOFF}; of that between a half and all, so that those who failed together do not come back together.
 */
export function backoff(attempt: number, base: number, random: number): number {
  return Math.min(base * 2 ** (attempt - 1), LONGEST_BACKOFF) * (0.5 + random / 2)
}
