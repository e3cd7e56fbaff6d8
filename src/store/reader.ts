/** A read-only handle on the log. No call leaves a transaction open: that would keep the WAL growing. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { endOf, formatPosition, ORIGIN, type Position } from '../events/position.ts'
import type { CommittedEvent } from '../events/types.ts'
import { StoreError, storeError } from './errors.ts'
import { JOINS } from './joins.ts'
import { projectionStatus } from './projection-rows.ts'
import { quarantinedOf } from './quarantine.ts'
import { select } from './query.ts'
import { cutOf } from './retention.ts'
import { FILE, requireKnown, VERSION } from './schema.ts'
import { snapshotReads } from './snapshot.ts'
import type { LogReader } from './types.ts'

/** A commit may hold a lock for a moment while the WAL is reset, ms. */
const TIMEOUT = 250

/** SQLite merges so many walks with ease; each crowd is one. */
const MOST_CROWDS = 100

interface EventRow {
  height: number
  tx: number
  n: number
  type: string
  contract: string
  text: string
  audience?: string | null
  crowd?: string | null
}

/**
 * Opens the log in the data folder `path` for reading.
 * @throws StoreError `E_NO_STORE` before a writer has made it, `E_STORE_NEWER`, `E_STORE_CORRUPT`
 */
export function openReader(path: string): LogReader {
  const file = join(path, FILE)
  const missing = 'there is no store of this version in the data folder: index into it first (--data, store.path)'
  if (!existsSync(file)) throw new StoreError('E_NO_STORE', missing)
  const database = guarded(() => new DatabaseSync(file, { readOnly: true, timeout: TIMEOUT }))
  try {
    if (requireKnown(database) < VERSION) throw new StoreError('E_NO_STORE', missing)
    return readFrom(database)
  } catch (error) {
    database.close()
    throw storeError(error)
  }
}

function readFrom(database: DatabaseSync): LogReader {
  const statements = new Map<string, StatementSync>()
  const prepared = (sql: string): StatementSync => {
    const statement = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  const get = <Row>(sql: string): Row | undefined => guarded(() => prepared(sql).get() as Row | undefined)
  const edge = (order: 'ASC' | 'DESC'): Position => {
    const row = get<EventRow>(
      `SELECT height, tx, n FROM event ORDER BY height ${order}, tx ${order}, n ${order} LIMIT 1`,
    )
    return row ? { height: row.height, txIndex: row.tx, eventIndex: row.n } : ORIGIN
  }

  const members = `"${JOINS}.member"`
  const member = database.prepare(`SELECT 1 FROM ${members} WHERE key = ? AND account = ?`)
  const crowds = database.prepare(
    `SELECT key FROM crowd CROSS JOIN ${members} USING (key) WHERE account = ? LIMIT ${MOST_CROWDS}`,
  )
  const crowdsOf = (account: string): string[] => crowds.all(account).map(({ key }) => String(key))
  const read = snapshotReads(database)
  const projections = projectionStatus(database)
  const cut = cutOf(database)

  return {
    read: (work) => guarded(() => read(work)),
    identity: () => {
      const row = get<{ chain_id: string | null; first_hash: string | null; first_height: number | null }>(
        'SELECT chain_id, first_hash, first_height FROM log',
      )
      const chainId = row?.chain_id ?? null
      return {
        chainId,
        epoch: chainId && row?.first_height ? `${chainId}/${row.first_hash || row.first_height}` : null,
      }
    },
    checkpoint: () => get('SELECT height, hash, time FROM log') ?? { height: 0, hash: null, time: null },
    head: () => edge('DESC'),
    earliest: () => {
      const { height } = guarded(cut)
      return height ? endOf(height) : ORIGIN
    },
    cut: () => guarded(cut),
    events: (query) => {
      return guarded(() => {
        const { sql, values } = select(query, query.account === undefined ? [] : crowdsOf(query.account))
        return (prepared(sql).all(values) as unknown as EventRow[]).map(eventOf)
      })
    },
    isMember: (crowd, account) => guarded(() => member.get(crowd, account) !== undefined),
    coverage: () =>
      guarded(() =>
        prepared('SELECT contract, from_height, to_height FROM coverage ORDER BY contract, from_height')
          .all()
          .map((row) => ({
            contract: String(row['contract']),
            from: Number(row['from_height']),
            to: Number(row['to_height']),
          })),
      ),
    projections: () => guarded(projections),
    quarantine: (limit) =>
      guarded(() => prepared('SELECT * FROM quarantine ORDER BY height, tx LIMIT ?').all(limit).map(quarantinedOf)),
    quarantined: () => get<{ n: number }>('SELECT count(*) AS n FROM quarantine')?.n ?? 0,
    gaps: () =>
      guarded(() =>
        prepared('SELECT * FROM gap ORDER BY from_height')
          .all()
          .map((row) => ({
            ...{ from: Number(row['from_height']), to: Number(row['to_height']) },
            ...{ reason: String(row['reason']), since: String(row['since']) },
            ...(row['address'] ? { contract: String(row['address']) } : {}),
          })),
      ),
    close: () => database.close(),
  }
}

function eventOf(row: EventRow): CommittedEvent {
  const { height, tx: txIndex, n: eventIndex, type, contract, text } = row
  const audience =
    row.audience === undefined ? [] : row.audience === null ? accountsOf(text) : (JSON.parse(row.audience) as string[])
  return {
    id: formatPosition({ height, txIndex, eventIndex }),
    height,
    txIndex,
    eventIndex,
    type,
    contract,
    text,
    audience,
    ...(row.crowd ? { crowd: row.crowd } : {}),
  }
}

function accountsOf(text: string): string[] {
  return (JSON.parse(text) as { accounts: string[] }).accounts
}

function guarded<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw storeError(error)
  }
}
