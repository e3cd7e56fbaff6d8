/**
 * When each tag was last touched. A tag's version is the highest height that touched it, and for each cache the latest
 * stamp at which someone invalidated it there: registers that only rise, so duplicates and reordering change nothing (D1).
 */
import type { Entry } from './entry.ts'
import type { EntryFact, Fact } from './messages.ts'

/** What an entry claims about its age. */
export type Claim = Pick<EntryFact, 'cache' | 'tags' | 'asOf' | 'since'>

/** Tags without entries are remembered for what is being loaded; beyond so many they are forgotten together. */
const MOST = 20_000

export class Tag {
  readonly name: string
  height: number
  /** In every cache, at the latest. */
  stamp: number
  /** By cache. */
  invalidated: Map<string, number> | undefined
  /** Entries of all caches that carry it; most tags have none, so it is made with the first. */
  entries: Set<Entry> | undefined
  /** Those of them that are answered for a while when they are old. */
  lingering: Set<Entry> | undefined

  constructor(name: string, { height, stamp }: { height: number; stamp: number }) {
    this.name = name
    this.height = height
    this.stamp = stamp
    this.invalidated = undefined
    this.entries = undefined
    this.lingering = undefined
  }

  add(entry: Entry): void {
    this.entries ??= new Set()
    this.entries.add(entry)
    if (!entry.lingers) return
    this.lingering ??= new Set()
    this.lingering.add(entry)
  }

  remove(entry: Entry): void {
    this.entries?.delete(entry)
    this.lingering?.delete(entry)
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

  /** The tag, to be carried by an entry. */
  known(name: string): Tag {
    const known = this.#tags.get(name)
    if (known) return known
    const tag = new Tag(name, this.#forgotten)
    this.#tags.set(name, tag)
    return tag
  }

  /** Whether none of the entry's tags was touched since the time it is as of. */
  valid(entry: Entry): boolean {
    if (entry.checked === this.epoch) return true
    const valid = this.#untouched(entry.fact, entry.tags)
    if (valid) entry.checked = this.epoch
    return valid
  }

  /** The same of an entry that is not there yet. */
  accepts(fact: Claim): boolean {
    return this.#untouched(
      fact,
      fact.tags.map((name) => this.#tags.get(name) ?? new Tag(name, this.#forgotten)),
    )
  }

  #untouched({ asOf, since, cache }: Claim, tags: readonly Tag[]): boolean {
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
      for (const tag of this.#tags.values()) outdate(tag, now)
      this.epoch += 1
      return true
    }
    for (const name of names) {
      const tag = this.known(name)
      if (tag.height >= height) continue
      tag.height = height
      outdate(tag, now)
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
      outdate(tag, now)
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
    for (const { name, height, stamp, invalidated, entries } of this.#tags.values()) {
      if (entries?.size) continue
      this.#forgotten.height = Math.max(this.#forgotten.height, height)
      this.#forgotten.stamp = Math.max(this.#forgotten.stamp, stamp, ...(invalidated?.values() ?? []))
      this.#tags.delete(name)
    }
    this.#most = Math.max(MOST, 2 * this.#tags.size)
  }
}

/** From now on its entries are old. */
function outdate({ lingering }: Tag, now: number): void {
  for (const entry of lingering ?? []) entry.staleSince = Math.min(entry.staleSince, now)
}
