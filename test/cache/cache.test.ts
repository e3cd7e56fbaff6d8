import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { createApplicationCache } from '../../src/cache/application.ts'
import { createCaches } from '../../src/cache/caches.ts'
import { defaultCaches } from '../../src/cache/named.ts'
import { type Cache, type CacheConfig, loaded, type ThreadCaches } from '../../src/cache/types.ts'
import { CONFIG } from './network.ts'

let clock = 1_000
let caches: ThreadCaches
let cache: Cache

function make(config: Partial<CacheConfig> = {}): void {
  caches = createCaches({ configs: { data: { ...CONFIG, ...config }, other: CONFIG }, main: true, now: () => clock })
  cache = caches.cache('data')
}

beforeEach(() => {
  clock = 1_000
  make()
})

const coded = (code: string): unknown => expect.objectContaining({ code })

describe('reading and writing', () => {
  it('answers what was set, null for what is missing, and tells a cached null by has()', () => {
    cache.set('a', { amount: '5' })
    cache.set('nothing', null)
    expect(cache.get('a')).toEqual({ amount: '5' })
    expect([cache.get('missing'), cache.get('nothing')]).toEqual([null, null])
    expect([cache.has('missing'), cache.has('nothing')]).toEqual([false, true])
    expect(cache.getStats()).toMatchObject({ totalHits: 2, totalMisses: 1, hitRate: 2 / 3, totalEntries: 2 })
  })

  it('a null that was loaded is not loaded again', async () => {
    let loads = 0
    const load = (): null => {
      loads += 1
      return null
    }
    expect([await cache.getOrSet('k', load), await cache.getOrSet('k', load), loads]).toEqual([null, null, 1])
  })

  it('deletes, clears and lists', () => {
    cache.setMany([
      { key: 'a', data: 1, options: { tags: ['x', 'y'] } },
      { key: 'b', data: 2, options: { tags: ['x'] } },
      { key: 'c', data: 3 },
    ])
    expect(cache.keys()).toEqual(['a', 'b', 'c'])
    expect(cache.keysByTag('x')).toEqual(['a', 'b'])
    expect(cache.getByTag('y')).toEqual([{ key: 'a', data: 1 }])
    expect(cache.getMany(['a', 'z', 'c'])).toEqual([1, null, 3])
    expect([cache.delete('a'), cache.delete('a'), cache.deleteMany(['b', 'z'])]).toEqual([true, false, 1])
    expect(cache.keysByTag('x')).toEqual([])
    cache.clear()
    expect([cache.keys(), cache.get('c')]).toEqual([[], null])
    cache.set('c', 4)
    expect(cache.get('c')).toBe(4)
  })

  it('tags that change with the data are honoured', () => {
    cache.set('a', 1, { tags: ['old', 'both'] })
    cache.set('a', 2, { tags: ['new', 'both', 'new'] })
    expect([cache.keysByTag('old'), cache.keysByTag('new'), cache.keysByTag('both')]).toEqual([[], ['a'], ['a']])
    expect(cache.invalidateByTag('old')).toBe(0)
    expect(cache.get('a')).toBe(2)
    expect(cache.invalidateByTags(['new', 'both', 'none'])).toBe(1)
    expect([cache.get('a'), cache.has('a')]).toEqual([null, false])
  })

  it('an invalidated tag invalidates what was set before, not what is set after, and in its own cache only', () => {
    cache.set('a', 1, { tags: ['t'] })
    caches.cache('other').set('a', 1, { tags: ['t'] })
    expect(cache.invalidateByTag('t')).toBe(1)
    cache.set('b', 2, { tags: ['t'] })
    expect([cache.keysByTag('t'), caches.cache('other').get('a')]).toEqual([['b'], 1])
  })

  it.each(['__proto__', 'constructor', 'hasOwnProperty', ''])('the key and the tag %j are ordinary ones', (name) => {
    expect([cache.get(name), cache.keysByTag(name)]).toEqual([null, []])
    cache.set(name, { ok: true }, { tags: [name] })
    expect(cache.keysByTag(name)).toEqual([name])
    expect(cache.invalidateByTag(name)).toBe(1)
  })

  it('names what is wrong', () => {
    expect(() => cache.set('k'.repeat(1_025), 1)).toThrow(coded('E_CACHE_KEY'))
    expect(() => cache.set(7 as unknown as string, 1)).toThrow(coded('E_CACHE_KEY'))
    expect(() => cache.set('k', 1, { ttl: -1 })).toThrow(coded('E_CACHE_OPTIONS'))
    expect(() => cache.set('k', 1, { tags: 'x' as unknown as string[] })).toThrow(coded('E_CACHE_OPTIONS'))
    expect(() => cache.set('k', 1, { asOf: 1.5 })).toThrow(coded('E_CACHE_OPTIONS'))
    expect(() => caches.cache('nowhere')).toThrow(coded('E_NO_CACHE'))
  })
})

