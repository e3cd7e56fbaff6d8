/** Time as the timetable sees it. Tests bring a clock of their own. */
export interface Clock {
  /** ms since 1970. Jumps when the host's clock is set, and goes on while the host is suspended. */
  wall(): number
  /** ms, only forward; may stand still while the host is suspended. */
  now(): number
  /** Calls once, after `ms`; the answer calls it off. */
  after(ms: number, call: () => void): () => void
}

/** The host's. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  now: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, Math.max(0, ms)) // a hair before now is now
    return () => clearTimeout(timer)
  },
}
