/**
 * When each tag was last touched. A tag's version is the highest height that touched it, and for each cache the latest
 * stamp at which someone invalidated it there: registers that only rise, so duplicates and reordering change nothing (D1).
 */
import type { Entry } from './entry.ts'
import type { Fact } from './messages.ts'
import { checkTag } from './options.ts'
import type { Moment } from './types.ts'

/** Tags without entries are remembered for what is being loaded; beyond so many they are forgotten together. */
const MOST = 20_000

export class Tag {
  readonly name: string
  height: number
  /** In every cache, at the latest. */
  stamp: number
  /** By cache. */
  invalidated: Map<string, number> | undefined = undefined
  /** Entries of all caches that carry it, and some that did: taking them out one by one would cost more than all else. */
  #carriers: Entry[] | undefined = undefined
  #left = 0
  /** Some of them are answered for a while when they are old. */
  #lingering = false

  constructor(name: string, { height, stamp }: { height: number; stamp: number }) {
    this.name = name
    this.height = height
    this.stamp = stamp
  }

  /** Entries of all caches that carry it. */
  entries(): Entry[] {
    if (this.#left > 0) this.#tidy()
    return this.#carriers ?? []
  }

  add(entry: Entry): void {
    if (this.#carriers === undefined) this.#carriers = [entry]
    else if (this.#carriers.at(-1) !== entry) this.#carriers.push(entry) // else it names the tag twice
  }

  /** An entry of it may be answered when it is old. */
  linger(): void {
    this.#lingering = true
  }

  /** The entry carries it no more. */
  remove(): void {
    this.#left += 1
    if (2 * this.#left > (this.#carriers?.length ?? 0)) this.#tidy()
  }

  /** From now on its entries are old. */
  outdate(now: number): void {
    if (!this.#lingering) return
    for (const entry of this.entries()) if (entry.lingers) entry.outdate(now)
  }

  #tidy(): void {
    const entries = [...new Set(this.#carriers)].filter(({ tags }) => tags.includes(this))
    this.#carriers = entries.length ? entries : undefined
    this.#left = 0
    this.#lingering = entries.some(({ lingers }) => lingers)
  }
}

export class Tags {
  readonly #tags = new Map<string, Tag>()
  /** Everything that carries a tag was touched here. */
  #floor = 0
  /** No tag that is not known was touched later. */
  #forgotten = { height: 0, stamp: 0 }
  #most = MOST
  /** Goes up whenever an entry may have become invalid. */
  epoch = 0
  /** The highest height seen. */
  height = 0

  get size(): number {
    return this.#tags.size
  }

  get(name: string): Tag | undefined {
    return this.#tags.get(name)
  }

  /** The tag, to be carried by an entry. @throws CodedError `E_CACHE_OPTIONS` */
  known(name: string): Tag {
    const known = this.#tags.get(name)
    if (known !== undefined) return known
    checkTag(name)
    const tag = new Tag(name, this.#forgotten)
    this.#tags.set(name, tag)
    return tag
  }

  /** Whether none of the entry's tags was touched since the time it is as of. */
  valid(entry: Entry): boolean {
    if (entry.checked === this.epoch) return true
    const { asOf, since, stamp, shelf, tags } = entry
    if (!this.#untouched(tags, asOf, since ?? stamp, shelf.name)) return false
    entry.checked = this.epoch
    return true
  }

  /** The same of an entry that is not there yet, as of a moment. */
  accepts(cache: string, tags: readonly string[], { asOf, since }: Moment): boolean {
    const known = tags.map((name) => this.#tags.get(name) ?? new Tag(name, this.#forgotten))
    return this.#untouched(known, asOf, since, cache)
  }

  #untouched(tags: readonly Tag[], asOf: number, since: number, cache: string): boolean {
    if (tags.length && asOf < this.#floor) return false
    for (const { height, stamp, invalidated } of tags) {
      if (asOf < height || since < stamp) return false
      if (invalidated !== undefined && since < (invalidated.get(cache) ?? 0)) return false
    }
    return true
  }

  /** The log touched them (null: all) at `height`. False when that was known. */
  touch(names: readonly string[] | null, height: number, now: number): boolean {
    let rose = height > this.height
    if (rose) this.height = height
    if (names === null) {
      if (height <= this.#floor) return rose
      this.#floor = height
      for (const tag of this.#tags.values()) tag.outdate(now)
      this.epoch += 1
      return true
    }
    for (const name of names) {
      const tag = this.known(name)
      if (tag.height >= height) continue
      tag.height = height
      tag.outdate(now)
      rose = true
    }
    this.epoch += 1
    this.#forget()
    return rose
  }

  /** Someone invalidated them in a cache. False when that was known. */
  invalidate(cache: string, names: readonly string[], stamp: number, now: number): boolean {
    let rose = false
    for (const name of names) {
      const tag = this.known(name)
      tag.invalidated ??= new Map()
      if (stamp <= (tag.invalidated.get(cache) ?? 0)) continue
      tag.invalidated.set(cache, stamp)
      tag.outdate(now)
      rose = true
    }
    this.epoch += 1
    this.#forget()
    return rose
  }

  /** All that is known, for a thread that knows less. */
  *facts(): Generator<Fact> {
    const tags = [...this.#tags.values()]
    for (const [height, touched] of Map.groupBy(tags, (tag) => tag.height))
      yield { kind: 'tags', height, tags: touched.map(({ name }) => name) }
    for (const { name, invalidated } of tags)
      for (const [cache, stamp] of invalidated ?? []) yield { kind: 'invalidated', cache, tags: [name], stamp }
    yield { kind: 'tags', height: this.height, tags: [] }
    if (this.#floor > 0) yield { kind: 'tags', height: this.#floor, tags: null }
  }

  #forget(): void {
    if (this.#tags.size <= this.#most) return
    for (const tag of this.#tags.values()) {
      if (tag.entries().length) continue
      const { name, height, stamp, invalidated } = tag
      this.#forgotten.height = Math.max(this.#forgotten.height, height)
      this.#forgotten.stamp = Math.max(this.#forgotten.stamp, stamp, ...(invalidated?.values() ?? []))
      this.#tags.delete(name)
    }
    this.#most = Math.max(MOST, 2 * this.#tags.size)
  }
}
