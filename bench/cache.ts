/**
 * P10 and P16: set + get pairs with five tags on entries that are there, each value a small object, on one thread; in
 * turns with quick-lru as it is (no tags, no copies, no statistics, no limit by bytes; ages only where the row says so)
 * and with bentocache's memory driver. A thousand writes are all that waits at most, so what our cache does after its
 * writes (sizes and order of use; with an owner: telling it) is within the time.
 */
import { setTimeout as sleep, setImmediate as turnEnds } from 'node:timers/promises'
import QuickLRU from 'quick-lru'
import { createCaches } from '../src/cache/caches.ts'
import type { Change, Report } from '../src/cache/messages.ts'
import type { Cache, CacheConfig, ThreadCaches } from '../src/cache/types.ts'
import { type System, supervise, wire } from '../src/runtime/index.ts'
import type { CacheOwnerBoot } from '../workers/cache-owner.ts'
import { peer } from './peers.ts'
import { type BenchOptions, compared, median, type Row } from './table.ts'

const PAIRS = 1_000
/** Turns in a round. */
const TURNS = 100
const WARM = 300
const SIZES = [1_000, 10_000, 50_000]

/** What is set: key, value and tags of entry n. */
interface Load {
  keys: string[]
  values: object[]
  tags: string[][]
}

/** What bentocache is used by. */
interface Bento {
  set(entry: { key: string; value: unknown; ttl: string; tags: string[] }): Promise<boolean>
  get(entry: { key: string }): Promise<unknown>
  disconnectAll(): Promise<void>
}

export async function run({ rounds, short }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = []
  for (const size of short ? SIZES.slice(0, 1) : SIZES)
    rows.push(...(await pairs(size, short ? 3 : Math.max(rounds, 5))))
  return [...rows, operations(short ? 1 : 5)]
}

async function pairs(size: number, rounds: number): Promise<Row[]> {
  const { raw, aged, alone, owned, bento } = await inTurns(loadOf(size), rounds)
  const named = `cache, 1,000 set + get, 5 tags, of ${size.toLocaleString('en')}`
  const bounds = (floor: number, goal: number): Pick<Row, 'floor' | 'goal'> =>
    size === SIZES[0] ? { floor, goal } : { floor: null, goal: null }
  const none = { floor: null, goal: null }
  const row = (name: string, ours: number[], peer: string, theirs: number[], bounds: Pick<Row, 'floor' | 'goal'>) => ({
    ...{ name, unit: 'ms', value: median(ours), peer: { name: peer, value: median(theirs) } },
    ...{ ...compared(ours, theirs), atMost: true as const, ...bounds },
  })
  return [
    row(named, alone, 'raw quick-lru', raw, bounds(4, 2.6)),
    row(`${named}, ages on both sides`, alone, 'quick-lru with maxAge', aged, none),
    row(`${named}, telling the owner`, owned, 'raw quick-lru', raw, none),
    {
      ...{ name: `${named}, a second`, unit: 'pairs/s', value: (PAIRS * 1_000) / median(alone) },
      peer: { name: 'bentocache, memory driver', value: (PAIRS * 1_000) / median(bento) },
      ...{ ...compared(bento, alone), ...bounds(15, 40) },
    },
  ]
}

/** Quick-lru without and with ages, our cache on one thread, ours when its owner is another thread, and bentocache. */
type Side = 'raw' | 'aged' | 'alone' | 'owned' | 'bento'

/** What a thousand pairs take of each side, ms, round by round. */
async function inTurns(load: Load, rounds: number): Promise<Record<Side, number[]>> {
  const size = load.keys.length
  const [own, owned, bento] = [caches(size), await withOwner(size), await bentocache(size)]
  const raw = new QuickLRU<string, unknown>({ maxSize: size })
  const aged = new QuickLRU<string, unknown>({ maxSize: size })
  const alike = {
    raw: (order: number[]) => rawPairs(raw, load, order),
    aged: (order: number[]) => rawPairs(aged, load, order, { maxAge: 600_000 }),
    alone: (order: number[]) => ourPairs(own.cache('data'), load, order),
  }
  const telling = { owned: (order: number[]) => ourPairs(owned.caches.cache('data'), load, order) }
  const slow = { bento: (order: number[]) => bentoPairs(bento, load, order) }
  const all = load.keys.map((_, n) => n)
  for (const fill of Object.values({ ...alike, ...telling, ...slow })) await fill(all)
  const figures: Record<Side, number[]> = { raw: [], aged: [], alone: [], owned: [], bento: [] }
  for (let round = -1; round < rounds; round++) {
    const taken = {
      ...(await medians(alike, size, round < 0 ? WARM : TURNS, turnEnds)),
      ...(await medians(telling, size, TURNS / 10, () => sleep(5))), // the owner reads it meanwhile
      ...(await medians(slow, size, 3, turnEnds)),
    }
    if (round >= 0) for (const [side, value] of Object.entries(taken)) figures[side as Side].push(value)
  }
  await own.close()
  await owned.end()
  await bento.disconnectAll()
  return figures
}

