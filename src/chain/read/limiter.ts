/** An endpoint's request budget. Nothing runs inside Bottleneck: a job is one admission, so stopping can never hang. */
import Bottleneck from 'bottleneck'

export interface Limiter {
  /** Resolves when `requests` calls are within the budget. A range larger than the bucket is admitted once it is full, in debt. */
  admit(requests: number, signal: AbortSignal): Promise<void>
  /** Asks for an admission that the next {@link Limiter.admit} finds ready: at the tip nothing is left to wait for but the block. */
  reserve(requests: number, signal: AbortSignal): void
  /** Takes calls that turned out to be needed off what comes next. */
  charge(requests: number): void
  close(): void
}

const UNLIMITED: Limiter = { admit: () => Promise.resolve(), reserve: () => {}, charge: () => {}, close: () => {} }

/**
 * A token bucket of `requestsPerSecond`; without one, no limit.
 * Bottleneck costs about 2 ms a job, so one job is one range of heights, with its requests as weight.
 */
export function createLimiter(requestsPerSecond: number | undefined): Limiter {
  if (!requestsPerSecond) return UNLIMITED
  const amount = Math.max(1, Math.floor(requestsPerSecond))
  const bottleneck = new Bottleneck({
    reservoir: amount,
    reservoirIncreaseAmount: amount,
    reservoirIncreaseInterval: Math.ceil((amount / requestsPerSecond) * 4) * 250, // Bottleneck wants multiples of 250 ms
    reservoirIncreaseMaximum: amount,
  })
  let reserved: Promise<void> | undefined
  const charge = (requests: number): void => {
    if (requests > 0) void bottleneck.incrementReservoir(-requests)
  }
  const admit = async (requests: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted()
    const weight = Math.min(requests, amount) // a job heavier than the bucket would wait for ever
    await untilAborted(
      bottleneck.schedule({ weight }, () => Promise.resolve()),
      signal,
    )
    charge(requests - weight)
  }
  return {
    charge,
    admit(requests, signal) {
      const ready = reserved
      reserved = undefined
      return ready ?? admit(requests, signal)
    },
    reserve(requests, signal) {
      if (reserved) return
      reserved = admit(requests, signal)
      reserved.catch(() => {
        reserved = undefined
      })
    },
    close: () => void bottleneck.disconnect(false),
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
