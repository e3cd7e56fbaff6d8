/** What happened, kept until somebody reads it; of what nobody reads the older half goes. */
export class Unread<T> {
  readonly #most: number
  #items: T[] = []

  /** @param most Items kept at most. */
  constructor(most: number) {
    this.#most = most
  }

  push(...items: readonly T[]): void {
    this.#items.push(...items)
    if (this.#items.length > this.#most) this.#items.splice(0, this.#items.length - this.#most / 2)
  }

  /** What came since this was read before. */
  read(): T[] {
    return this.#items.splice(0)
  }
}
