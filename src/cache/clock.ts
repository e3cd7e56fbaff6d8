/**
 * The time of a thread. To ask the system costs as much as to write and read an entry of a plain map, and a cache is used
 * many times while no time passes that anybody would notice: entries are read and set by what the time was lately. Their
 * order does not depend on it ({@link Stamps}: a stamp is later than all that the thread has made or seen); what must not
 * seem earlier than it is (the begin of a load, an invalidation) asks.
 */

/** How long a look at the clock is good for, ms. */
const RESOLUTION = 1

export class Clock {
  readonly #ask: () => number
  #known: number | undefined = undefined
  #forget: NodeJS.Timeout | undefined = undefined

  /** `ask`: ms, monotonic, the same on all threads. */
  constructor(ask: () => number) {
    this.#ask = ask
  }

  /** ms. */
  now(): number {
    this.#known = this.#ask()
    this.#forget ??= setTimeout(this.#onTimer, RESOLUTION).unref()
    return this.#known
  }

  /** ms; as it was up to {@link RESOLUTION} ago, or at the start of the turn that runs. */
  lately(): number {
    return this.#known ?? this.now()
  }

  readonly #onTimer = (): void => {
    this.#known = undefined
    this.#forget = undefined
  }
}
