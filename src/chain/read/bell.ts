/** Waiting without a thread to block: a bell that wakes everyone, and a sleep that a signal ends. */
import { setTimeout as delay } from 'node:timers/promises'

export class Bell {
  #rung: PromiseWithResolvers<void> = Promise.withResolvers()

  /** Wakes everyone who waits now. */
  ring(): void {
    this.#rung.resolve()
    this.#rung = Promise.withResolvers()
  }

  /** Resolves at the next {@link ring} or after `ms`; rejects with the signal's reason. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const done = new AbortController()
    const timeout = sleep(ms, AbortSignal.any([signal, done.signal]))
    try {
      await Promise.race([this.#rung.promise, timeout])
    } finally {
      done.abort()
      timeout.catch(() => {}) // the race is over
    }
    signal.throwIfAborted()
  }
}

/** @throws the signal's reason when aborted. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch {
    signal.throwIfAborted()
  }
}
