import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createCaches } from '../../src/cache/caches.ts'
import { Clock } from '../../src/cache/clock.ts'
import { CONFIG } from './network.ts'

it('the clock is looked at once for what is read and set in one go, and again a moment later', async () => {
  let looks = 0
  const clock = new Clock(() => ++looks)
  expect([clock.lately(), clock.lately(), clock.lately()]).toEqual([1, 1, 1])
  await sleep(5)
  expect(clock.lately()).toBe(2)
})

it('who asks is told what it is now, and so is who asks what it was lately', () => {
  let looks = 0
  const clock = new Clock(() => ++looks)
  expect([clock.lately(), clock.now(), clock.now(), clock.lately()]).toEqual([1, 2, 3, 3])
})

it('an entry is gone when its time is over, though nothing else looked at the clock', async () => {
  const cache = createCaches({ configs: { data: CONFIG }, main: true }).cache('data')
  cache.set('k', 1, { ttl: 20 })
  expect(cache.get('k')).toBe(1)
  await sleep(40)
  expect([cache.get('k'), cache.has('k')]).toEqual([null, false])
})
