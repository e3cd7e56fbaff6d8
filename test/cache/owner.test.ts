import { expect, it } from 'vitest'
import { plainCopy } from '../../src/cache/plain.ts'
import { type Clock, CONFIG, ownerOf, type Side, settle, side } from './network.ts'

const clock: Clock = { now: 1_000 }

function world(config: Partial<typeof CONFIG> = {}) {
  const configs = { data: { ...CONFIG, ...config } }
  const sides = { main: side(true, clock, configs), scheduler: side(false, clock, configs) }
  const owner = ownerOf(sides, clock, configs)
  settle(owner, sides)
  const set = ({ replica }: Side, key: string, data: unknown = key, ttl = 1e6): void => {
    const shelf = replica.state.shelves.get('data')
    const stamp = replica.stamps.next(clock.now)
    const bytes = plainCopy(data).size
    const fact = {
      cache: 'data',
      key,
      data,
      bytes,
      tags: ['t'],
      stamp,
      asOf: replica.state.tags.height,
      since: undefined,
    }
    if (shelf) replica.put(shelf, { kind: 'entry', ...fact, setAt: clock.now, ttl, staleWhileRevalidate: 0, grace: 0 })
  }
  const read = ({ replica }: Side, key: string): unknown => {
    const entry = replica.state.shelves.get('data')?.find(key, clock.now)
    if (entry) replica.used(entry)
    return entry?.data
  }
  const keys = ({ replica }: Side): string[] => [...(replica.state.shelves.get('data')?.entries.keys() ?? [])].sort()
  return { owner, sides, set, read, keys, settle: () => settle(owner, sides) }
}

it('what one thread sets the other reads', () => {
  const { sides, set, read, settle } = world()
  set(sides.scheduler, 'a', { n: 1 })
  expect([read(sides.scheduler, 'a'), read(sides.main, 'a')]).toEqual([{ n: 1 }, undefined])
  settle()
  expect(read(sides.main, 'a')).toEqual({ n: 1 })
  expect(() => Object.assign(read(sides.main, 'a') as object, { n: 2 })).toThrow(TypeError)
})

it('the least recently used goes, wherever it was used', () => {
  const { owner, sides, set, read, keys, settle } = world({ maxSize: 3 })
  for (const key of ['a', 'b', 'c']) set(sides.main, key)
  settle()
  read(sides.scheduler, 'a')
  settle()
  set(sides.main, 'd')
  settle()
  expect(keys(sides.main)).toEqual(['a', 'c', 'd'])
  read(sides.main, 'c')
  set(sides.scheduler, 'e')
  settle()
  for (const side of [sides.main, sides.scheduler]) expect(keys(side)).toEqual(['c', 'd', 'e'])
  expect(owner.totals()['data']).toMatchObject({ entries: 3, evictions: { lru: 2, ttl: 0, tag: 0, bytes: 0 } })
})

it('holds as many entries as its limit says, not up to twice as many, and not the half', () => {
  const { owner, sides, set, keys, settle } = world({ maxSize: 100 })
  for (let n = 0; n < 100; n++) set(sides.main, `k${n}`)
  settle()
  expect(keys(sides.main)).toHaveLength(100)
  for (let n = 100; n < 450; n++) set(sides.main, `k${n}`)
  settle()
  expect([keys(sides.main).length, keys(sides.scheduler).length, owner.totals()['data']?.entries]).toEqual([
    100, 100, 100,
  ])
  expect(keys(sides.main)).toContain('k449')
  expect(keys(sides.main)).not.toContain('k349')
})

it('a key that is set again and again is not evicted in its old form (phantom eviction)', () => {
  const { owner, sides, set, read, settle } = world({ maxSize: 4 })
  for (let n = 0; n < 200; n++) {
    set(sides.main, 'hot', n)
    set(sides.main, `cold${n}`)
    settle()
    expect(read(sides.scheduler, 'hot')).toBe(n)
    expect(owner.totals()['data']?.entries).toBe(Math.min(n + 2, 4))
  }
})