describe('values', () => {
  it('are copied when set, and what is read can not be changed', () => {
    const data = { items: [{ id: '1' }], amount: 5n }
    cache.set('a', data)
    data.items.push({ id: '2' })
    const read = cache.get<typeof data>('a')
    expect(read).toEqual({ items: [{ id: '1' }], amount: 5n })
    expect(() => read?.items.push({ id: '3' })).toThrow(TypeError)
    expect(() => Object.assign(read?.items[0] ?? {}, { id: '9' })).toThrow(TypeError)
    expect(cache.get('a')).toEqual({ items: [{ id: '1' }], amount: 5n })
  })

  it('keep an own __proto__ as a field', () => {
    cache.set('a', JSON.parse('{"__proto__": {"polluted": {"deep": 1}}}'))
    expect(JSON.stringify(cache.get('a'))).toBe('{"__proto__":{"polluted":{"deep":1}}}')
    expect(Object.getPrototypeOf(cache.get('a'))).toBe(Object.prototype)
  })

  const circular: unknown[] = []
  circular.push(circular)
  it.each([
    ['a function', { a: { b: () => 1 } }, 'value.a.b is function'],
    ['a date', { a: [0, new Date()] }, 'value.a[1] is a Date'],
    ['a map', new Map(), 'the value is a Map'],
    ['undefined', undefined, 'the value is undefined'],
    ['a symbol', [Symbol('s')], 'value[0] is symbol'],
    ['a circle', circular, 'circular'],
  ])('refuse %s, naming its place', (_, value, place) => {
    expect(() => cache.set('k', value)).toThrow(
      expect.objectContaining({ code: 'E_CACHE_VALUE', message: expect.stringContaining(place) }),
    )
    expect(cache.has('k')).toBe(false)
  })
})

describe('time', () => {
  it('an entry is there for its ttl, not longer; refresh begins it anew', () => {
    cache.set('a', 1, { ttl: 100 })
    clock += 99
    expect(cache.get('a')).toBe(1)
    expect(cache.refresh('a')).toBe(true)
    clock += 99
    expect(cache.get('a')).toBe(1)
    expect(cache.refresh('a', 500)).toBe(true)
    clock += 499
    expect(cache.has('a')).toBe(true)
    clock += 1
    expect([cache.get('a'), cache.has('a'), cache.keys(), cache.refresh('a')]).toEqual([null, false, [], false])
  })

  it('the default is the cache’s own; Infinity is for ever, 0 not at all', () => {
    cache.setMany([
      { key: 'a', data: 1 },
      { key: 'b', data: 1, options: { ttl: Number.POSITIVE_INFINITY } },
      { key: 'c', data: 1, options: { ttl: 0 } },
    ])
    expect(cache.keys()).toEqual(['a', 'b'])
    clock += CONFIG.defaultTTL
    expect(cache.keys()).toEqual(['b'])
  })

  it('what is too old goes without being read', async () => {
    cache.set('a', { text: 'x'.repeat(1_000) }, { ttl: 50 })
    cache.set('b', 1, { ttl: 500 })
    await sleep(5)
    clock += 60
    expect(caches.cleanup()).toBe(1)
    expect(caches.metrics()['data']).toMatchObject({ entries: 1, bytes: 1, evictions: { ttl: 1, lru: 0 } })
  })

  it('sweeps by itself', async () => {
    make({ cleanupInterval: 5 })
    cache.set('a', 1, { ttl: 1 })
    await sleep(2)
    clock += 2
    await expect.poll(() => caches.metrics()['data']?.entries).toBe(0)
    await caches.close()
  })

  it('statistics say when, in time since 1970', () => {
    cache.set('a', 'xx')
    clock += 5_000
    cache.set('b', 'yyyy')
    const { oldestEntry, newestEntry, memoryUsage } = cache.getStats()
    expect((newestEntry ?? 0) - (oldestEntry ?? 0)).toBeCloseTo(5_000, -1)
    expect(Math.abs((newestEntry ?? 0) - Date.now())).toBeLessThan(5_000)
    expect(memoryUsage).toBe(10)
  })

  it('counts nothing when told so', () => {
    make({ enableStats: false })
    cache.set('a', 1)
    cache.get('a')
    expect(cache.getStats()).toMatchObject({ totalHits: 0, totalMisses: 0, totalEntries: 1 })
  })
})

