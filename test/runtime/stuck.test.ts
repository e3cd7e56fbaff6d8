import { expect, it, onTestFinished } from 'vitest'
import { type ActorSpec, type System, supervise } from '../../src/runtime/index.ts'
import type { Toy } from './actors/toy.ts'

const entry = new URL('./actors/toy.ts', import.meta.url)

async function started(spec: Partial<ActorSpec> = {}, maxZombies?: number): Promise<System> {
  const system = supervise(
    {
      ...{ strategy: 'one_for_one', intensity: 5, period: 60_000, backoff: { min: 1, max: 5 } },
      children: {
        toy: {
          entry,
          stallAfter: 300,
          stuckAfter: 500,
          shutdown: 300,
          env: { PATH: process.env['PATH'] ?? '' },
          ...spec,
        },
        bystander: { entry, stallAfter: 300, stuckAfter: 500 },
      },
    },
    maxZombies === undefined ? {} : { maxZombies },
  )
  onTestFinished(() => system.stop())
  await system.start()
  return system
}

const generation = (system: System, name: string): number | undefined => system.tree().actors[name]?.generation

it('[S20] JavaScript that spins: the question rejects with the place, and a new generation answers', async () => {
  const system = await started()
  const toy = system.actor<Toy>('toy')
  toy.tell.spin()
  await expect(toy.within(20_000).ask.never()).rejects.toMatchObject({
    ...{ code: 'E_ACTOR_DIED', reason: 'event loop blocked', at: expect.stringMatching(/^toy\.ts:\d+$/) },
  })
  expect(await toy.ask.generation()).toBe(2)
  expect(system.tree().actors['toy']?.lastVerdict?.progress).toEqual([42, 0])
  expect(generation(system, 'bystander')).toBe(1)
})

it('[S20] an endless chain of microtasks is found as well', async () => {
  const system = await started()
  const toy = system.actor<Toy>('toy')
  toy.tell.spinMicrotasks()
  await expect(toy.within(20_000).ask.never()).rejects.toMatchObject({ reason: 'event loop blocked' })
  expect(await toy.ask.generation()).toBe(2)
})

it('[S22] native code: replaced without waiting, a zombie until it ends, and too many of them exhaust the system', async () => {
  const system = await started({}, 0)
  const told: string[] = []
  system.on('exhausted', ({ zombies }) => told.push(`exhausted ${zombies}`))
  const toy = system.actor<Toy>('toy')
  await expect(toy.within(20_000).ask.native()).rejects.toMatchObject({ reason: 'blocked in native code' })
  expect(await toy.ask.generation()).toBe(2)
  expect(generation(system, 'bystander')).toBe(1)
  await expect.poll(() => told, { timeout: 10_000 }).toEqual(['exhausted 1'])
  await expect.poll(() => system.tree().zombies, { timeout: 20_000 }).toBe(0)
})

it('[S23] Atomics.wait: answers and uses no CPU, but never ticks: replaced', async () => {
  const system = await started()
  const toy = system.actor<Toy>('toy')
  await expect(toy.within(30_000).ask.sleepInAtomics(60_000)).rejects.toMatchObject({
    reason: 'event loop blocked: the thread waits',
  })
  expect(await toy.ask.generation()).toBe(2)
})

it('[S24] a question never answered: it times out, and its actor is stopped and replaced', async () => {
  const system = await started()
  const toy = system.actor<Toy>('toy')
  await expect(toy.within(100).ask.never()).rejects.toMatchObject({ code: 'E_ASK_TIMEOUT' })
  await expect.poll(() => generation(system, 'toy'), { timeout: 20_000 }).toBe(2)
  expect(system.tree().actors['toy']?.lastVerdict?.reason).toMatch(/^stalled: never\(\) was not answered/)
})

it('[S24] work that is claimed and not progressed with is a stall; idleness is none', async () => {
  const system = await started()
  await system.actor<Toy>('toy').ask.claimWork()
  await expect.poll(() => generation(system, 'toy'), { timeout: 20_000 }).toBe(2)
  expect(system.tree().actors['toy']?.lastVerdict?.reason).toMatch(/^stalled: it has work/)
  expect(generation(system, 'bystander')).toBe(1)
})

it('[S25] a heap that fills up: the actor is replaced before V8 ends the process', async () => {
  const system = await started({ resourceLimits: { maxOldGenerationSizeMb: 200 } })
  system.actor<Toy>('toy').tell.leak()
  await expect.poll(() => generation(system, 'toy'), { timeout: 50_000 }).toBe(2)
  expect(system.tree().actors['toy']?.lastVerdict?.reason).toMatch(/^its heap is nearly full: \d+ of \d+ MB$/)
})

it('[S18] a restart by an operator is a new generation, and no death', async () => {
  const system = await started()
  await system.restart('toy')
  expect(await system.actor<Toy>('toy').ask.generation()).toBe(2)
  expect(system.tree().supervisors['root']?.deaths).toBe(0)
  expect(system.tree().actors['toy']).toMatchObject({ recentDeaths: 0, restarts: 1 })
  await expect(system.restart('nobody')).rejects.toMatchObject({ code: 'E_NO_ACTOR' })
})

it('a living actor is profiled while it works', async () => {
  const system = await started({ stallAfter: 30_000 })
  system.actor<Toy>('toy').tell.spin()
  const hot = await system.profile('toy', 200)
  expect(hot[0]).toMatchObject({ at: expect.stringMatching(/^toy\.ts:\d+$/), share: expect.any(Number) })
})

it('reports what an operator wants to know of a living actor', async () => {
  const system = await started()
  const toy = system.actor<Toy>('toy')
  void toy
    .within(60_000)
    .ask.never()
    .catch(() => undefined)
  await expect.poll(() => system.tree().actors['bystander']?.heapUsedBytes, { timeout: 10_000 }).toBeGreaterThan(0)
  const report = system.tree().actors['toy']
  expect(report?.asksInFlight).toBe(1)
  expect(report?.oldestAskMs).toBeGreaterThan(0)
  expect(report?.tickAgeMs).toBeLessThan(60_000)
})
