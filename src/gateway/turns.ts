/** What one client asks for, one after the other, in order; what needs no time is done at once. */

/** Never throws or rejects. A promise when it needs time. */
export type Work = () => Promise<void> | undefined

/** Goes on with a value: at once when it is there, else when it comes. */
export function onceKnown<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}

export class Turns {
  #waiting: Work[] = []
  #working: Promise<void> | undefined

  /** How many wait for their turn. */
  get length(): number {
    return this.#waiting.length
  }

  take(work: Work): void {
    this.#waiting.push(work)
    this.#next()
  }

  /** What waits is not done any more. */
  clear(): void {
    this.#waiting = []
  }

  #next(): void {
    while (!this.#working) {
      const work = this.#waiting.shift()
      if (!work) return
      this.#working = work()?.finally(() => {
        this.#working = undefined
        this.#next()
      })
    }
  }
}
