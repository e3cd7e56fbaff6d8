/** All caches of a thread as facts have made them. Owner and replicas differ only in whom they tell. */
import type { Fact } from './messages.ts'
import { Shelf } from './shelf.ts'
import type { Stamps } from './stamps.ts'
import { Tags } from './tags.ts'

export class State {
  readonly tags: Tags = new Tags()
  readonly shelves: ReadonlyMap<string, Shelf>
  readonly #stamps: Stamps

  constructor(names: Iterable<string>, stamps: Stamps) {
    this.shelves = new Map([...names].map((name) => [name, new Shelf(name, this.tags)]))
    this.#stamps = stamps
  }

  /** Takes a fact in; false when it says nothing new. */
  merge(fact: Fact, now: number): boolean {
    if (fact.kind === 'tags') return this.tags.touch(fact.tags, fact.height, now)
    this.#stamps.see(fact.stamp)
    if (fact.kind === 'invalidated') return this.tags.invalidate(fact.cache, fact.tags, fact.stamp, now)
    const shelf = this.shelves.get(fact.cache)
    if (!shelf) return false
    if (fact.kind === 'entry') return shelf.put(fact) !== undefined
    return fact.kind === 'deleted' ? shelf.delete(fact.key, fact.stamp) : shelf.clear(fact.stamp)
  }

  /** All that is known, what invalidates before what is valid. */
  *facts(): Generator<Fact> {
    yield* this.tags.facts()
    for (const shelf of this.shelves.values()) yield* shelf.facts()
  }
}
