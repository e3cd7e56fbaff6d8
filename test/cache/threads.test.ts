import { setTimeout as sleep } from 'node:timers/promises'
import { BroadcastChannel } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import { createCaches } from '../../src/cache/caches.ts'
import type { Change, Report } from '../../src/cache/messages.ts'
import type { Cache, ThreadCaches } from '../../src/cache/types.ts'
import type { TagsChanged } from '../../src/events/types.ts'
import { type ActorRef, type Outlet, type System, supervise, type WireSpec, wire } from '../../src/runtime/index.ts'
import type { CacheOwnerBoot } from '../../workers/cache-owner.ts'
import type { ToyScheduler } from './actors/toy-scheduler.ts'
import { CONFIG } from './network.ts'

const wires = {
  tags: wire<TagsChanged>()({ from: 'main', to: 'cache-owner', credit: 64 }),
  'cache-writes': wire<Report>()({ from: 'main', to: 'cache-owner', credit: 64 }),
  'task-cache-writes': wire<Report>()({ from: 'scheduler', to: 'cache-owner', credit: 64 }),
  'cache-changes': wire<Change>()({ from: 'cache-owner', to: 'main', credit: 64 }),
  'task-cache-changes': wire<Change>()({ from: 'cache-owner', to: 'scheduler', credit: 64 }),
} satisfies Record<string, WireSpec<unknown>>

interface World {
  system: System
  caches: ThreadCaches
  cache: Cache
  scheduler: ActorRef<ToyScheduler>
  tags: Outlet<TagsChanged>
  /** Until a new one is up. */
  killOwner(): Promise<void>
}

async function world(config: Partial<typeof CONFIG> = {}): Promise<World> {
  const configs = { data: { ...CONFIG, ...config } }
  const system = supervise(
    {
      ...{ strategy: 'one_for_one', intensity: 1_000, period: 60_000, backoff: { min: 1, max: 5 } },
      children: {
        'cache-owner': {
          entry: new URL('./actors/mortal-owner.ts', import.meta.url),
          boot: (): CacheOwnerBoot => ({ configs, among: { store: true, scheduler: true } }),
        },
        scheduler: { entry: new URL('./actors/toy-scheduler.ts', import.meta.url), boot: () => configs },
      },
    },
    { wires },
  )
  const caches = createCaches({ configs, main: true })
  onTestFinished(async () => {
    await caches.close()
    await system.stop()
  })
  await system.start()
  attach(caches, system)
  const orders = new BroadcastChannel('cache-owner')
  onTestFinished(() => orders.close())
  const generation = (): number => system.tree().actors['cache-owner']?.generation ?? 0
  return {
    ...{ system, caches, cache: caches.cache('data') },
    scheduler: system.actor<ToyScheduler>('scheduler'),
    tags: system.outlet<TagsChanged>('tags'),
    killOwner: async () => {
      const before = generation()
      orders.postMessage('die')
      await expect.poll(generation, { interval: 5, timeout: 20_000 }).toBeGreaterThan(before)
      await expect.poll(() => system.tree().actors['cache-owner']?.state, { interval: 5, timeout: 20_000 }).toBe('up')
    },
  }
}

function attach(caches: ThreadCaches, system: System): void {
  caches.attach({ outlet: system.outlet<Report>('cache-writes'), inlet: system.inlet<Change>('cache-changes') })
}

it('performance.now() is one clock for all threads: ages and stamps are compared between them', async () => {
  const { scheduler } = await world()
  const before = performance.now()
  const there = await scheduler.ask.now()
  expect(there).toBeGreaterThanOrEqual(before)
  expect(there).toBeLessThanOrEqual(performance.now())
})

it('what one thread sets or deletes, the other sees', async () => {
  const { cache, scheduler } = await world()
  cache.set('a', { n: [1] }, { tags: ['t'] })
  await expect.poll(() => scheduler.ask.get('a')).toEqual({ n: [1] })
  await scheduler.ask.set('b', { n: 2n }, ['t'])
  await expect.poll(() => cache.get('b')).toEqual({ n: 2n })
  expect(cache.keysByTag('t').sort()).toEqual(['a', 'b'])
  expect(cache.invalidateByTag('t')).toBe(2)
  await expect.poll(() => scheduler.ask.keys()).toEqual([])
  await scheduler.ask.set('c', 1, [])
  await expect.poll(() => cache.get('c')).toBe(1)
  await scheduler.ask.delete('c')
  await expect.poll(() => cache.get('c')).toBeNull()
})

