/** The entries of one cache on one thread, and what has become of others. Merging is the same everywhere. */
import { Entry } from './entry.ts'
import type { Keeper } from './keeper.ts'
import type { EntryFact, Fact } from './messages.ts'
import { timeOf } from './stamps.ts'
import type { Tag, Tags } from './tags.ts'

/** Deletions are remembered for so long, ms, and so many of them: what was on its way then has arrived. */
const REMEMBERED = 60_000
const MOST_DELETED = 10_000
const NO_TAGS: readonly Tag[] = []

export class Shelf {
  readonly name: string
  readonly entries: Map<string, Entry> = new Map()
  /** Who keeps it within its limits, when that is this thread's to do. */
  keeper: Keeper | undefined = undefined
  readonly #tags: Tags
  readonly #deleted = new Map<string, number>()
  #cleared = 0

  constructor(name: string, tags: Tags) {
    this.name = name
    this.#tags = tags
  }

  /** Fresh: within its time, and none of its tags was touched since. */
  fresh(entry: Entry, now: number): boolean {
    return now < entry.setAt + entry.ttl && this.#tags.valid(entry)
  }

  find(key: string, now: number): Entry | undefined {
    const entry = this.entries.get(key)
    return entry !== undefined && this.fresh(entry, now) ? entry : undefined
  }

  /** An entry that is old, but may still be answered as stale. */
  stale(key: string, window: 'staleWhileRevalidate' | 'grace', now: number): Entry | undefined {
    const entry = this.entries.get(key)
    if (!entry?.lingers) return undefined
    if (!this.#tags.valid(entry)) entry.outdate(now)
    return now < entry.staleUntil(entry[window]) ? entry : undefined
  }

  /** Whether the key was set or deleted after `since`: what began to be loaded then is not the latest about it. */
  changed(key: string, since: number, now: number): boolean {
    return since < Math.max(this.#cleared, this.#deleted.get(key) ?? 0, this.find(key, now)?.stamp ?? 0)
  }

  /** Fresh entries that carry the tag. */
  *tagged(tag: string, now: number): Generator<Entry> {
    for (const entry of this.#tags.get(tag)?.entries() ?? [])
      if (entry.shelf === this && this.fresh(entry, now)) yield entry
  }

  /** The entry as it stands now; undefined when something later is known about its key. */
  put(fact: EntryFact): Entry | undefined {
    const { key, stamp } = fact
    if (stamp <= this.#cleared) return undefined
    if (this.#deleted.size) {
      if (stamp <= (this.#deleted.get(key) ?? 0)) return undefined
      this.#deleted.delete(key)
    }
    const held = this.entries.get(key)
    if (held === undefined) {
      const entry = new Entry(this, fact, this.#tagsOf(fact))
      this.entries.set(key, entry)
      for (const tag of entry.tags) tag.add(entry)
      if (entry.lingers) for (const tag of entry.tags) tag.linger()
      return entry
    }
    if (stamp <= held.stamp) return undefined
    this.#replace(held, fact)
    return held
  }

  /** False when something later is known about the key. */
  delete(key: string, stamp: number): boolean {
    const held = this.entries.get(key)
    if (stamp <= this.#cleared || stamp <= (this.#deleted.get(key) ?? 0) || stamp <= (held?.stamp ?? 0)) return false
    if (held) this.drop(held)
    this.#deleted.set(key, stamp)
    const [oldest] = this.#deleted.keys()
    if (oldest !== undefined && this.#deleted.size > MOST_DELETED) this.#deleted.delete(oldest)
    return true
  }

  /** Everything set before `stamp` goes. False when it had. */
  clear(stamp: number): boolean {
    if (stamp <= this.#cleared) return false
    this.#cleared = stamp
    for (const entry of this.entries.values()) if (entry.stamp <= stamp) this.drop(entry)
    for (const [key, deleted] of this.#deleted) if (deleted <= stamp) this.#deleted.delete(key)
    return true
  }

  drop(entry: Entry): void {
    this.entries.delete(entry.key)
    retag(entry, NO_TAGS)
    entry.there = false
    this.keeper?.left(entry)
  }

  /** Drops what can't be answered any more, and says why. */
  *sweep(now: number): Generator<[Entry, 'ttl' | 'tag']> {
    for (const entry of this.entries.values()) {
      if (this.fresh(entry, now)) continue
      const { staleWhileRevalidate, grace } = entry
      if (entry.lingers && !this.#tags.valid(entry)) entry.outdate(now)
      if (entry.lingers && now < entry.staleUntil(Math.max(staleWhileRevalidate, grace))) continue
      this.drop(entry)
      yield [entry, now < entry.setAt + entry.ttl ? 'tag' : 'ttl']
    }
    for (const [key, stamp] of this.#deleted) if (timeOf(stamp) + REMEMBERED < now) this.#deleted.delete(key)
  }

  /** All that is known, for a thread that knows less. */
  *facts(): Generator<Fact> {
    const cache = this.name
    if (this.#cleared) yield { kind: 'cleared', cache, stamp: this.#cleared }
    for (const [key, stamp] of this.#deleted) yield { kind: 'deleted', cache, key, stamp }
    for (const entry of this.entries.values()) yield entry.toFact()
  }

  #replace(entry: Entry, fact: EntryFact): void {
    if (!sameTags(entry.tags, fact.tags)) retag(entry, this.#tagsOf(fact))
    entry.become(fact)
    if (entry.lingers) for (const tag of entry.tags) tag.linger()
  }

  #tagsOf({ tags }: EntryFact): readonly Tag[] {
    const known = new Array<Tag>(tags.length)
    for (let index = 0; index < tags.length; index++) known[index] = this.#tags.known(tags[index] as string)
    return known
  }
}

function retag(entry: Entry, tags: readonly Tag[]): void {
  const before = entry.tags
  entry.tags = tags
  for (const tag of before) if (!tags.includes(tag)) tag.remove()
  for (const tag of tags) if (!before.includes(tag)) tag.add(entry)
}

function sameTags(tags: readonly Tag[], names: readonly string[]): boolean {
  if (tags.length !== names.length) return false
  for (let index = 0; index < tags.length; index++) if (tags[index]?.name !== names[index]) return false
  return true
}
