/**
 * Stamps order what threads write: a hybrid logical clock, microseconds of the clock all threads share, but later than
 * every stamp seen, and even on main, odd elsewhere: so no two are equal while one other thread writes.
 */
export class Stamps {
  readonly #slot: number
  #last = 0

  constructor(main: boolean) {
    this.#slot = main ? 0 : 1
  }

  /** A new one. `now`: ms. */
  next(now: number): number {
    const microseconds = Math.floor(now * 1_000)
    this.#last = microseconds > this.#last ? microseconds : this.#last + 1
    return this.#last * 2 + this.#slot
  }

  /** Another thread has come so far. */
  see(stamp: number): void {
    const theirs = Math.floor(stamp / 2)
    if (theirs > this.#last) this.#last = theirs
  }
}

/** When a stamp was made, ms. */
export function timeOf(stamp: number): number {
  return stamp / 2_000
}
