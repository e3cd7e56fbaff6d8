/**
 * P11: a question to an actor, and an item on a wire when a hundred are sent at once (each a message of its own, credit
 * back when all are handled), beside a bare postMessage round trip between two threads. One after the other, in turns.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type Outlet, type System, supervise, type WireSpec, wire } from '../src/runtime/index.ts'
import type { Echo } from './parts/echo-actor.ts'
import { type BenchOptions, compared, median, type Row } from './table.ts'

const BATCH = 100
const items: WireSpec<number> = wire<number>()({ from: 'main', to: 'echo', credit: BATCH })

export async function run({ rounds, short }: BenchOptions): Promise<Row[]> {
  const times = short ? 500 : 5_000
  const bare = new Worker(new URL('./parts/echo-thread.ts', import.meta.url))
  await once(bare, 'online')
  const system: System = supervise(
    {
      ...{ strategy: 'one_for_one', intensity: 1, period: 1_000 },
      children: { echo: { entry: new URL('./parts/echo-actor.ts', import.meta.url) } },
    },
    { wires: { items } },
  )
  await system.start()
  const roundTrip = roundTrips(bare)
  const { ask } = system.actor<Echo>('echo')
  const outlet = system.outlet<number>('items')
  const figures = { bare: [] as number[], ask: [] as number[], item: [] as number[] }
  for (let round = -1; round < rounds; round++) {
    const measured = {
      bare: await each(times, roundTrip),
      ask: await each(times, () => ask.echo(1)),
      item: (await each(Math.ceil(times / BATCH) * 5, () => batch(outlet))) / BATCH,
    }
    if (round < 0) continue // warms up
    for (const name of ['bare', 'ask', 'item'] as const) figures[name].push(measured[name])
  }
  await bare.terminate()
  await system.stop()
  const row = (name: string, ours: number[], floor: number, goal: number): Row => ({
    ...{ name, unit: 'µs', value: median(ours), atMost: true, floor, goal },
    peer: { name: 'postMessage round trip', value: median(figures.bare) },
    ...compared(ours, figures.bare),
  })
  return [
    row('messaging, a question and its answer', figures.ask, 4, 2.5),
    row(`messaging, an item on a wire, ${BATCH} at once`, figures.item, 0.25, 0.15),
  ]
}

/** µs of one `work`, one after the other. */
async function each(times: number, work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  for (let n = 0; n < times; n++) await work()
  return ((performance.now() - begun) * 1_000) / times
}

/** A round trip, over one listener that stays: adding one for each would be the dearer part. */
function roundTrips(thread: Worker): () => Promise<void> {
  let back = (): void => undefined
  thread.on('message', () => back())
  return () =>
    new Promise<void>((resolve) => {
      back = resolve
      thread.postMessage(1)
    })
}

/** Until all are handled. */
async function batch(outlet: Outlet<number>): Promise<void> {
  for (let n = 0; n < BATCH; n++) outlet.trySend(n)
  while (outlet.inFlight) await new Promise(setImmediate)
}
