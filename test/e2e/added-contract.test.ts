import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { devnetContracts } from '../../src/devnet/settings.ts'
import { comparePositions } from '../../src/events/position.ts'
import type { HistoryChanged } from '../../src/events/types.ts'
import { openReader } from '../../src/store/reader.ts'
import { FILE } from '../../src/store/schema.ts'
import { type Command, command, get, logUpTo, type Running, ready, temporaryFolder, until } from './seiche.ts'
import { type Frame, subscribe } from './subscriber.ts'

const { payments, ...others } = devnetContracts('plain')
const everything = { payments, ...others }

/** A node of one chain whose pace is another each time it is started. */
async function chain(folder: string, port: string, pace: string[]): Promise<{ node: Command; rpc: string }> {
  const flags = ['--dialect', 'plain', '--seed', '5', '--data', folder, '--rpc-port', port, ...pace]
  const node = command(['devnet', ...flags, '--log', 'json'])
  return { node, rpc: String((await node.line(({ msg }) => msg === 'ready')).rpc) }
}

async function follow(rpc: string, data: string, contracts: object, budget?: number): Promise<Running> {
  const config = join(data, 'config.json')
  const endpoint = { url: rpc, ...(budget ? { requestsPerSecond: budget } : {}) }
  writeFileSync(config, JSON.stringify({ app: 'seimoney', contracts, chain: { endpoints: [endpoint] } }))
  return await ready(['start', '--config', config, '--data', data])
}

interface Status {
  eventIndexer: { currentBlock: number }
  source: { backfill?: { contracts: string[]; height: number; to: number; fault: object | null } } | null
}

const status = async (running: Running): Promise<Status> =>
  (await get(running, '/api/realtime/status')).body['status'] as Status

const height = async (running: Running): Promise<number> => (await status(running)).eventIndexer.currentBlock

async function ofPayments(running: Running): Promise<unknown[]> {
  return (await get(running, '/api/realtime/events?contract=payments&limit=5')).body['events'] as unknown[]
}

const isChange = ({ channel, data }: Frame): boolean => channel === 'system' && 'history_changed' in data

/** Every table of the log whose rows do not say when somebody looked. */
function tablesIn(data: string): Record<string, unknown[]> {
  const file = new DatabaseSync(join(data, FILE), { readOnly: true })
  const names = file.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all()
  const wanted = names.map(({ name }) => String(name)).filter((name) => name.includes('.') || LOG.includes(name))
  const tables = wanted.map((name) => [name, file.prepare(`SELECT * FROM "${name}"`).all()])
  file.close()
  return Object.fromEntries(tables)
}

const LOG = ['event', 'event_account', 'coverage', 'held', 'gap', 'quarantine']

const isRebuilt = (data: string): boolean => {
  const reader = openReader(data)
  const projections = reader.projections()
  reader.close()
  return projections.length > 0 && projections.every(({ state }) => state === 'ok')
}

it('a contract added later, over a kill -9 in its backfill: the log ends as if it had been there, and no client hears of the past', async () => {
  const folder = temporaryFolder()
  const data = temporaryFolder()
  const made = await chain(folder, '0', ['--block-time', '4', '--events', '3'])
  const port = new URL(made.rpc).port
  const first = await follow(made.rpc, data, others)
  await until(
    () => height(first),
    (indexed) => indexed >= 700,
  )
  expect(await first.kill('SIGTERM')).toBe(0)
  await made.node.kill('SIGTERM')

  const slow = await chain(folder, port, ['--block-time', '60', '--events', '3'])
  const second = await follow(slow.rpc, data, everything, 200)
  const client = subscribe(second.ws)
  const before = await until(
    () => status(second),
    ({ source }) => (source?.backfill?.height ?? 0) > 150,
  )
  expect(before.source?.backfill).toMatchObject({ contracts: ['payments'], fault: null })
  expect(before.source?.backfill?.height).toBeLessThan(700)
  const begun = await height(second)
  await until(
    () => height(second),
    (indexed) => indexed > begun + 5,
  )
  expect(await ofPayments(second)).toEqual([])
  await second.kill('SIGKILL')
  expect(client.events.length).toBeGreaterThan(0)
  expect(client.events.filter(({ contract }) => contract === 'payments')).toEqual([])
  client.close()

  const third = await follow(slow.rpc, data, everything, 400)
  const live = subscribe(third.ws)
  await live.until(({ frames }) => frames.some(isChange))
  const change = live.frames.find(isChange)?.data['history_changed'] as HistoryChanged
  expect(change.contract).toBe('payments')
  const seen = live.events.filter(({ contract }) => contract === 'payments')
  expect(seen.filter(({ blockHeight }) => Number(blockHeight) <= change.to)).toEqual([])
  expect((await ofPayments(third)).length).toBeGreaterThan(0)
  await until(
    async () => isRebuilt(data),
    (rebuilt) => rebuilt,
  )
  const news = ({ contract, blockHeight }: Record<string, unknown>) =>
    contract === 'payments' && Number(blockHeight) > change.to
  await live.until(({ events }) => events.some(news))
  const ids = live.events.map(({ id }) => String(id))
  expect(ids).toEqual([...new Set(ids)].sort(comparePositions))
  await slow.node.kill('SIGTERM')

  const still = await chain(folder, port, ['--block-time', '0', '--events', '0'])
  const { result } = (await (await fetch(`${still.rpc}/status`)).json()) as {
    result: { sync_info: { latest_block_height: string } }
  }
  const head = Number(result.sync_info.latest_block_height)
  await logUpTo(third, head)
  expect(await third.kill('SIGTERM')).toBe(0)
  const other = temporaryFolder()
  const fresh = await follow(still.rpc, other, everything)
  await logUpTo(fresh, head)
  expect(await fresh.kill('SIGTERM')).toBe(0)

  const [late, clean] = [tablesIn(data), tablesIn(other)]
  expect(Object.keys(late)).toEqual(Object.keys(clean))
  expect(clean['event']?.filter((row) => (row as { contract: string }).contract === 'payments').length).toBeGreaterThan(
    100,
  )
  for (const [name, rows] of Object.entries(clean)) expect(late[name], name).toEqual(rows)
}, 300_000)
