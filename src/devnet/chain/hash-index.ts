/** Finds what carries a hash by its first 32 bits: eight bytes an entry, so that millions fit. Who asks compares the rest. */
export class HashIndex {
  /** First 32 bits of each entry, by ordinal. */
  #prefixes = new Uint32Array(1024)
  /** Ordinal of the entry before in the same bucket, plus one; 0 ends the chain. */
  #before = new Uint32Array(1024)
  #buckets = new Uint32Array(1024)
  #size = 0

  /** Entries so far: the ordinal of the next one. */
  get size(): number {
    return this.#size
  }

  /** Adds the entry whose hash begins with these eight hex digits. */
  add(prefix: string): void {
    if (this.#size === this.#prefixes.length) this.#grow()
    this.#prefixes[this.#size] = Number.parseInt(prefix, 16)
    this.#chain(this.#size++)
  }

  /** Ordinals whose hash begins so, the latest first. */
  *candidates(prefix: string): Generator<number> {
    const wanted = Number.parseInt(prefix, 16)
    let at = this.#buckets[wanted % this.#buckets.length] as number
    for (; at > 0; at = this.#before[at - 1] as number) if (this.#prefixes[at - 1] === wanted) yield at - 1
  }

  #chain(ordinal: number): void {
    const bucket = (this.#prefixes[ordinal] as number) % this.#buckets.length
    this.#before[ordinal] = this.#buckets[bucket] as number
    this.#buckets[bucket] = ordinal + 1
  }

  #grow(): void {
    const prefixes = new Uint32Array(this.#size * 2)
    prefixes.set(this.#prefixes)
    this.#prefixes = prefixes
    this.#before = new Uint32Array(prefixes.length)
    this.#buckets = new Uint32Array(prefixes.length)
    for (let ordinal = 0; ordinal < this.#size; ordinal++) this.#chain(ordinal)
  }
}
