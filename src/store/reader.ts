/** A read-only handle on the log. Each call is one short statement: an open transaction would keep the WAL growing. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { formatPosition, ORIGIN, type Position } from '../events/position.ts'
import type { CommittedEvent } from '../events/types.ts'
import { kindOf } from './encode.ts'
import { StoreError, storeError } from './errors.ts'
import { FILE } from './schema.ts'
import type { EventQuery, LogReader } from './types.ts'

/** A commit may hold a lock for a moment while the WAL is reset, ms. */
const TIMEOUT = 250

interface EventRow {
  height: number
  tx: number
  n: number
  type: string
  contract: string
  text: string
  audience?: string | null
}

/** Opens the log in `path` for reading. @throws StoreError when there is none, or it can't be read. */
export function openReader(path: string): LogReader {
  const file = join(path, FILE)
  if (!existsSync(file))
    throw new StoreError(
      'E_READ_ONLY',
      'there is no store in the data folder yet: start the indexer first (--data, store.path)',
    )
  const database = new DatabaseSync(file, { readOnly: true, timeout: TIMEOUT })
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

  return {
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
    earliest: () => ORIGIN, // nothing is ever deleted yet: everything after the origin is here
    events: (query) => {
      const { sql, values } = select(query)
      return guarded(() => (prepared(sql).all(...values) as unknown as EventRow[]).map(eventOf))
    },
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
    close: () => database.close(),
  }
}

/** One statement for a query; equal shapes give equal texts, so that each is prepared once. */
function select(query: EventQuery): { sql: string; values: SQLInputValue[] } {
  const { since, before, order, limit, types, kinds, contract, account, txHash, withAudience } = query
  const where: string[] = []
  const values: SQLInputValue[] = []
  const at = account === undefined ? 'e' : 'a'
  const among = (column: string, wanted: readonly string[]): void => {
    where.push(`${column} IN (${wanted.map(() => '?').join()})`)
    values.push(...wanted)
  }
  if (account !== undefined) {
    where.push('a.account = ?')
    values.push(account)
  }
  for (const [edge, sign] of [
    [since, '>'],
    [before, '<'],
  ] as const) {
    if (!edge) continue
    where.push(`(${at}.height, ${at}.tx, ${at}.n) ${sign} (?, ?, ?)`)
    values.push(edge.height, edge.txIndex, edge.eventIndex)
  }
  const words = kinds ?? (types && [...new Set(types.map(kindOf))])
  if (words) among('e.kind', words)
  if (types) among('e.type', types)
  if (contract !== undefined) {
    where.push('e.address = coalesce((SELECT address FROM contract WHERE name = ?), ?)')
    values.push(contract, contract)
  }
  if (txHash !== undefined) {
    where.push(/^0x/i.test(txHash) ? 'e.evm_hash = ?' : 'e.tx_hash = ?')
    values.push(/^0x/i.test(txHash) ? txHash.toLowerCase() : txHash)
  }
  const from =
    account === undefined
      ? 'event e'
      : 'event_account a CROSS JOIN event e ON e.height = a.height AND e.tx = a.tx AND e.n = a.n'
  const direction = order === 'asc' ? 'ASC' : 'DESC'
  const sql = `SELECT e.height, e.tx, e.n, e.type, e.contract, e.text${withAudience ? ', e.audience' : ''} FROM ${from}
    ${where.length ? `WHERE ${where.join(' AND ')}` : ''}
    ORDER BY ${at}.height ${direction}, ${at}.tx ${direction}, ${at}.n ${direction} LIMIT ?`
  return { sql, values: [...values, limit] }
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
