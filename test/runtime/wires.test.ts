import { expect, it, onTestFinished } from 'vitest'
import { type System, supervise, wire } from '../../src/runtime/index.ts'
import type { SinkQuestions } from './actors/sink.ts'
import type { SourceQuestions } from './actors/source.ts'

const CREDIT = 8
const wires = { numbers: wire<{ n: number; bytes: Uint8Array }>()({ from: 'source', to: 'sink', credit: CREDIT }) }

async function started(
  to: number,
  closed: boolean,
  strategy: 'one_for_one' | 'rest_for_one' = 'one_for_one',
): Promise<System> {
  const system = supervise(
    {
      ...{ strategy, intensity: 5, period: 60_000, backoff: { min: 1, max: 5 } },
      children: {
        sink: { entry: new URL('./actors/sink.ts', import.meta.url), boot: () => ({ closed }) },
        source: { entry: new URL('./actors/source.ts', import.meta.url), boot: () => ({ from: 0, to }) },
      },
    },
    { wires },
  )
  onTestFinished(() => system.stop())
  await system.start()
  return system
}

it('[W1] everything arrives once and in order, its buffers moved and not copied', async () => {
  const system = await started(2_000, false)
  const sink = system.actor<SinkQuestions>('sink')
  await expect.poll(async () => (await sink.ask.received()).length, { timeout: 20_000 }).toBe(2_001)
  expect(await sink.ask.received()).toEqual(Array.from({ length: 2_001 }, (_, n) => n))
  expect(await sink.ask.mostWaiting()).toBeLessThan(CREDIT)
})

it('[W2] never more than the credit is on its way: a receiver that does not handle stops its sender', async () => {
  const system = await started(100, true)
  const [sink, source] = [system.actor<SinkQuestions>('sink'), system.actor<SourceQuestions>('source')]
  await expect.poll(() => source.ask.sent()).toBe(CREDIT)
  expect(await source.ask.trySendWithoutWaiting(3)).toBe(0)
  await sink.ask.open()
  await expect.poll(() => source.ask.sent()).toBe(101)
})

it('[W3] rest_for_one: when the receiver dies the sender starts again from what boot says, over fresh ports', async () => {
  const system = await started(50, true, 'rest_for_one')
  const sink = system.actor<SinkQuestions>('sink')
  await sink.ask.crashOn(3)
  sink.tell.open()
  await expect.poll(() => system.tree().actors.source?.generation, { timeout: 20_000 }).toBe(2)
  await sink.ask.open()
  await expect.poll(async () => (await sink.ask.received()).at(-1), { timeout: 20_000 }).toBe(50)
  expect(await sink.ask.received()).toEqual(Array.from({ length: 51 }, (_, n) => n))
})

it('[W4] one_for_one: a sender whose receiver was reborn goes on, with full credit; what the dead one had not handled is gone', async () => {
  const system = await started(50, true)
  const sink = system.actor<SinkQuestions>('sink')
  await sink.ask.crashOn(0)
  sink.tell.open()
  await expect.poll(() => system.tree().actors.sink?.generation, { timeout: 20_000 }).toBe(2)
  await sink.ask.open()
  await expect.poll(async () => (await sink.ask.received()).at(-1), { timeout: 20_000 }).toBe(50)
  expect(system.tree().actors.source?.generation).toBe(1)
  expect((await sink.ask.received())[0]).toBe(CREDIT)
})

it('[W5] a wire to an actor that nobody supervises is refused', () => {
  const stray = { numbers: wire<number>()({ from: 'source', to: 'nobody', credit: 1 }) }
  const children = { source: { entry: new URL('./actors/source.ts', import.meta.url) } }
  expect(() => supervise({ strategy: 'one_for_one', intensity: 1, period: 1, children }, { wires: stray })).toThrow(
    expect.objectContaining({ code: 'E_NO_ACTOR' }),
  )
})
