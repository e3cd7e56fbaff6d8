/**
 * P5: durable events/s through the log's writer, one FULL-sync transaction a block of 50 SeiMoney events (transfers and
 * their claims, joined). The peer inserts the very same rows, read back from what we wrote, with prepared statements into
 * the same tables and indexes, texts ready-made, without a check: what SQLite itself costs.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { DecodedBlock, EventRecord } from '../src/events/types.ts'
import seimoney from '../src/seimoney/app.ts'
import { FILE } from '../src/store/schema.ts'
import { openWriter } from '../src/store/writer.ts'
import { type BenchOptions, median, type Row } from './table.ts'

const EVENTS = 50
const CHAIN = 'bench-1'
const PAYMENTS = { name: 'payments', address: `sei1${'p'.repeat(58)}` }

interface Rate {
  perSecond: number
  perCpuSecond: number
}

export async function run({ rounds, short }: BenchOptions): Promise<Row[]> {
  const blocks = Array.from({ length: short ? 40 : 600 }, (_, n) => block(n + 1))
  const ours: Rate[] = []
  const theirs: Rate[] = []
  const folder = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
  try {
    for (let round = -1; round < rounds; round++) {
      const [writing, inserting] = [join(folder, `ours${round}`), join(folder, `theirs${round}`)]
      const rates = [commitBlocks(writing, blocks), insertRows(inserting, rowsOf(writing, blocks.length))] as const
      if (round < 0) continue // both warm up
      ours.push(rates[0])
      theirs.push(rates[1])
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const row = (name: string, unit: string, figure: keyof Rate): Row => ({
    ...{ name, unit, value: median(ours.map((rate) => rate[figure])) },
    peer: { name: 'raw node:sqlite inserts', value: median(theirs.map((rate) => rate[figure])) },
    ratio: median(ours.map((rate, round) => rate[figure] / (theirs[round]?.[figure] ?? Number.NaN))),
    ...{ floor: 0.7, goal: 0.9 },
  })
  return [
    row('store, a block of 50 events a transaction', 'events/s', 'perSecond'),
    row('store, the same by CPU time', 'events/CPU-s', 'perCpuSecond'),
  ]
}

function commitBlocks(path: string, blocks: DecodedBlock[]): Rate {
  const writer = openWriter({ path, app: seimoney, contracts: [PAYMENTS] })
  const rate = measured(blocks.length, () => {
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
  join_entity: Rows
}

/** What our writer left in its file, block by block; every block remembered as many transfers. */
function rowsOf(path: string, blocks: number): BlockRows[] {
  const database = new DatabaseSync(join(path, FILE), { readOnly: true })
  const rows = (sql: string): Rows =>
    database
      .prepare(sql)
      .all()
      .map((row) => Object.values(row))
  const events = Map.groupBy(rows('SELECT * FROM event'), ([height]) => height)
  const accounts = Map.groupBy(rows('SELECT * FROM event_account'), ([, height]) => height)
  const joins = rows('SELECT * FROM join_entity')
  const share = joins.length / blocks
  database.close()
  return [...events].map(([height, event], n) => ({
    ...{ height: Number(height), event, event_account: accounts.get(height) ?? [] },
    join_entity: joins.slice(n * share, (n + 1) * share),
  }))
}

function insertRows(path: string, blocks: BlockRows[]): Rate {
  openWriter({ path, app: seimoney, contracts: [PAYMENTS] }).close() // the same tables and indexes
  const database = new DatabaseSync(join(path, FILE))
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  const begin = database.prepare('BEGIN')
  const commit = database.prepare('COMMIT')
  const event = database.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const account = database.prepare('INSERT INTO event_account VALUES (?, ?, ?, ?)')
  const joined = database.prepare('INSERT INTO join_entity VALUES (?, ?)')
  const checkpoint = database.prepare('UPDATE log SET height = ?')
  const rate = measured(blocks.length, () => {
    for (const rows of blocks) {
      begin.run()
      for (const row of rows.event) event.run(...row)
      for (const row of rows.event_account) account.run(...row)
      for (const row of rows.join_entity) joined.run(...row)
      checkpoint.run(rows.height)
      commit.run()
    }
  })
  database.close()
  return rate
}

function measured(blocks: number, work: () => void): Rate {
  const [cpu, start] = [process.cpuUsage(), performance.now()]
  work()
  const seconds = (performance.now() - start) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: (blocks * EVENTS) / seconds, perCpuSecond: (blocks * EVENTS) / ((user + system) / 1e6) }
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
