/**
 * P5: durable events/s through the log's writer, one FULL-sync transaction a block of 50 SeiMoney events (transfers and
 * their claims, joined); and events/s of rebuilding all of SeiMoney's projections from that log. The peer makes the very
 * same writes (of the log's rows read back from what we wrote), with prepared statements into the same tables and indexes,
 * ready-made, without a check: what SQLite itself costs. An event changes many rows of projections and adds few: what
 * inserting the rows costs that are there in the end stands below.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { App } from '../src/events/app.ts'
import type { DecodedBlock, EventRecord } from '../src/events/types.ts'
import seimoney from '../src/seimoney/app.ts'
import { FILE } from '../src/store/schema.ts'
import { openWriter } from '../src/store/writer.ts'
import { measured, type Rate } from './parts/rate.ts'
import { insertFinal, rebuildAll, recording, write } from './parts/rebuild.ts'
import { type BenchOptions, compared, median, type Row } from './table.ts'

const EVENTS = 50
const CHAIN = 'bench-1'
/** What the log alone costs, joins included. */
const LOG_ONLY: App = { ...seimoney, projections: {} }
const PAYMENTS = { name: 'payments', address: `sei1${'p'.repeat(58)}` }

export async function run({ rounds, short }: BenchOptions): Promise<Row[]> {
  const blocks = Array.from({ length: short ? 40 : 600 }, (_, n) => block(n + 1))
  const events = blocks.length * EVENTS
  const log: Rounds = { ours: [], theirs: [] }
  const rebuild: Rounds = { ours: [], theirs: [] }
  const end: Rounds = { ours: [], theirs: [] }
  const folder = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
  try {
    for (let round = -1; round < rounds; round++) {
      const path = (name: string): string => join(folder, `${name}${round}`)
      const { app, writes } = recording(seimoney)
      const committed = commitBlocks(path('log'), blocks, LOG_ONLY)
      const inserted = insertRows(path('rows'), rowsOf(path('log'), blocks.length))
      commitBlocks(path('all'), blocks, app)
      const rebuilt = rebuildAll(path('all'), seimoney, events)
      const written = write(path('writes'), seimoney, writes, events)
      const final = insertFinal(path('final'), seimoney, path('all'), events)
      if (round < 0) continue // all warm up
      add(log, committed, inserted)
      add(rebuild, rebuilt, written)
      add(end, rebuilt, final)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const none = { floor: null, goal: null }
  return [
    ...rows('store, a block of 50 events a transaction', log, 'raw node:sqlite inserts', { floor: 0.7, goal: 0.9 }),
    ...rows('store, projections rebuilt', rebuild, 'the same writes, raw node:sqlite', { floor: 0.3, goal: 0.5 }),
    ...rows('store, projections rebuilt', end, 'inserts of the rows in the end', none).slice(0, 1),
  ]
}

interface Rounds {
  ours: Rate[]
  theirs: Rate[]
}

function add({ ours, theirs }: Rounds, our: Rate, their: Rate): void {
  ours.push(our)
  theirs.push(their)
}

function rows(name: string, { ours, theirs }: Rounds, peer: string, bounds: Pick<Row, 'floor' | 'goal'>): Row[] {
  const row = (name: string, unit: string, figure: keyof Rate): Row => ({
    ...{ name, unit, value: median(ours.map((rate) => rate[figure])) },
    peer: { name: peer, value: median(theirs.map((rate) => rate[figure])) },
    ...compared(
      ours.map((rate) => rate[figure]),
      theirs.map((rate) => rate[figure]),
    ),
    ...bounds,
  })
  return [row(name, 'events/s', 'perSecond'), row(`${name}, by CPU time`, 'events/CPU-s', 'perCpuSecond')]
}

function commitBlocks(path: string, blocks: DecodedBlock[], app: App): Rate {
  const writer = openWriter({ path, app, contracts: [PAYMENTS] })
  const rate = measured(blocks.length * EVENTS, () => {
    for (const each of blocks) writer.commit({ chainId: CHAIN, blocks: [each] })
  })
  writer.close()
  return rate
}

type Rows = SQLInputValue[][]

interface BlockRows {
  height: number
  event: Rows
  event_account: Rows
  entity: Rows
}

/** What our writer left in its file, block by block; every block remembered as many transfers. */
function rowsOf(path: string, blocks: number): BlockRows[] {
  const database = new DatabaseSync(join(path, FILE), { readOnly: true })
  const read = (sql: string): Rows =>
    database
      .prepare(sql)
      .all()
      .map((row) => Object.values(row))
  const events = Map.groupBy(read('SELECT * FROM event'), ([height]) => height)
  const accounts = Map.groupBy(read('SELECT * FROM event_account'), ([, height]) => height)
  const joins = read('SELECT * FROM "joins.entity"')
  const share = joins.length / blocks
  database.close()
  return [...events].map(([height, event], n) => ({
    ...{ height: Number(height), event, event_account: accounts.get(height) ?? [] },
    entity: joins.slice(n * share, (n + 1) * share),
  }))
}

function insertRows(path: string, blocks: BlockRows[]): Rate {
  openWriter({ path, app: LOG_ONLY, contracts: [PAYMENTS] }).close() // the same tables and indexes
  const database = new DatabaseSync(join(path, FILE))
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8000') // as ours
  const begin = database.prepare('BEGIN')
  const commit = database.prepare('COMMIT')
  const columns = blocks[0]?.event[0]?.map(() => '?') ?? []
  const event = database.prepare(`INSERT INTO event VALUES (${columns})`)
  const account = database.prepare('INSERT INTO event_account VALUES (?, ?, ?, ?)')
  const joined = database.prepare('INSERT INTO "joins.entity" VALUES (?, ?)')
  const checkpoint = database.prepare('UPDATE log SET height = ?')
  const rate = measured(blocks.length * EVENTS, () => {
    for (const rows of blocks) {
      begin.run()
      for (const row of rows.event) event.run(...row)
      for (const row of rows.event_account) account.run(...row)
      for (const row of rows.entity) joined.run(...row)
      checkpoint.run(rows.height)
      commit.run()
    }
  })
  database.close()
  return rate
}

/** Three transfers in five events are new, two claim one of the block before. */
function block(height: number): DecodedBlock {
  const records = Array.from({ length: EVENTS }, (_, n) => (n % 5 < 3 ? created(height, n) : claimed(height, n)))
  const hash = (of: number) => of.toString(16).toUpperCase().padStart(64, '0')
  return { height, hash: hash(height), parentHash: hash(height - 1), time: '2026-01-01T00:00:00.123456789Z', records }
}

function created(height: number, n: number): EventRecord {
  const [sender, recipient] = [account(height * 7 + n), account(height * 13 + n)]
  const data = {
    id: `${height * EVENTS + n}`,
    sender,
    recipient,
    amount: '1250000',
    denom: 'usei',
    remark: 'rent, May',
  }
  return record(height, n, 'transfer_created', data, [sender, recipient])
}

function claimed(height: number, n: number): EventRecord {
  const data = { id: `${(height - 1) * EVENTS + n - 3}`, recipient: account(height + n) }
  return record(height, n, 'transfer_claimed', data, [data.recipient])
}

function record(height: number, n: number, type: string, data: EventRecord['data'], accounts: string[]): EventRecord {
  const txHash = (height * EVENTS + n).toString(16).toUpperCase().padStart(64, 'A7')
  const { name: contract, address: contractAddress } = PAYMENTS
  return { txIndex: n, eventIndex: 9, type, contract, contractAddress, txHash, data, accounts }
}

/** One of 5,000 accounts, spread over the index as addresses are. */
function account(n: number): string {
  return `sei1${(((n * 2_654_435_761) % 4_294_967_296) % 5_000).toString(36).padStart(4, 'q')}${'x'.repeat(34)}`
}