describe('what the log says', () => {
  it('an entry older than a tag of it is not answered', () => {
    caches.committed({ height: 10, tags: [] })
    cache.set('a', 1, { tags: ['transfers', 'user:x'] })
    cache.set('b', 2, { tags: ['pots'] })
    caches.committed({ height: 11, tags: ['user:x'] })
    expect([cache.get('a'), cache.get('b'), caches.height]).toEqual([null, 2, 11])
    cache.set('a', 3, { tags: ['user:x'] })
    caches.committed({ height: 11, tags: ['user:x'] })
    expect(cache.get('a')).toBe(3)
  })

  it('null means that everything tagged has changed', () => {
    cache.set('a', 1, { tags: ['t'] })
    cache.set('plain', 1)
    caches.committed({ height: 5, tags: null })
    expect(cache.keys()).toEqual(['plain'])
    cache.set('a', 2, { tags: ['t'] })
    caches.committed({ height: 4, tags: null })
    expect(cache.get('a')).toBe(2)
  })

  it('data as of an older height is not kept over what is there', () => {
    caches.committed({ height: 20, tags: ['t'] })
    cache.set('a', 'new', { tags: ['t'] })
    cache.set('a', 'old', { tags: ['t'], asOf: 19 })
    expect(cache.get('a')).toBe('new')
  })

  it('tags that nobody carries are forgotten without anything old becoming new', () => {
    caches.committed({ height: 1, tags: [] })
    cache.set('kept', 1, { tags: ['kept'] })
    for (let height = 2; height < 12; height++)
      caches.committed({ height, tags: Array.from({ length: 5_000 }, (_, n) => `user:${height}.${n}`) })
    expect(cache.get('kept')).toBe(1)
    cache.set('late', 1, { tags: ['user:2.7'], asOf: 1 })
    expect(cache.get('late')).toBeNull()
    cache.set('now', 1, { tags: ['user:2.7'] })
    expect(cache.get('now')).toBe(1)
  })
})

describe('loading', () => {
  it('runs one loader however many ask', async () => {
    let loads = 0
    const load = async (): Promise<number> => {
      await sleep(5)
      return ++loads
    }
    expect(await Promise.all(Array.from({ length: 20 }, () => cache.getOrSet('k', load)))).toEqual(Array(20).fill(1))
    expect(caches.loads()).toMatchObject([{ cache: 'data', outcome: 'ok' }])
  })

  it('what changed while it was loading is not kept', async () => {
    const result = cache.getOrSet(
      'k',
      async () => {
        caches.committed({ height: 7, tags: ['t'] })
        return 'as of before'
      },
      { tags: ['t'] },
    )
    expect(await result).toBe('as of before')
    expect(cache.has('k')).toBe(false)
  })

  it('nor what was invalidated by hand meanwhile', async () => {
    await cache.getOrSet(
      'k',
      () => {
        cache.invalidateByTag('t')
        return 1
      },
      { tags: ['t'] },
    )
    expect(cache.has('k')).toBe(false)
  })

  it.each([
    ['cleared', () => cache.clear(), null],
    ['deleted', () => cache.delete('k'), null],
    ['set', () => cache.set('k', 'set'), 'set'],
  ])('nor what was %s meanwhile, and it is not joined any more', async (_, change, left) => {
    let finish: (value: string) => void = () => undefined
    const first = cache.getOrSet('k', () => new Promise<string>((resolve) => (finish = resolve)))
    await sleep(1)
    change()
    finish('old')
    expect([await first, cache.get('k')]).toEqual(['old', left])
    expect(await cache.getOrSet('k', () => 'new')).toBe(left ?? 'new')
  })

  it('a load that began before a change is not joined after it', async () => {
    let finish: (value: string) => void = () => undefined
    const first = cache.getOrSet('k', () => new Promise<string>((resolve) => (finish = resolve)), { tags: ['t'] })
    await sleep(1)
    caches.committed({ height: 3, tags: ['t'] })
    const second = cache.getOrSet('k', () => 'new', { tags: ['t'] })
    expect(await second).toBe('new')
    finish('old')
    expect([await first, cache.get('k')]).toEqual(['old', 'new'])
  })

  it('a node that lags behind is not believed', async () => {
    caches.committed({ height: 100, tags: ['t'] })
    const lagging = (): unknown => loaded('lagging', { asOf: 99 })
    expect(await cache.getOrSet('k', lagging, { tags: ['t'] })).toBe('lagging')
    expect(cache.has('k')).toBe(false)
    expect(await cache.getOrSet('k', () => loaded('good', { asOf: 140 }), { tags: ['t'] })).toBe('good')
    expect(cache.get('k')).toBe('good')
    caches.committed({ height: 101, tags: ['t'] }) // it was as of 100, whatever the node says
    expect(cache.get('k')).toBeNull()
  })

  it('a failure reaches everybody who waits, and is not kept', async () => {
    const fail = async (): Promise<never> => {
      throw new Error('node is gone')
    }
    const waiting = [cache.getOrSet('k', fail), cache.getOrSet('k', fail)]
    for (const each of waiting) await expect(each).rejects.toThrow('node is gone')
    expect(await cache.getOrSet('k', () => 1)).toBe(1)
    expect(caches.loads().map(({ outcome }) => outcome)).toEqual(['error', 'ok'])
  })

  it('a loader that never ends is not waited for, and does not block the next', async () => {
    const never = (): Promise<never> => new Promise(() => undefined)
    await expect(cache.getOrSet('k', never, { timeout: 10 })).rejects.toThrow(coded('E_LOAD_TIMEOUT'))
    expect(await cache.getOrSet('k', () => 2)).toBe(2)
  })

  it('refuses to keep what is no plain data', async () => {
    await expect(cache.getOrSet('k', () => new Date())).rejects.toThrow(coded('E_CACHE_VALUE'))
  })
})

