/** Run as a process of its own: starts an actor that watches this thread, then blocks this thread for `argv[2]` ms. */
import { supervise } from '../../src/runtime/index.ts'
import type { Toy } from './actors/toy.ts'

const system = supervise({
  ...{ strategy: 'one_for_one', intensity: 5, period: 60_000 },
  children: { toy: { entry: new URL('./actors/toy.ts', import.meta.url) } },
})
await system.start()
await system.actor<Toy>('toy').ask.reportStuckSupervisor(1_000)
const end = performance.now() + Number(process.argv[2])
while (performance.now() < end);
await system.stop()
