/** One round: a chain, Seiche, clients, and everything that goes wrong; then peace, and a look at what there is. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { freePort, type SeicheConfigInput } from '../../src/config/index.ts'
import type { Devnet } from '../../src/devnet/devnet.ts'
import { devnetContracts, runDevnet } from '../../src/devnet/settings.ts'
import { openReader } from '../../src/store/reader.ts'
import { digestOfLog } from '../e2e/devnet-said.ts'
import { get } from '../e2e/seiche.ts'
import type { Got, Wanted } from '../e2e/swarm.ts'
import { inject } from './inject.ts'
import { nameOf, plan } from './plan.ts'
import { Reader } from './reader.ts'
import { differentTables, keyOf, logged, wrongClients } from './settled.ts'
import { Subject } from './subject.ts'

/** What became of a round. */
export interface Outcome {
  seed: number
  minutes: number
  /** How often each fault was injected, by name. */
  faults: Record<string, number>
  /** Chain events in the log. */
  events: number
  /** Processes started after the first one. */
  restarts: number
  /** Orders to misbehave that a thread took. */
  obeyed: number
  /** Actors started anew within a process. */
  reborn: number
  /** Connections that clients made. */
  connections: number
  /** Resident memory of the last process at its start and its end, and the most that any had, MiB. */
  rss: { first: number; last: number; peak: number }
  /** What is wrong; empty: passed. */
  problems: string[]
  /** Where the store and the process's log are. */
  folder: string
}

const DIALECT = 'base64'
const BLOCK_TIME = 200
const EVENTS_PER_BLOCK = 10
const CLIENTS = 60
const CHANNELS = ['blockchain_events', 'transfers', 'groups', 'pots', 'vaults']
/** Everything has settled so long after the last fault; a pipeline that failed too often is tried again after 30 s. ms. */
const PATIENCE = 180_000

/** Runs a round. What it leaves is in `Outcome.folder`. */
export async function round(seed: number, minutes: number): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), `seiche-soak-${seed}-`))
  const chain = { folder: join(folder, 'chain'), dialect: DIALECT, seed, eventsPerBlock: EVENTS_PER_BLOCK } as const
  const node = await runDevnet({ ...chain, blockTime: 0, port: 0 })
  const data = join(folder, 'soaked')
  const config = await configOf(node, data, { app: 'seimoney' })
  const [http, ws] = [`http://127.0.0.1:${config.control?.port}`, `ws://127.0.0.1:${config.gateway?.port}`]
  const subject = new Subject(config, join(folder, 'seiche.log'))
  const problems: string[] = []
  const reach = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
    if (!(await within(PATIENCE, holds))) problems.push(`${what}: not within ${PATIENCE / 1000} s`)
  }
  const indexed = (): boolean => checkpointOf(data) >= node.head()

  await node.advance(20)
  await reach('the first blocks are indexed', () => subject.starts > 0 && indexed())
  const wanted = subscriptions(data)
  const swarm = spawnSwarm([ws, http, `${seed}`, JSON.stringify(wanted), `${PATIENCE}`])
  const reader = new Reader(ws)

  const faults = plan(seed, minutes)
  const traffic = new AbortController()
  const made = makeBlocks(node, traffic.signal)
  const end = performance.now() + minutes * 60_000
  await inject(faults, { node, subject, reader, data, ws, seed })
  await sleep(end - performance.now())
  traffic.abort()
  await made

  await reach('the log is at the head', indexed)
  await reach('health is well', async () => (await get({ http }, '/api/realtime/health')).status === 200)
  await reach('projections are whole', () => projectionsAreWhole(data))
  const log = openReader(data)
  const expected = new Map(wanted.map((each) => [keyOf(each), logged(log, each)]))
  const all = logged(log, { channel: 'blockchain_events' })
  log.close()
  if (all.length === 0) problems.push('there was no traffic')
  const got = await results(swarm, expected)
  await reach('the reader has the last event', () => reader.ids.at(-1) === all.at(-1))
  const { ids, connections } = reader
  got.push({ channel: 'blockchain_events', door: 'websocket', ids, connections })
  expected.set(keyOf({ channel: 'blockchain_events' }), all)
  problems.push(...wrongClients(got, expected))
  reader.close()
  const code = await subject.stop()
  if (code !== 0) problems.push(`it ended with ${code} on SIGTERM`)
  problems.push(...subject.ownEnds.map((how) => `a process ended by itself: ${how}`))

  const clean = join(folder, 'clean')
  problems.push(...(await replayed(node, clean, { app: 'seimoney' })), ...differentTables(data, clean))
  problems.push(...(await replayed(node, join(folder, 'plain'), {}, saidByTheChain(node))))
  await node.close()
  return {
    ...{ seed, minutes, events: all.length, problems, folder },
    ...{ restarts: subject.forks - 1, obeyed: subject.obeyed, reborn: subject.reborn },
    connections: got.reduce((sum, each) => sum + each.connections, 0),
    faults: Object.fromEntries([...Map.groupBy(faults, nameOf)].map(([name, { length }]) => [name, length])),
    rss: { first: mib(subject.rss[0]), last: mib(subject.rss.at(-1)), peak: mib(subject.peak) },
  }
}

