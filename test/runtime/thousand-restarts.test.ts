import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { supervise, type WireSpec, wire } from '../../src/runtime/index.ts'
import type { Toy } from './actors/toy.ts'

const RESTARTS = 1_000

interface Footprint {
  threads: number
  ports: number
  listeners: number
  heap: number
}

it(`${RESTARTS} restarts of an actor under load leak no port, listener, thread or memory`, async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const pings: WireSpec<number> = wire<number>()({ from: 'main', to: 'toy', credit: 16 })
  const system = supervise(
    {
      ...{ strategy: 'one_for_one', intensity: 10 * RESTARTS, period: 3_600_000, backoff: { min: 1, max: 1 } },
      children: { toy: { entry: new URL('./actors/toy.ts', import.meta.url) } },
    },
    { wires: { pings } },
  )
  await system.start()
  const toy = system.actor<Toy>('toy')
  const outlet = system.outlet<number>('pings')
  const underLoad = async (work: Promise<void>): Promise<void> => {
    let loading = true
    const load = (async () => {
      for (let n = 0; loading; n++) {
        outlet.trySend(n)
        toy.tell.echo(n)
        await sleep(2)
      }
    })()
    await work
    loading = false
    await load
  }

  const footprint = async (): Promise<Footprint> => {
    await sleep(1_500) // what was ended is gone, what was told is handled, what was sampled is sampled
    for (let n = 0; n < 4; n++) {
      collect()
      await sleep(50) // what was finalized is let go
    }
    return {
      threads: readdirSync('/proc/self/task').length,
      ports: process.getActiveResourcesInfo().filter((resource) => resource === 'MessagePort').length,
      listeners: system.eventNames().reduce((sum, name) => sum + system.listenerCount(name), 0),
      heap: process.memoryUsage().heapUsed,
    }
  }
  const restart = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n++) {
      const { generation } = system.tree().actors['toy'] ?? { generation: 0 }
      await toy.ask.exit(1).catch(() => undefined)
      expect(await toy.ask.generation()).toBe(generation + 1)
    }
  }

  await underLoad(restart(100)) // what is made once is made
  const before = await footprint()
  await underLoad(restart(RESTARTS / 2))
  const between = await footprint()
  await underLoad(restart(RESTARTS / 2))
  const after = await footprint()
  expect(after.threads).toBeLessThanOrEqual(before.threads)
  expect(after.ports).toBeLessThanOrEqual(before.ports)
  expect(after.listeners).toBe(before.listeners)
  // A leak grows with every restart, so with both halves; what is compiled or kept once, with one of them.
  const growth = Math.min(between.heap - before.heap, after.heap - between.heap)
  expect(growth).toBeLessThan((2_000 * RESTARTS) / 2) // a leaked thread or port pair is more than that each
  expect(system.tree().zombies).toBe(0)
  await system.stop()
}, 600_000)