it('a scan of keys that are read once does not cost more than its own entries', () => {
  const { sides, set, read, settle } = world({ maxSize: 20 })
  for (let n = 0; n < 10; n++) set(sides.main, `hot${n}`)
  for (let scan = 0; scan < 100; scan++) {
    for (let n = 0; n < 10; n++) read(sides.main, `hot${n}`)
    set(sides.main, `scan${scan}`)
    settle()
  }
  expect(Array.from({ length: 10 }, (_, n) => read(sides.main, `hot${n}`))).toEqual(
    Array.from({ length: 10 }, (_, n) => `hot${n}`),
  )
})

it('an entry that was set anew meanwhile survives the eviction of what it was', () => {
  const { owner, sides, set, read } = world({ maxSize: 1 })
  set(sides.main, 'a', 1)
  set(sides.main, 'b', 1)
  sides.main.replica.flush()
  for (const report of sides.main.toOwner.sent.splice(0)) owner.take('main', report)
  set(sides.main, 'a', 2) // before it hears that a is gone
  for (const change of sides.main.fromOwner.sent.splice(0)) sides.main.replica.take(change)
  expect(read(sides.main, 'a')).toBe(2)
})

it('keeps within its bytes, and never lets one large entry push out all others', () => {
  const { owner, sides, set, keys, settle } = world({ maxBytes: 1_000 })
  for (const key of ['a', 'b', 'c']) set(sides.main, key, 'x'.repeat(300))
  settle()
  set(sides.scheduler, 'large', 'x'.repeat(2_000))
  settle()
  expect(keys(sides.main)).toEqual(['a', 'b', 'c'])
  set(sides.main, 'd', 'x'.repeat(300))
  settle()
  expect([keys(sides.main), keys(sides.scheduler)]).toEqual([
    ['b', 'c', 'd'],
    ['b', 'c', 'd'],
  ])
  expect(owner.totals()['data']).toMatchObject({ bytes: 906, evictions: { bytes: 2, lru: 0 } })
  set(sides.main, 'b', 1)
  settle()
  expect(owner.totals()['data']?.bytes).toBe(605)
})

it('sweeps what is too old or invalidated from every thread', () => {
  const { owner, sides, set, keys, settle } = world()
  set(sides.main, 'short', 1, 10)
  set(sides.main, 'long', 1)
  settle()
  clock.now += 20
  owner.sweep()
  settle()
  expect([keys(sides.main), keys(sides.scheduler)]).toEqual([['long'], ['long']])
  owner.committed([{ height: 1, tags: ['t'] }])
  owner.sweep()
  settle()
  expect([keys(sides.main), keys(sides.scheduler)]).toEqual([[], []])
  owner.tick()
  settle()
  expect(sides.main.replica.totals('data')).toEqual({ bytes: 0, evictions: { lru: 0, ttl: 1, tag: 1, bytes: 0 } })
})

it('an owner that is born learns from the threads, a thread that is born from the owner', () => {
  const { sides, set, read, settle: settled } = world()
  set(sides.main, 'a', 1)
  settled()
  const configs = { data: CONFIG }
  const second = ownerOf(sides, clock, configs)
  settle(second, sides)
  const born = { main: sides.main, scheduler: side(false, clock, configs) }
  const third = ownerOf(born, clock, configs)
  settle(third, born)
  expect(read(born.scheduler, 'a')).toBe(1)
  expect(third.totals()['data']?.entries).toBe(1)
})

it('while the owner is away, writes wait, at most 10,000 of them, and what they made is known in the end', async () => {
  const { sides, set, keys, settle, owner } = world({ maxSize: 20_000 })
  sides.main.toOwner.up = false
  for (let n = 0; n < 15_000; n++) set(sides.main, `k${n}`)
  sides.main.replica.flush()
  expect(sides.main.replica.dropped).toBe(5_000)
  expect(keys(sides.main)).toHaveLength(15_000)
  sides.main.toOwner.open()
  await new Promise(setImmediate)
  settle()
  expect(owner.totals()['data']?.entries).toBe(15_000)
  expect(keys(sides.scheduler)).toHaveLength(15_000)
})

it('a replica whose owner is away does not grow for ever', () => {
  const { sides, set, read, keys } = world({ maxSize: 50 })
  sides.main.toOwner.up = false
  for (let n = 0; n < 5_000; n++) {
    set(sides.main, `k${n}`)
    sides.main.replica.flush()
  }
  expect(keys(sides.main)).toHaveLength(100)
  expect(read(sides.main, 'k4999')).toBe('k4999')
})
