import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { FromOwner, ToOwner } from '../../src/cache/messages.ts'
import type { Owner } from '../../src/cache/owner.ts'
import type { Replica } from '../../src/cache/replica.ts'
import { type Clock, CONFIG, ownerOf, type Side, settle, side } from './network.ts'

const configs = { data: CONFIG }
const KEYS = ['a', 'b', 'c']
const TAGS = ['s', 't']
const WHO = ['main', 'scheduler'] as const

type Who = (typeof WHO)[number]
type Step =
  | { do: 'set'; who: Who; key: string; tags: string[]; behind: number; lag: number }
  | { do: 'delete' | 'refresh'; who: Who; key: string }
  | { do: 'clear' | 'flush'; who: Who }
  | { do: 'invalidate'; who: Who; tag: string }
  | { do: 'commit'; tags: string[] | null; owner: boolean }
  | { do: 'deliver'; who: Who; to: 'owner' | 'thread'; nth: number; again: boolean }
  | { do: 'kill' }

const who = fc.constantFrom(...WHO)
const key = fc.constantFrom(...KEYS)
const tags = fc.subarray(TAGS)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      ...{ do: fc.constant('set' as const), who, key, tags, behind: fc.nat({ max: 2 }) },
      lag: fc.nat({ max: 20 }), // an entry is set by what the time was lately
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'refresh' as const), who, key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('invalidate' as const), who, tag: fc.constantFrom(...TAGS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('flush' as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      tags: fc.option(tags, { nil: null, freq: 8 }),
      owner: fc.boolean(),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      ...{ do: fc.constant('deliver' as const), who, to: fc.constantFrom('owner' as const, 'thread' as const) },
      ...{ nth: fc.nat({ max: 5 }), again: fc.boolean() },
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'kill' as const }) },
)

/** Every value says what it is as of, and each tag's height is known here: so each read can be judged. */
class World {
  readonly clock: Clock = { now: 1_000 }
  readonly sides: Record<Who, Side> = {
    main: side(true, this.clock, configs),
    scheduler: side(false, this.clock, configs),
  }
  /** What main has seen of the log. */
  readonly touched = new Map<string, number>()
  owner: Owner = ownerOf(this.sides, this.clock, configs)
  height = 0
  floor = 0

  run(step: Step): void {
    this.clock.now += 1
    if (step.do === 'kill') this.owner = ownerOf(this.sides, this.clock, configs)
    else if (step.do === 'commit') this.#commit(step.tags, step.owner)
    else if (step.do === 'deliver') this.#deliver(step)
    else this.#write(this.sides[step.who].replica, step)
    this.judge()
  }

  judge(): void {
    const { state } = this.sides.main.replica
    for (const key of KEYS) {
      const entry = state.shelves.get('data')?.find(key, this.clock.now)
      if (!entry) continue
      const { asOf, tags } = entry.data as { asOf: number; tags: string[] }
      const oldest = tags.length ? Math.max(this.floor, ...tags.map((tag) => this.touched.get(tag) ?? 0)) : 0
      expect(asOf).toBeGreaterThanOrEqual(oldest)
    }
  }

  /** What each side would answer. */
  answers(): unknown[] {
    return Object.values(this.sides).map(({ replica }) =>
      KEYS.map((key) => replica.state.shelves.get('data')?.find(key, this.clock.now)?.data),
    )
  }

  #commit(tags: string[] | null, ownerFirst: boolean): void {
    this.height += 1
    const changed = { height: this.height, tags }
    if (ownerFirst) this.owner.committed([changed])
    this.sides.main.replica.committed(changed)
    if (!ownerFirst) this.owner.committed([changed])
    if (tags === null) this.floor = this.height
    for (const tag of tags ?? []) this.touched.set(tag, this.height)
  }

  #deliver({ who, to, nth, again }: Extract<Step, { do: 'deliver' }>): void {
    const { replica, toOwner, fromOwner } = this.sides[who]
    const take = <T>(sent: T[][]): T[] => {
      const item = sent[nth % sent.length]
      if (!item) return []
      if (!again) sent.splice(nth % sent.length, 1)
      return structuredClone(item)
    }
    if (to === 'owner') this.owner.take(who, take<ToOwner>(toOwner.sent))
    else replica.take(take<FromOwner>(fromOwner.sent))
  }

  #write(replica: Replica, step: Extract<Step, { who: Who }>): void {
    const { state, stamps } = replica
    const shelf = state.shelves.get('data')
    if (!shelf) return
    const stamp = stamps.next(this.clock.now - (step.do === 'set' ? step.lag : 0))
    if (step.do === 'flush') replica.flush()
    else if (step.do === 'clear') replica.tell({ kind: 'cleared', cache: 'data', stamp })
    else if (step.do === 'delete') replica.tell({ kind: 'deleted', cache: 'data', key: step.key, stamp })
    else if (step.do === 'invalidate') replica.tell({ kind: 'invalidated', cache: 'data', tags: [step.tag], stamp })
    else if (step.do === 'refresh') {
      const entry = shelf.find(step.key, this.clock.now)
      if (entry) replica.put(shelf, { ...entry.toFact(), stamp, since: entry.since ?? entry.stamp })
    } else if (step.do === 'set') {
      const asOf = Math.max(0, state.tags.height - step.behind)
      replica.put(shelf, {
        ...{ kind: 'entry', cache: 'data', key: step.key, tags: step.tags, stamp, asOf, since: undefined },
        ...{
          data: { asOf, tags: step.tags, stamp },
          bytes: 1,
          setAt: this.clock.now,
          ttl: 1e9,
          staleWhileRevalidate: 0,
          grace: 0,
        },
      })
    }
  }
}

it('in whatever order, and however often, messages arrive and owners die: nothing is read that is older than what main has seen', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const world = new World()
      for (const each of steps) world.run(each)
    }),
    { numRuns: 400 },
  )
})

it('and once everything has arrived, both threads answer the same', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const world = new World()
      for (const each of steps) world.run(each)
      world.owner = ownerOf(world.sides, world.clock, configs)
      world.owner.committed([{ height: world.height, tags: [] }])
      settle(world.owner, world.sides)
      world.judge()
      const [main, scheduler] = world.answers()
      expect(scheduler).toEqual(main)
    }),
    { numRuns: 400 },
  )
})