const mib = (bytes = 0): number => Math.round(bytes / 2 ** 20)

async function configOf(node: Devnet, path: string, app: SeicheConfigInput): Promise<SeicheConfigInput> {
  const contracts = Object.entries(devnetContracts(DIALECT)).map(([name, address]) => [name, { address }])
  return {
    ...app,
    contracts: Object.fromEntries(contracts),
    chain: { endpoints: [{ url: node.url }], requestDeadline: 1_500, pollInterval: 100 },
    store: { path },
    control: { port: await freePort() },
    gateway: { port: await freePort(), maxConnectionsPerIp: 2_000, maxNewPerSecondPerIp: 2_000 },
    log: { format: 'json' },
  }
}

async function within(milliseconds: number, holds: () => Promise<boolean> | boolean): Promise<boolean> {
  for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(100))
    if (await attempt(holds)) return true
  return false
}

/** What cannot be asked yet does not hold yet. */
async function attempt(holds: () => Promise<boolean> | boolean): Promise<boolean> {
  try {
    return await holds()
  } catch {
    return false
  }
}

async function makeBlocks(node: Devnet, ended: AbortSignal): Promise<void> {
  for (; !ended.aborted; await sleep(BLOCK_TIME)) await node.advance()
}

function checkpointOf(data: string): number {
  using reader = closing(data)
  return reader.log.checkpoint().height
}

function projectionsAreWhole(data: string): boolean {
  using reader = closing(data)
  return reader.log.projections().every(({ state }) => state === 'ok')
}

function closing(data: string) {
  const log = openReader(data)
  return { log, [Symbol.dispose]: () => log.close() }
}

/** Every channel, with and without an address of somebody who is there already. */
function subscriptions(data: string): Wanted[] {
  using reader = closing(data)
  const known = reader.log.events({ order: 'asc', limit: 200, withAudience: true }).flatMap(({ audience }) => audience)
  const addresses = [...new Set(known)]
  return Array.from({ length: CLIENTS }, (_, n): Wanted => {
    const address = n % 4 === 0 ? undefined : addresses[n % addresses.length]
    return { channel: CHANNELS[n % CHANNELS.length] ?? '', ...(address ? { address } : {}) }
  })
}

function spawnSwarm(args: string[]): ChildProcess {
  const script = resolve(import.meta.dirname, '../e2e/swarm.ts')
  const swarm = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  process.once('exit', () => swarm.kill('SIGKILL')) // it would go on for ever
  return swarm
}

/** What the clients of the swarm got, once each has its last event or time is over. */
async function results(swarm: ChildProcess, expected: ReadonlyMap<string, string[]>): Promise<Got[]> {
  const last = [...expected].flatMap(([key, ids]) => (ids.length ? [[key, ids.at(-1)]] : []))
  if (!swarm.stdout) throw new Error('no output')
  const lines = createInterface(swarm.stdout)
  swarm.stdin?.write(`${JSON.stringify(last)}\n`)
  const [line] = (await once(lines, 'line')) as [string]
  return JSON.parse(line) as Got[]
}

type Check = (running: { http: string }) => Promise<string[]>

/** Indexes the whole chain into a new folder, undisturbed, and looks at it while it runs. */
async function replayed(node: Devnet, data: string, app: SeicheConfigInput, check?: Check): Promise<string[]> {
  mkdirSync(data)
  const config = await configOf(node, data, app)
  const subject = new Subject(config, join(data, 'seiche.log'))
  const whole = await within(PATIENCE, () => checkpointOf(data) >= node.head() && projectionsAreWhole(data))
  const problems = whole && check ? await check({ http: `http://127.0.0.1:${config.control?.port}` }) : []
  await subject.stop()
  return whole ? problems : [`a clean run did not reach the head within ${PATIENCE / 1000} s: ${data}`]
}

function saidByTheChain(node: Devnet): Check {
  return async (running) => {
    const { height: _, ...did } = node.said()
    const log = await digestOfLog(running)
    return isDeepStrictEqual(log, did) ? [] : [`the log holds ${log.events} events, the chain made ${did.events}`]
  }
}