describe('old answers that say so', () => {
  it('stale-while-revalidate answers the old one at once, marked, and loads anew', async () => {
    await cache.getOrSet('k', () => ({ n: 1 }), { ttl: 100, staleWhileRevalidate: 50 })
    clock += 120
    expect(cache.get('k')).toBeNull()
    expect(await cache.getOrSet('k', () => ({ n: 2 }), { ttl: 100 })).toEqual({ n: 1, stale: true })
    await expect.poll(() => cache.get('k')).toEqual({ n: 2 })
    expect(caches.metrics()['data']).toMatchObject({ stale: 1 })
  })

  it('not longer than it is allowed to, counted from when it became old', async () => {
    const never = (): Promise<{ n: number }> => new Promise(() => undefined)
    cache.set('k', { n: 1 }, { tags: ['t'], staleWhileRevalidate: 50 })
    caches.committed({ height: 2, tags: ['t'] })
    clock += 49
    expect(caches.cleanup()).toBe(0)
    expect(await cache.getOrSet('k', never, { tags: ['t'], timeout: 20 })).toEqual({ n: 1, stale: true })
    caches.committed({ height: 3, tags: ['t'] })
    clock += 1
    expect(await cache.getOrSet('k', () => ({ n: 2 }), { tags: ['t'] })).toEqual({ n: 2 })
  })

  it('grace answers the old one when its loader fails', async () => {
    cache.set('k', { n: 1 }, { ttl: 10, grace: 100 })
    clock += 20
    const fail = (): never => {
      throw new Error('no node')
    }
    expect(await cache.getOrSet('k', fail)).toEqual({ n: 1, stale: true })
    clock += 100
    await expect(cache.getOrSet('k', fail)).rejects.toThrow('no node')
  })

  it('without being asked for, nothing old is answered', async () => {
    cache.set('k', { n: 1 }, { ttl: 10 })
    clock += 20
    expect(await cache.getOrSet('k', () => ({ n: 2 }))).toEqual({ n: 2 })
  })
})

it('the four caches have the limits they are promised with, and the application finds them', async () => {
  const own = createCaches({ configs: defaultCaches, main: true })
  const application = createApplicationCache(own)
  const limits = [...application.getAllCaches()].map(([name, { config }]) => [name, config.defaultTTL, config.maxSize])
  expect(limits).toEqual([
    ['market_data', 30_000, 1_000],
    ['user_data', 60_000, 5_000],
    ['contract_data', 120_000, 2_000],
    ['system', 300_000, 500],
  ])
  application.getMarketDataCache().set('a', 1)
  application.getSystemCache().set('a', 1)
  expect(application.getUserDataCache().get('a')).toBeNull()
  application.clearAllCaches()
  expect(application.getMarketDataCache().get('a')).toBeNull()
  application.getContractDataCache().set('a', 1)
  await application.shutdownAllCaches()
  expect(application.getContractDataCache().keys()).toEqual([])
})