it('least recently used is judged by the use on all threads', async () => {
  const { cache, scheduler } = await world({ maxSize: 3 })
  for (const key of ['a', 'b', 'c']) cache.set(key, key)
  await expect.poll(() => scheduler.ask.keys()).toEqual(['a', 'b', 'c'])
  await scheduler.ask.get('a')
  await sleep(250) // it tells within 100 ms
  cache.set('d', 'd')
  await expect.poll(() => scheduler.ask.keys()).toEqual(['a', 'c', 'd'])
  expect(cache.keys().sort()).toEqual(['a', 'c', 'd'])
})

it('one loader runs, though both threads ask at once', async () => {
  const { cache, scheduler, caches } = await world()
  cache.set('settled', 1)
  await expect.poll(() => scheduler.ask.get('settled')).toBe(1)
  let loads = 0
  const here = Array.from({ length: 5 }, () =>
    cache.getOrSet('k', async () => {
      loads += 1
      await sleep(30)
      return { by: 'main' }
    }),
  )
  const there = Array.from({ length: 5 }, () => scheduler.ask.load('k', 30))
  const answers = [...(await Promise.all(here)), ...(await Promise.all(there)).map(({ data }) => data)]
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(loads + ((await there[0])?.loads ?? 0)).toBe(1)
  expect(caches.loads()).toHaveLength(loads)
})

it('a thread that dies while it loads gives way', async () => {
  const { cache, scheduler } = await world()
  cache.set('settled', 1)
  await expect.poll(() => scheduler.ask.get('settled')).toBe(1)
  scheduler.tell.loadAndDie('k')
  await sleep(20)
  expect(await cache.getOrSet('k', () => 'loaded here', { timeout: 20_000 })).toBe('loaded here')
})

it('without an owner each thread loads for itself, and nothing is lost that main held', async () => {
  const { cache, scheduler, killOwner } = await world()
  cache.set('held', 1)
  await expect.poll(() => scheduler.ask.get('held')).toBe(1)
  const killed = killOwner()
  expect(await cache.getOrSet('k', () => 'here')).toBe('here')
  cache.set('meanwhile', 2)
  await killed
  await expect.poll(() => scheduler.ask.keys(), { timeout: 10_000 }).toEqual(['held', 'k', 'meanwhile'])
  expect(cache.keys().sort()).toEqual(['held', 'k', 'meanwhile'])
})

it('an owner that dies while somebody loads learns of it from the one who does', async () => {
  const { cache, scheduler, killOwner } = await world()
  cache.set('settled', 1)
  await expect.poll(() => scheduler.ask.get('settled')).toBe(1)
  let finish: (value: string) => void = () => undefined
  const first = cache.getOrSet('k', () => new Promise<string>((resolve) => (finish = resolve)))
  await sleep(50)
  await killOwner()
  await sleep(100)
  const there = scheduler.ask.load('k', 1)
  await sleep(100)
  finish('by main')
  expect([await first, (await there).data]).toEqual(['by main', 'by main'])
})

it('a system that stops and another that starts find the caches as they were', async () => {
  const { cache, caches, scheduler, system } = await world()
  cache.set('a', 1)
  await expect.poll(() => scheduler.ask.get('a')).toBe(1)
  caches.detach()
  await system.stop()
  cache.set('b', 2)
  expect([cache.get('a'), cache.get('b')]).toEqual([1, 2])
  await system.start()
  attach(caches, system)
  await expect.poll(() => scheduler.ask.keys()).toEqual(['a', 'b'])
  cache.set('c', 3)
  await expect.poll(() => scheduler.ask.get('c')).toBe(3)
})

it('10,000 times: after an event nothing older is read, though the owner is killed again and again', async () => {
  const { caches, cache, scheduler, tags, system } = await world({ maxSize: 1_000 })
  const orders = new BroadcastChannel('cache-owner')
  const killing = setInterval(() => orders.postMessage('die'), 300)
  onTestFinished(() => {
    clearInterval(killing)
    orders.close()
  })
  let stale = 0
  for (let height = 1; height <= 10_000; height++) {
    const tag = `user:${height % 50}`
    const changed = { height, tags: [tag] }
    if (height % 2) tags.trySend(changed)
    caches.committed(changed)
    const read = cache.get<{ asOf: number }>(`view:${height % 50}`)
    if (read && read.asOf < height) stale += 1
    const loading = cache.getOrSet(`view:${height % 50}`, () => ({ asOf: caches.height }), { tags: [tag] })
    if (height % 3 === 0)
      void scheduler.tell.set(`view:${(height + 1) % 50}`, { asOf: height - 5 }, [`user:${(height + 1) % 50}`])
    if (height % 10 === 0) {
      await sleep(1)
      const loaded = await loading
      if (loaded.asOf < height) stale += 1
    }
  }
  expect(stale).toBe(0)
  expect(system.tree().actors['cache-owner']?.generation).toBeGreaterThan(1)
})
