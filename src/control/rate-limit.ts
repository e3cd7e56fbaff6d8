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

/** The same for different things: what was counted in this window passes again. */
export interface DistinctLimit {
  /** Answers 0 when `thing` may pass, else the milliseconds until the window ends. */
  take(key: string, thing: string): number
}

/** Of a thing's name no more is remembered: longer ones are no addresses. */
const MAX_NAME = 128

/** `limit` is asked each time: it may change. */
export function distinctLimit(limit: () => number, windowMs: number): DistinctLimit {
  let seen = new Map<string, Set<string>>()
  let remembered = 0
  let ends = 0
  return {
    take: (key, thing) => {
      const now = performance.now()
      if (now >= ends || remembered > MAX_KEYS) {
        seen = new Map()
        remembered = 0
        ends = now + windowMs
      }
      const name = thing.slice(0, MAX_NAME).toLowerCase()
      const things = seen.get(key) ?? new Set()
      if (things.has(name)) return 0
      if (things.size >= limit()) return Math.ceil(ends - now)
      seen.set(key, things.add(name))
      remembered += 1
      return 0
    },
  }
}
