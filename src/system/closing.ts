/** What has to be ended, in reverse order of its beginning. */
export class Closing {
  #ends: (() => unknown)[] = []

  /** `end` is called when it is closed, after the ends of all that begins later. */
  add(end: () => unknown): void {
    this.#ends.push(end)
  }

  /** Ends everything that was added since the last time. */
  async close(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end()
  }
}
