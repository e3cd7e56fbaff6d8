/** A round of fuzzing: so many inputs from one seed, and what must hold whatever they are. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect } from 'vitest'

const LONG = process.env['LONG'] !== undefined

/** What every input is made of; `npm run test:fuzz` draws one and says it, the short round has always the same. */
export const SEED: number = Number(process.env['FUZZ_SEED'] ?? 20)

/** Inputs of the long round. */
export const PLAN = {
  ...{ rest: 16_000, rawHttp: 4_000, bodies: 6_000 },
  ...{ messages: 20_000, frames: 4_000, packets: 10_000, polling: 3_000 },
  ...{ framings: 8_000, answers: 12_000, ranges: 4_000, statuses: 5_000, hits: 6_000 },
  ...{ config: 8_000, environment: 5_000, flags: 8_000, positions: 10_000, tasks: 3_000 },
}

/** How many inputs this round gives to one parser: all in the long round, a fiftieth in the short one. */
export function inputs(parser: keyof typeof PLAN): number {
  return LONG ? PLAN[parser] : Math.ceil(PLAN[parser] / 50)
}

export const TIMEOUT = 300_000

/** The inputs of a parser in parts that are answered before the next is sent; drawn part by part, or they fill the heap themselves. */
export function* parts<T>(arbitrary: fc.Arbitrary<T>, parser: keyof typeof PLAN, size = 50): Generator<T[]> {
  const total = inputs(parser)
  for (let done = 0; done < total; done += size)
    yield fc.sample(arbitrary, { numRuns: Math.min(size, total - done), seed: SEED + done })
}

/** Holds for every input, or fails with the smallest for which it does not. */
export function holds<T>(arbitrary: fc.Arbitrary<T>, parser: keyof typeof PLAN, check: (input: T) => void): void {
  fc.assert(fc.property(arbitrary, check), { numRuns: inputs(parser), seed: SEED })
}

/** More than a leak of a few hundred bytes an input would be; less than what one forgotten connection each would hold. */
const GROWTH = 24 * 2 ** 20

/** Runs `round`; nobody may throw where nobody catches, and what is held afterwards is not much more than after the `warm` up. */
export async function harmless(warm: () => Promise<void>, round: () => Promise<void>): Promise<void> {
  const thrown: unknown[] = []
  const note = (error: unknown): void => void thrown.push(error)
  process.on('uncaughtException', note).on('unhandledRejection', note)
  try {
    await warm()
    const before = await held()
    await round()
    expect((await held()) - before).toBeLessThan(GROWTH)
  } finally {
    await new Promise((resolve) => setImmediate(resolve)) // a rejection is unhandled only then
    process.off('uncaughtException', note).off('unhandledRejection', note)
  }
  expect(thrown).toEqual([])
}

async function held(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let n = 0; n < 3; n++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    collect()
  }
  return process.memoryUsage().heapUsed
}
