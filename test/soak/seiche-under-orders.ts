/**
 * Seiche as `seiche start` runs it, but that its actors obey `seiche/testing`: takes orders from the process that forked
 * it, and tells it when it is ready and, each second, how it is. The configuration is its argument.
 */
import { runUntilSignal } from '../../src/cli/serve.ts'
import { schema } from '../../src/config/schema.ts'
import { createSystem } from '../../src/system.ts'
import { chaos, obedient, type Shape } from '../../src/testing/index.ts'

/** What a thread shall do. */
export interface Order {
  actor: string
  shape: Shape
}

/** What the process says; `rss` in bytes, `reborn`: how many actors it had to start anew so far. */
export type Word = { kind: 'ready' } | { kind: 'obeyed' } | { kind: 'state'; rss: number; reborn: number }

/** Who is stuck or stalled is found sooner than in production, so that a minute holds more deaths, ms. */
const IMPATIENT = { stallAfter: 2_000, stuckAfter: 8_000 }
/** How long native code blocks, ms: longer than that. */
const BLOCKED = 4_000

const say = (word: Word): void => void process.send?.(word)
const config = schema.parse(JSON.parse(process.argv[2] ?? '{}'))
process.on('disconnect', () => process.exit(1)) // nobody is left who would end it

const code = await runUntilSignal(config.log, async (log, onFailure) => {
  const system = createSystem(config, { log, onFailure, adjust: (_, spec) => obedient({ ...spec, ...IMPATIENT }) })
  process.on('message', ({ actor, shape }: Order) => {
    log.info({ actor, shape }, 'soak: told to misbehave')
    void chaos(actor, shape, BLOCKED).then(() => say({ kind: 'obeyed' }))
  })
  await system.start()
  say({ kind: 'ready' })
  setInterval(() => {
    const actors = Object.values(system.actors.tree().actors)
    const reborn = actors.reduce((sum, { generation }) => sum + generation - 1, 0)
    say({ kind: 'state', rss: process.memoryUsage.rss(), reborn })
  }, 1_000)
  return () => system.shutdown()
})
process.exit(code)
