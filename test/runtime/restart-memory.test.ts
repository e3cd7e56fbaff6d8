import { fork } from 'node:child_process'
import { on, once } from 'node:events'
import { expect, it } from 'vitest'

const [ROUNDS, RESTARTS] = [4, 30]
/** Of what a thread occupies, some 10 MB, this much may be left behind, bytes. */
const LEFT = 100_000

it('restarts leave no memory behind, on or off the heap', async () => {
  const script = new URL('./restarting.ts', import.meta.url)
  const child = fork(script, [`${ROUNDS}`, `${RESTARTS}`], { execArgv: ['--expose-gc'] })
  const ended = once(child, 'exit')
  const resident: number[] = []
  for await (const [bytes] of on(child, 'message', { close: ['exit'] })) resident.push(bytes as number)
  expect(await ended).toEqual([0, null])
  expect(resident).toHaveLength(ROUNDS)
  // What leaks grows in every round; what is kept once, or not given back for a while, in some of them.
  const growth = resident.slice(1).map((bytes, n) => bytes - resident[n]!)
  expect(Math.min(...growth)).toBeLessThan(LEFT * RESTARTS)
}, 300_000)
