/** At most so many per window and key, in fixed windows: cheap, and exact enough to keep a client from taking everything. */
export interface RateLimit {
  /** Counts one; answers 0 when it may pass, else the milliseconds until the window ends. */
  take(key: string): number
}

/** Keys remembered at most: beyond, the window is cleared, so that many addresses can't fill memory. */
const MAX_KEYS = 100_000

/** `limit` is asked each time: it may change. */
export function rateLimit(limit: () => number, windowMs: number): RateLimit {
  let counts = new Map<string, number>()
  let ends = 0
  return {
    take: (key) => {
      const now = performance.now()
      if (now >= ends || counts.size > MAX_KEYS) {
        counts = new Map()
        ends = now + windowMs
      }
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      return count > limit() ? Math.ceil(ends - now) : 0
    },
  }
}
