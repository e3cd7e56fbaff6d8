/**
 * Seiche as `seiche start` runs it, but that its threads obey: `seiche/testing`, a clock that can be set, a disk that can
 * be full. Takes orders from the process that forked it, and tells it when it is ready and, each second, how many actors
 * it had to start anew. The configuration is its argument.
 */

import { runUntilSignal } from '../../src/cli/serve.ts'
import { startSteady } from '../../src/cli/steady.ts'
import { schema } from '../../src/config/schema.ts'
import type { ActorSpec } from '../../src/runtime/index.ts'
import { createSystem } from '../../src/system.ts'
import { chaos, obedient } from '../../src/testing/index.ts'
import { setClock, shareClock } from './clock.ts' // before anything that looks at the time
import { tellDisk } from './disk.ts'
import type { Fault } from './plan.ts'

startSteady() // it has the flags; its threads get limits of their own, as the command's do

/** What the process shall do to itself. */
export type Order = Extract<Fault, { kind: 'worker' | 'clock' | 'disk full' | 'read-only' }> & { id: number }

/** What the process says; `reborn`: how many actors it had to start anew so far. */
export type Word = { kind: 'ready' } | { kind: 'obeyed'; id: number } | { kind: 'state'; reborn: number }

/** Who is stuck or stalled is found sooner than in production, so that a minute holds more deaths, ms. */
const IMPATIENT = { stallAfter: 2_000, stuckAfter: 8_000 }
/** How long native code blocks, ms: longer than that. */
const BLOCKED = 4_000

/** An order to a thread that is down stands so long, ms: else it would strike the next one at its birth, and so on. */
const STANDS = 2_000

const say = (word: Word): void => void process.send?.(word)
const config = schema.parse(JSON.parse(process.argv[2] ?? '{}'))
process.on('disconnect', () => process.exit(1)) // nobody is left who would end it

function underOrders(name: string, spec: ActorSpec): ActorSpec {
  const preloads = ['./clock.ts', ...(name === 'event-store' ? ['./disk-preload.ts'] : [])]
  const execArgv = preloads.flatMap((file) => ['--import', new URL(file, import.meta.url).href])
  return obedient({ ...spec, ...IMPATIENT, execArgv })
}

async function obey(order: Order): Promise<void> {
  if (order.kind === 'worker') {
    if (!(await chaos(order.actor, order.shape, BLOCKED, STANDS))) return
  } else if (order.kind === 'clock') {
    setClock(order.by)
    setTimeout(() => setClock(0), order.lasts)
  } else tellDisk(order.kind, order.lasts)
  say({ kind: 'obeyed', id: order.id })
}

shareClock()
const code = await runUntilSignal(config.log, async (log, onFailure) => {
  const system = createSystem(config, { log, onFailure, adjust: underOrders })
  process.on('message', (order: Order) => {
    log.info(order, 'soak: told to misbehave')
    void obey(order)
  })
  await system.start()
  say({ kind: 'ready' })
  setInterval(() => {
    const actors = Object.values(system.actors.tree().actors)
    say({ kind: 'state', reborn: actors.reduce((sum, { generation }) => sum + generation - 1, 0) })
  }, 1_000)
  return () => system.shutdown()
})
process.exit(code)
