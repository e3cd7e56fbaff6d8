import { describe, expect, it, onTestFinished } from 'vitest'
import { schema } from '../../src/config/schema.ts'
import { loadRecording } from '../../src/devnet/recording.ts'
import type { ActorSpec, Tree } from '../../src/runtime/index.ts'
import { createSystem, type SeicheSystem } from '../../src/system.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { chaos, obedient, type Shape } from '../../src/testing/index.ts'
import { RECORDINGS } from '../e2e/recordings.ts'
import { currentBlock, get, logUpTo, temporaryFolder } from '../e2e/seiche.ts'
import { expectedEvents } from '../seimoney/expectation.ts'

const { dir, to } = RECORDINGS.wasmd2
const expected = expectedEvents(dir).map(({ event }) => event)

/** Who is restarted with whom (rest_for_one), and a question to each. */
const VICTIMS = {
  'event-store': { restarts: ['event-store', 'event-decoder', 'block-fetcher'], question: 'resume' },
  'event-decoder': { restarts: ['event-decoder', 'block-fetcher'], question: 'stats' },
  'block-fetcher': { restarts: ['block-fetcher'], question: 'lookupTx' },
  devnet: { restarts: ['devnet'], question: 'head' },
  'cache-owner': { restarts: ['cache-owner'], question: 'any' },
  scheduler: { restarts: ['scheduler'], question: 'run' },
} as const
const ACTORS = Object.keys(VICTIMS)

const INSIDE = /^preload\.(ts|js):\d+$/
/** How the pending question ends. A `never` is found by the items that wait, or by the question itself. */
const ENDS: Record<Shape, object> = {
  hang: { code: 'E_ACTOR_DIED', reason: 'event loop blocked', at: expect.stringMatching(INSIDE) },
  microtasks: { code: 'E_ACTOR_DIED', reason: 'event loop blocked', at: expect.stringMatching(INSIDE) },
  wait: { code: 'E_ACTOR_DIED', reason: 'event loop blocked: the thread waits' },
  native: { code: 'E_ACTOR_DIED', reason: 'blocked in native code' },
  never: { code: expect.stringMatching(/^E_(ACTOR_DIED|ASK_TIMEOUT)$/) },
  throw: { code: 'E_ACTOR_DIED', reason: 'chaos: told to throw' },
  exit: { code: 'E_ACTOR_DIED', reason: 'exited with code 3' },
  leak: { code: 'E_ACTOR_DIED', reason: expect.stringMatching(/^its heap is nearly full/) },
}
const REQUEST_DEADLINE = 800
const SHAPES = Object.keys(ENDS) as Shape[]

/** Who waits for a node while that is being replaced is not stuck: only as a victim has it little patience. */
const WAITS_FOR_NODES = ['block-fetcher', 'scheduler']
const PATIENT = 20_000

/** Everything as in production but for patience; the store keeps its own where native code is the matter. */
function impatient(victim: string, shape: Shape, stuckAfter: number) {
  return (name: string, spec: ActorSpec): ActorSpec =>
    obedient({
      ...spec,
      ...{ stallAfter: 600, stuckAfter, shutdown: 500 },
      ...(WAITS_FOR_NODES.includes(name) && name !== victim ? { stuckAfter: Math.max(PATIENT, stuckAfter) } : {}),
      ...(name === 'event-store' && shape === 'native' ? { stallAfter: spec.stallAfter ?? 0 } : {}),
      ...(shape === 'leak' ? { resourceLimits: { maxOldGenerationSizeMb: 160 } } : {}),
    })
}

async function replaying(
  victim: string,
  shape: Shape,
  pace: number,
  stuckAfter: number,
): Promise<{ system: SeicheSystem; http: string }> {
  const config = schema.parse({
    contracts: loadRecording(dir).contracts,
    chain: { requestDeadline: REQUEST_DEADLINE },
    store: { path: temporaryFolder() },
    ...{ gateway: { port: 0 }, control: { port: 0 }, log: { format: 'json', level: 'error' } },
    app: 'seimoney',
  })
  const log = createLogger(config.log)
  const system = createSystem(config, { log, node: { dir, pace }, adjust: impatient(victim, shape, stuckAfter) })
  onTestFinished(() => system.shutdown())
  await system.start()
  return { system, http: `http://127.0.0.1:${system.http.port}` }
}

const generations = ({ actors }: Tree): Record<string, number> =>
  Object.fromEntries(Object.entries(actors).map(([name, { generation }]) => [name, generation]))

describe.each(ACTORS as (keyof typeof VICTIMS)[])('hang matrix: %s', (victim) => {
  it.each(SHAPES)(
    '%s: its question is told, the log is a clean run’s, nobody else is restarted',
    async (shape) => {
      const { system, http } = await replaying(victim, shape, 30, shape === 'leak' ? 60_000 : 2_000)
      const { question, restarts } = VICTIMS[victim]
      await chaos(victim, shape, victim === 'event-store' ? 14_000 : 3_500)
      const deadline = shape === 'never' ? 1_000 : 60_000
      const ask = system.actors.actor<Record<string, (hash?: string) => unknown>>(victim).within(deadline).ask
      await expect(ask[question]?.('00'.repeat(32))).rejects.toMatchObject(ENDS[shape])
      await expect.poll(() => generations(system.actors.tree())[victim], { timeout: 60_000 }).toBe(2)

      expect(await logUpTo({ http }, to)).toEqual(expected)
      const born = Object.fromEntries(
        ACTORS.map((name) => [name, (restarts as readonly string[]).includes(name) ? 2 : 1]),
      )
      expect(generations(system.actors.tree())).toEqual(born)
      await expect.poll(() => system.actors.tree().zombies, { timeout: 30_000 }).toBe(0)
    },
    120_000,
  )
})

/** The fetcher is patient with its pool, as in production: six times as long as the pool may take. */
const POOL_STUCK = 6 * 4 * REQUEST_DEADLINE

describe('hang matrix: a pool’s task', () => {
  it.each(SHAPES)(
    '%s: the source goes on without the pool, nobody is restarted',
    async (shape) => {
      const taken = chaos('pool', shape, 3_500)
      const { system, http } = await replaying('pool', shape, 0, POOL_STUCK)
      await taken
      const { body } = await get({ http }, '/api/realtime/status')
      expect(currentBlock(body)).toBeLessThan(to) // it was hit in the middle of its work
      expect(await logUpTo({ http }, to)).toEqual(expected)
      expect(new Set(Object.values(generations(system.actors.tree())))).toEqual(new Set([1]))
    },
    120_000,
  )
})
