import { expect, it, onTestFinished } from 'vitest'
import { type SupervisorSpec, type System, supervise } from '../../src/runtime/index.ts'
import type { Toy, ToyBoot } from './actors/toy.ts'

const entry = new URL('./actors/toy.ts', import.meta.url)
const toy = (boot?: ToyBoot) => ({ entry, boot: () => boot, shutdown: 200 })
const patient = { intensity: 5, period: 60_000, backoff: { min: 1, max: 5 } }

async function started(spec: SupervisorSpec): Promise<{ system: System; log: string[] }> {
  const system = supervise(spec)
  const log: string[] = []
  system.on('up', ({ actor, generation }) => log.push(`up ${actor} ${generation}`))
  system.on('down', ({ actor, generation }) => log.push(`down ${actor} ${generation}`))
  system.on('supervisor', ({ supervisor, state }) => log.push(`${supervisor} ${state}`))
  onTestFinished(() => system.stop())
  await system.start()
  return { system, log }
}

const generations = (system: System): Record<string, number> =>
  Object.fromEntries(Object.entries(system.tree().actors).map(([name, { generation }]) => [name, generation]))

it('[S10] children start in order, each ready before the next', async () => {
  const { log } = await started({ strategy: 'one_for_one', ...patient, children: { a: toy(), b: toy(), c: toy() } })
  expect(log).toEqual(['root starting', 'up a 1', 'up b 1', 'up c 1', 'root running'])
})

it('[S11] one_for_one restarts only who died', async () => {
  const { system } = await started({ strategy: 'one_for_one', ...patient, children: { a: toy(), b: toy(), c: toy() } })
  await system
    .actor<Toy>('b')
    .ask.exit(1)
    .catch(() => undefined)
  expect(await system.actor<Toy>('b').ask.generation()).toBe(2)
  expect(generations(system)).toEqual({ a: 1, b: 2, c: 1 })
})

it('[S12] rest_for_one restarts who died and those started after it', async () => {
  const { system } = await started({ strategy: 'rest_for_one', ...patient, children: { a: toy(), b: toy(), c: toy() } })
  await system
    .actor<Toy>('b')
    .ask.exit(1)
    .catch(() => undefined)
  expect(await system.actor<Toy>('c').ask.generation()).toBe(2)
  expect(generations(system)).toEqual({ a: 1, b: 2, c: 2 })
})

it('[S13] the first start is the caller’s to see: it rejects with the actor’s own error, and nothing runs', async () => {
  const system = supervise({ strategy: 'one_for_one', ...patient, children: { a: toy(), b: toy({ failAt: [1] }) } })
  await expect(system.start()).rejects.toMatchObject({ code: 'E_TOY' })
  expect(Object.values(system.tree().actors).map(({ state }) => state)).toEqual(['down', 'down'])
})

it('[S14] a birth that fails during a restart counts as another death, and is tried again', async () => {
  const { system } = await started({ strategy: 'one_for_one', ...patient, children: { a: toy({ failAt: [2, 3] }) } })
  await system
    .actor<Toy>('a')
    .ask.exit(1)
    .catch(() => undefined)
  expect(await system.actor<Toy>('a').ask.generation()).toBe(4)
  expect(system.tree().supervisors.root?.deaths).toBe(3)
})

it('[S15] beyond its intensity a nested supervisor has failed; its siblings go on; it is tried again and recovers', async () => {
  const pipeline: SupervisorSpec = {
    strategy: 'rest_for_one',
    ...{ intensity: 1, period: 60_000, backoff: { min: 1, max: 2 }, retryAfter: 100 },
    children: { a: toy({ failAt: [2, 3, 4] }) },
  }
  const { system, log } = await started({ strategy: 'one_for_one', ...patient, children: { pipeline, sibling: toy() } })
  await system
    .actor<Toy>('a')
    .ask.exit(1)
    .catch(() => undefined)
  await expect.poll(() => log).toContain('pipeline failed')
  expect(await system.actor<Toy>('sibling').ask.generation()).toBe(1)
  expect(await system.actor<Toy>('a').within(20_000).ask.generation()).toBeGreaterThan(3)
  await expect.poll(() => system.tree().supervisors.pipeline?.state).toBe('running')
  expect(generations(system).sibling).toBe(1)
})

it('[S16] a stop finishes within its deadlines even when an actor never comes to an end, and leaves nothing running', async () => {
  const { system } = await started({
    strategy: 'one_for_one',
    ...patient,
    children: { a: toy({ stubborn: true }), b: toy() },
  })
  await system.stop()
  expect(Object.values(system.tree().actors).map(({ state, uptimeMs }) => [state, uptimeMs])).toEqual([
    ['down', null],
    ['down', null],
  ])
  await system.stop()
})

it('[S17] a system that was stopped can be started again', async () => {
  const { system } = await started({ strategy: 'one_for_one', ...patient, children: { a: toy() } })
  await system.stop()
  await system.start()
  expect(await system.actor<Toy>('a').ask.generation()).toBe(2)
})
