/** One round: a chain, Seiche, clients, and everything that goes wrong; then peace, and a look at what there is. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Devnet } from '../../src/devnet/devnet.ts'
import { runDevnet } from '../../src/devnet/settings.ts'
import { get } from '../e2e/seiche.ts'
import {
  checkpointOf,
  lookedAt,
  PATIENCE,
  patienceFor,
  projectionsAreWhole,
  replayed,
  saidByTheChain,
  within,
} from './clean.ts'
import { configOf, DIALECT } from './config.ts'
import { type Injected, inject } from './inject.ts'
import { growth, type Memory } from './memory.ts'
import { nameOf, plan } from './plan.ts'
import { Reader } from './reader.ts'
import { differentTables, keyOf, logged, wrongClients, wrongStorms } from './settled.ts'
import type { Storm } from './storm.ts'
import { Subject } from './subject.ts'
import { results, spawnSwarm, subscriptions } from './swarm.ts'

/** What a round is asked to be: the same answers make the same plan, and the same chain. */
export interface Asked {
  seed: number
  minutes: number
  /** Blocks a second. */
  rate: number
  /** Contract events in a block, on average. */
  events: number
}

/** How often a fault was injected, and how often it came to pass. */
export interface Tally {
  injected: number
  obeyed: number
}

/** What became of a round. */
export interface Outcome extends Asked {
  /** Each fault, by name. */
  faults: Record<string, Tally>
  /** Blocks of the chain, chain events in the log. */
  blocks: number
  logged: number
  /** Processes started after the first one. */
  restarts: number
  /** Actors started anew within a process. */
  reborn: number
  /** Connections that clients made; those of storms, and how many of them were told to go. */
  connections: number
  stormed: number
  refused: number
  /** What the process that lived longest held, and by how many % that grew; null: it lived too short to say. */
  memory: { first: Memory; last: Memory; peak: number; growth: Memory | null } | null
  /** What is wrong; empty: passed. */
  problems: string[]
  /** Where the store and the process's log are. */
  folder: string
}

/** Runs a round. What it leaves is in `Outcome.folder`. */
export async function round(asked: Asked): Promise<Outcome> {
  const { seed, minutes, rate, events } = asked
  const folder = mkdtempSync(join(tmpdir(), `seiche-soak-${seed}-`))
  const chain = { folder: join(folder, 'chain'), dialect: DIALECT, seed, eventsPerBlock: events } as const
  const node = await runDevnet({ ...chain, blockTime: 0, port: 0 })
  const data = join(folder, 'soaked')
  const config = await configOf(node, data, { app: 'seimoney' })
  const [http, ws] = [`http://127.0.0.1:${config.control?.port}`, `ws://127.0.0.1:${config.gateway?.port}`]
  const subject = new Subject(config, join(folder, 'seiche.log'))
  const problems: string[] = []
  const reach = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
    const patience = patienceFor(node)
    if (!(await within(patience, holds))) problems.push(`${what}: not within ${patience / 1000} s`)
  }
  const indexed = (): boolean => checkpointOf(data) >= node.head()

  await node.advance(20 + Math.ceil(100 / events)) // some accounts have done something
  await reach('the first blocks are indexed', () => subject.starts > 0 && indexed())
  const wanted = lookedAt(data, subscriptions)
  const swarm = spawnSwarm([ws, http, `${seed}`, JSON.stringify(wanted), `${PATIENCE}`])
  const reader = new Reader(ws)

  const storms: Storm[] = []
  const traffic = new AbortController()
  const made = makeBlocks(node, rate, traffic.signal)
  const end = performance.now() + minutes * 60_000
  const injected = await inject(plan(seed, minutes), { node, subject, reader, data, ws, http, seed, storms })
  await sleep(Math.max(0, end - performance.now()))
  traffic.abort()
  await made

  await reach('the log is at the head', indexed)
  await reach('health is well', async () => (await get({ http }, '/api/realtime/health')).status === 200)
  await reach('projections are whole', () => projectionsAreWhole(data))
  const expected = lookedAt(data, (log) => new Map(wanted.map((each) => [keyOf(each), logged(log, each)])))
  const all = lookedAt(data, (log) => logged(log, { channel: 'blockchain_events' }))
  if (all.length === 0) problems.push('there was no traffic')
  const got = await results(swarm, expected)
  await reach('the reader has the last event', () => reader.ids.at(-1) === all.at(-1))
  got.push({ channel: 'blockchain_events', door: 'websocket', ids: reader.ids, connections: reader.connections })
  expected.set(keyOf({ channel: 'blockchain_events' }), all)
  problems.push(...wrongClients(got, expected), ...wrongStorms(storms, all))
  reader.close()
  const code = await subject.stop()
  if (code !== 0) problems.push(`it ended with ${code} on SIGTERM`)
  problems.push(...subject.ownEnds.map((how) => `a process ended by itself: ${how}`))

  const [clean, plain] = [join(folder, 'clean'), join(folder, 'plain')]
  const replays = [replayed(node, clean, { app: 'seimoney' }), replayed(node, plain, {}, saidByTheChain(node))]
  problems.push(...(await Promise.all(replays)).flat(), ...differentTables(data, clean))
  await node.close()
  return {
    ...asked,
    ...{ problems, folder, blocks: node.head(), logged: all.length },
    ...{ restarts: subject.forks - 1, reborn: subject.reborn },
    connections: sum(got.map((each) => each.connections)),
    stormed: sum(storms.map(({ connected }) => connected)),
    refused: sum(storms.map(({ refused }) => refused)),
    faults: tallied(injected),
    memory: memoryIn(subject.lives),
  }
}

const sum = (numbers: number[]): number => numbers.reduce((total, each) => total + each, 0)

function tallied(injected: readonly Injected[]): Record<string, Tally> {
  const tally = (faults: Injected[]): Tally => ({
    injected: faults.length,
    obeyed: faults.filter(({ obeyed }) => obeyed).length,
  })
  return Object.fromEntries([...Map.groupBy(injected, nameOf)].map(([name, faults]) => [name, tally(faults)]))
}

function memoryIn(lives: readonly Memory[][]): Outcome['memory'] {
  const longest = lives.reduce((most, life) => (life.length > most.length ? life : most), [])
  const [first, last] = [longest[0], longest.at(-1)]
  if (!first || !last) return null
  return { first, last, peak: Math.max(...longest.map(({ total }) => total)), growth: growth(longest) ?? null }
}

/** Longest pause of {@link makeBlocks}, ms: what is due is made together. */
const TURN = 20

/** So many blocks a second; fewer where the machine does not come to it. */
async function makeBlocks(node: Devnet, rate: number, ended: AbortSignal): Promise<void> {
  for (let due = performance.now(); !ended.aborted; await sleep(Math.max(TURN, due - performance.now()))) {
    const blocks = Math.min(Math.ceil(rate), Math.floor(((performance.now() - due) * rate) / 1_000) + 1)
    await node.advance(blocks)
    due = Math.max(due + (blocks * 1_000) / rate, performance.now() - 1_000)
  }
}
