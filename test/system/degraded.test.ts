/** Each thing that can be away: the rest is served, the reason stands everywhere it should, and goes when its cause does. */
import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { schema } from '../../src/config/schema.ts'
import type { Devnet } from '../../src/devnet/devnet.ts'
import { devnetContracts, runDevnet } from '../../src/devnet/settings.ts'
import type { ActorSpec } from '../../src/runtime/index.ts'
import { createSystem, type SeicheSystem } from '../../src/system.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { get, temporaryFolder, until } from '../e2e/seiche.ts'
import { type Client, connect, connectIo } from '../gateway/client.ts'

const DIALECT = 'base64'

interface House {
  node: Devnet
  system: SeicheSystem
  data: string
  http: string
  ws: string
  /** Clients of both doors, subscribed since before the trouble. */
  clients: Client[]
}

interface Options {
  adjust?: (name: string, spec: ActorSpec) => ActorSpec
  maxConnections?: number
}

async function house({ adjust, maxConnections = 100 }: Options = {}): Promise<House> {
  const folder = { folder: temporaryFolder(), port: 0 }
  const node = await runDevnet({ ...folder, dialect: DIALECT, seed: 5, blockTime: 0, eventsPerBlock: 3, faults: {} })
  onTestFinished(() => node.close())
  await node.advance(10)
  const data = temporaryFolder()
  const config = schema.parse({
    chain: { endpoints: [node.url], requestDeadline: 400, pollInterval: 50 },
    contracts: devnetContracts(DIALECT),
    ...{ app: 'seimoney', store: { path: data }, log: { format: 'json', level: 'error' } },
    ...{ gateway: { port: 0, maxConnections }, control: { port: 0 } },
  })
  const log = createLogger({ format: 'json', level: 'error' })
  log.level = 'silent'
  const system = createSystem(config, { log, ...(adjust ? { adjust } : {}) })
  onTestFinished(() => system.shutdown())
  await system.start()
  await expect.poll(() => system.status().sync.indexedHeight, { timeout: 30_000 }).toBe(node.head())
  const [http, ws] = [`http://127.0.0.1:${system.http.port}`, `ws://127.0.0.1:${system.ws.port}`]
  const clients = [await connect(ws), await connectIo(http)]
  for (const client of clients) await client.subscribe('blockchain_events')
  return { node, system, data, http, ws, clients }
}

/** The lists of reasons a client was told, in order. */
const told = (client: Client): string[][] =>
  client.told.flatMap(({ data }) => ('degraded' in data ? [data['degraded'] as string[]] : []))

/** Everybody says that exactly these reasons hold, or are told so soon. */
async function says({ http, clients }: House, reasons: string[], status: 200 | 503): Promise<void> {
  await until(
    () => get({ http }, '/api/realtime/health'),
    ({ status: answered, body }) => {
      const { degraded } = body['health'] as { degraded: { reason: string }[] }
      return answered === status && degraded.map(({ reason }) => reason).join() === reasons.join()
    },
  )
  for (const client of clients) await expect.poll(() => told(client).at(-1), { timeout: 10_000 }).toEqual(reasons)
  const wrong = [...(await (await fetch(`${http}/metrics`)).text()).matchAll(/^seiche_degraded\{reason="(.+)"\} 1$/gm)]
  expect(wrong.map(([, reason]) => reason)).toEqual(reasons)
  const probe = await (await fetch(`${http}/readyz?verbose`)).text()
  expect([...probe.matchAll(/^degraded ([\w-]+): .+$/gm)].map(([, reason]) => reason)).toEqual(reasons)
}

/** REST and a client that comes now have the whole log. */
async function serves({ http, ws, system }: House): Promise<void> {
  const { status, body } = await get({ http }, '/api/realtime/events?since=0-0-0&limit=1000')
  const ids = (body['events'] as { id: string }[]).map(({ id }) => id)
  expect([status, ids.length > 0]).toEqual([200, true])
  expect((await get({ http }, '/api/realtime/views/transfers')).status).toBe(200)
  const comer = await connect(ws)
  expect((await comer.subscribe('blockchain_events', { since: '0-0-0' })).data['recovered']).toBe(true)
  expect(comer.ids()).toEqual(ids)
  expect(told(comer)).toEqual([system.health().degraded.map(({ reason }) => reason)])
  comer.end()
}

/** What the chain does now is pushed to those who listened before. */
async function isLive({ node, http, clients }: House): Promise<void> {
  const counts = clients.map((client) => client.ids().length)
  await node.advance(2)
  for (const [n, client] of clients.entries())
    await expect.poll(() => client.ids().length, { timeout: 20_000 }).toBeGreaterThan(counts[n] ?? 0)
  await until(
    () => get({ http }, '/api/realtime/status'),
    ({ body }) => (body['status'] as { sync: { indexedHeight: number } }).sync.indexedHeight === node.head(),
  )
}

it('store-unwritable: the log is served as far as it is; what came meanwhile is there once the lock is gone', async () => {
  const it = await house()
  const intruder = new DatabaseSync(`${it.data}/seiche.db`, { timeout: 1_000 })
  intruder.exec('BEGIN IMMEDIATE')
  await it.node.advance(2)
  await says(it, ['store-unwritable'], 503)
  expect(it.system.health()).toMatchObject({ status: 'unhealthy', code: 'E_STORE_LOCKED' })
  expect((await fetch(`${it.http}/readyz`)).status).toBe(503)
  await serves(it)
  intruder.exec('COMMIT')
  intruder.close()
  await says(it, [], 200)
  await isLive(it)
}, 60_000)

it('no-node: the log is served, and ready for it; it goes on by itself when a node is back', async () => {
  const it = await house()
  it.node.setFaults({ halfOpen: true })
  await says(it, ['no-node'], 503)
  expect(it.system.health()).toMatchObject({ status: 'unhealthy', code: 'E_NO_ENDPOINT' })
  expect((await fetch(`${it.http}/readyz`)).status).toBe(200)
  await serves(it)
  it.node.setFaults({})
  await says(it, [], 200)
  await isLive(it)
}, 60_000)

it.each(['cache-owner', 'scheduler'])(
  '%s: while it cannot be born again, the log grows and everybody is told',
  async (victim) => {
    let gone = false
    const stillborn = (spec: ActorSpec): ActorSpec => ({
      ...spec,
      boot: (deaths) => (gone ? () => 'nothing that can be sent to a thread' : spec.boot?.(deaths)),
    })
    const it = await house({ adjust: (name, spec) => (name === victim ? stillborn(spec) : spec) })
    gone = true
    it.system.actors.restart(victim).catch(() => undefined)
    await says(it, [victim], 200)
    expect(it.system.health()).toMatchObject({ status: 'degraded', healthy: true })
    expect((await fetch(`${it.http}/readyz`)).status).toBe(200)
    await isLive(it)
    await serves(it)
    gone = false
    await says(it, [], 200)
    expect(it.system.health().status).toBe('healthy')
  },
  90_000,
)

it('flooded: who is inside is served; who is refused may come when somebody has left', async () => {
  const it = await house({ maxConnections: 3 })
  const last = await connect(it.ws)
  await says(it, ['flooded'], 200)
  await expect(connect(it.ws)).rejects.toThrow('503')
  await isLive(it)
  expect((await get(it, '/api/realtime/events')).status).toBe(200)
  last.end()
  await says(it, [], 200)
  expect((await (await connect(it.ws)).subscribe('blockchain_events')).type).toBe('event')
}, 60_000)
