/**
 * Restarts an actor `ROUNDS` times `RESTARTS` times, a third of them by an exit, a third by an error, a third as an operator
 * does, and tells its parent after each round how much memory is resident, bytes. Run with `--expose-gc`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { supervise } from '../../src/runtime/index.ts'
import type { Toy } from './actors/toy.ts'

const [rounds, restarts] = process.argv.slice(2).map(Number) as [number, number]
const system = supervise({
  ...{ strategy: 'one_for_one', intensity: 2 * rounds * restarts, period: 3_600_000, backoff: { min: 1, max: 1 } },
  children: { toy: { entry: new URL('./actors/toy.ts', import.meta.url) } },
})
const toy = system.actor<Toy>('toy')
const ways = [() => toy.ask.exit(1), () => toy.ask.crashLater(), () => system.restart('toy')]

await system.start()
for (let round = 0; round < rounds; round++) {
  for (let n = 0; n < restarts; n++) {
    const next = (await toy.ask.generation()) + 1
    await ways[n % ways.length]?.().catch(() => undefined) // it may die before it has answered
    while ((await toy.ask.generation().catch(() => 0)) < next) await sleep(1)
  }
  await sleep(1_500) // what was ended is gone, what was sampled is sampled
  for (let n = 0; n < 4; n++) {
    global.gc?.()
    await sleep(50) // what was finalized is let go
  }
  process.send?.(process.memoryUsage.rss())
}
await system.stop()
process.disconnect()
