import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ActorRef, CodedError, type System, supervise } from '../../src/runtime/index.ts'
import type { Toy, ToyBoot } from './actors/toy.ts'

const entry = new URL('./actors/toy.ts', import.meta.url)
let system: System
let toy: ActorRef<Toy>
let births = 0

beforeEach(async () => {
  births = 0
  const boot = (): ToyBoot => ({ value: ++births })
  system = supervise({
    strategy: 'one_for_one',
    intensity: 10,
    period: 60_000,
    backoff: { min: 1, max: 5 },
    children: { toy: { entry, boot, stallAfter: 400 } },
  })
  await system.start()
  toy = system.actor<Toy>('toy')
})
afterEach(() => system.stop())

it('[S1] answers, and a value survives the way there and back', async () => {
  expect(await toy.ask.echo({ a: [1n, new Date(0)] })).toEqual({ a: [1n, new Date(0)] })
})

it('[S2] what the actor throws arrives with its class, code, fields and cause', async () => {
  const typeError = await toy.ask.fail().catch((error: unknown) => error as Error)
  expect(typeError).toBeInstanceOf(TypeError)
  expect((typeError as Error).cause).toBeInstanceOf(RangeError)
  const coded = await toy.ask.failCoded().catch((error: unknown) => error)
  expect(coded).toBeInstanceOf(CodedError)
  expect(coded).toMatchObject({ code: 'E_TOY', message: 'coded', height: 7 })
})

it('[S3] a question that is never answered times out, and says which', async () => {
  await expect(toy.within(50).ask.never()).rejects.toMatchObject({
    code: 'E_ASK_TIMEOUT',
    message: expect.stringContaining('never()'),
  })
})

it('[S4] a death in flight rejects every pending question at once with its reason', async () => {
  const pending = [toy.ask.never(), toy.ask.never()]
  toy.tell.exit(3)
  for (const each of pending)
    await expect(each).rejects.toMatchObject({
      code: 'E_ACTOR_DIED',
      actor: 'toy',
      generation: 1,
      reason: 'exited with code 3',
    })
})

it('[S5] between two generations a question waits for the next one', async () => {
  await expect(toy.ask.exit(1)).rejects.toMatchObject({ code: 'E_ACTOR_DIED' })
  expect(await toy.ask.generation()).toBe(2)
})

it('[S6] boot is asked anew at every birth', async () => {
  expect(await toy.ask.boot()).toBe(1)
  await expect(toy.ask.exit(1)).rejects.toThrow()
  expect(await toy.ask.boot()).toBe(2)
})

it('[S7] an actor that is down for longer than the deadline is reported as down', async () => {
  await system.stop()
  await expect(toy.within(30).ask.echo(1)).rejects.toMatchObject({ code: 'E_ACTOR_DOWN' })
})

it('[S8] tell never throws; what reaches nobody is a dead letter', async () => {
  toy.tell.fail()
  toy.tell.exit(1)
  await expect.poll(() => system.tree().deadLetters).toBe(2)
})

it('[S9] an error thrown after the question was answered ends the generation with that error', async () => {
  const pending = toy.ask.never()
  toy.tell.crashLater()
  await expect(pending).rejects.toMatchObject({ code: 'E_ACTOR_DIED', cause: { code: 'E_TOY', message: 'later' } })
  expect(system.tree().actors.toy?.lastVerdict?.reason).toContain('E_TOY: later')
})

it.each(['spin', 'spinMicrotasks'] as const)(
  '[S20] hang: %s is found, named by file and line, and replaced',
  async (hang) => {
    const pending = toy.within(30_000).ask.never()
    toy.tell[hang]()
    await expect(pending).rejects.toMatchObject({
      code: 'E_ACTOR_DIED',
      reason: 'event loop blocked',
      at: expect.stringMatching(/^toy\.ts:\d+$/),
    })
    expect(await toy.ask.generation()).toBe(2)
    expect(system.tree().zombies).toBe(0)
  },
)