/** What each side takes in the middle, ms, in turns; `rest` comes after each. */
async function medians<Some extends Side>(
  sides: Record<Some, (order: number[]) => void | Promise<void>>,
  size: number,
  turns: number,
  rest: () => Promise<unknown>,
): Promise<Record<Some, number>> {
  const figures = Object.fromEntries(Object.keys(sides).map((side) => [side, []])) as unknown as Record<Some, number[]>
  for (let turn = 0; turn < turns; turn++) {
    const order = orderOf(size, turn)
    for (const side of Object.keys(sides) as Some[]) {
      const begun = performance.now()
      const working = sides[side](order)
      if (working) await working
      figures[side].push(performance.now() - begun)
    }
    await rest()
  }
  const median_ = ([side, values]: [string, unknown]): [string, number] => [side, median(values as number[])]
  return Object.fromEntries(Object.entries(figures).map(median_)) as Record<Some, number>
}

async function bentocache(size: number): Promise<Bento> {
  const { BentoCache, bentostore } = await peer<{
    BentoCache: new (options: object) => Bento
    bentostore(): { useL1Layer(layer: unknown): unknown }
  }>('bentocache')
  const { memoryDriver } = await peer<{ memoryDriver(options: object): unknown }>('bentocache/drivers/memory')
  const memory = bentostore().useL1Layer(memoryDriver({ maxItems: size, serialize: false }))
  return new BentoCache({ default: 'memory', stores: { memory } })
}

/** Entries all over the cache, others each turn. */
function orderOf(size: number, turn: number): number[] {
  return Array.from({ length: PAIRS }, (_, n) => (turn * 7_919 + n * 31) % size)
}

/** P16: 2,000 operations of every kind; at most 5 ms, whatever anybody else needs. */
function operations(rounds: number): Row {
  const load = loadOf(1_000)
  const cache = caches(1_000).cache('data')
  const once = (): void => {
    for (let n = 0; n < 500; n++) {
      const key = load.keys[n] as string
      cache.set(key, load.values[n], { tags: load.tags[n] as string[] })
      cache.get(key)
      cache.has(key)
      if (n % 5) cache.get(`missing${n}`)
      else cache.invalidateByTag(load.tags[n]?.[4] ?? '')
    }
  }
  for (let warm = 0; warm < 50; warm++) once()
  const value = median(Array.from({ length: 10 * rounds }, () => timed(once)))
  return {
    ...{ name: 'cache, 2,000 operations', unit: 'ms', value, peer: { name: 'what they may take', value: 5 } },
    ...{ ratio: value / 5, floor: 1, goal: 0.4, atMost: true },
  }
}

function loadOf(size: number): Load {
  const numbers = Array.from({ length: size }, (_, n) => n)
  return {
    keys: numbers.map((n) => `transfer:${n}`),
    values: numbers.map((n) => ({ id: `${n}`, amount: '1234567', denom: 'usei', open: true })),
    tags: numbers.map((n) => ['transfers', 'market_stats', 'user_portfolio', `user:${n % 200}`, `group:${n % 50}`]),
  }
}

function config(size: number): CacheConfig {
  return { defaultTTL: 600_000, maxSize: size, maxBytes: 1e9, cleanupInterval: 600_000, enableStats: true }
}

function caches(size: number): ThreadCaches {
  return createCaches({ configs: { data: config(size) }, main: true })
}

/** A cache whose owner is another thread. */
async function withOwner(size: number): Promise<{ caches: ThreadCaches; end(): Promise<void> }> {
  const boot: CacheOwnerBoot = { configs: { data: config(size) }, among: { store: false, scheduler: false } }
  const system: System = supervise(
    {
      ...{ strategy: 'one_for_one', intensity: 1, period: 1_000 },
      children: {
        'cache-owner': { entry: new URL('../workers/cache-owner.ts', import.meta.url), boot: () => boot },
      },
    },
    {
      wires: {
        'cache-writes': wire<Report>()({ from: 'main', to: 'cache-owner', credit: 64 }),
        'cache-changes': wire<Change>()({ from: 'cache-owner', to: 'main', credit: 64 }),
      },
    },
  )
  await system.start()
  const owned = caches(size)
  owned.attach({ outlet: system.outlet<Report>('cache-writes'), inlet: system.inlet<Change>('cache-changes') })
  return {
    caches: owned,
    end: async () => {
      await owned.close()
      await system.stop()
    },
  }
}

function bentoEntry({ keys, values, tags }: Load, n: number): Parameters<Bento['set']>[0] {
  return { key: keys[n] as string, value: values[n], ttl: '10m', tags: tags[n] as string[] }
}

function rawPairs(
  raw: QuickLRU<string, unknown>,
  { keys, values }: Load,
  order: number[],
  age?: { maxAge: number },
): void {
  for (const n of order) {
    raw.set(keys[n] as string, values[n], age)
    raw.get(keys[n] as string)
  }
}

function ourPairs(cache: Cache, { keys, values, tags }: Load, order: number[]): void {
  for (const n of order) {
    cache.set(keys[n] as string, values[n], { tags: tags[n] as string[] })
    cache.get(keys[n] as string)
  }
}

async function bentoPairs(bento: Bento, load: Load, order: number[]): Promise<void> {
  for (const n of order) {
    await bento.set(bentoEntry(load, n))
    await bento.get({ key: load.keys[n] as string })
  }
}

/** ms. Short enough that it is seldom interrupted: the median is what it takes. */
function timed(work: () => void): number {
  const begun = performance.now()
  work()
  return performance.now() - begun
}
