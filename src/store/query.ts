/** From a query to one SQL statement that walks one index in the order of the log and stops at the limit. */
import type { SQLInputValue } from 'node:sqlite'
import { kindOf } from '../events/kind.ts'
import type { Position } from '../events/position.ts'
import type { EventQuery } from './types.ts'

export interface Select {
  /** Equal for queries of equal shape, so that each is prepared once. */
  sql: string
  values: Record<string, SQLInputValue>
}

/**
 * The statement for `query`, whose account is in these crowds. Several kinds, and crowds, are several walks, merged: one
 * walk would have to sort all that it finds.
 */
export function select(query: EventQuery, crowds: readonly string[] = []): Select {
  const kinds = query.kinds ?? (query.types && [...new Set(query.types.map(kindOf))])
  const narrowed = query.txHash !== undefined || query.account !== undefined || query.contract !== undefined
  const walks = narrowed || !kinds?.length ? [kinds] : kinds.map((kind) => [kind])
  const values: Select['values'] = { $limit: query.limit }
  const columns = `height, tx, n, type, contract, text${query.withAudience ? ', audience, crowd' : ''}`
  const selects = walks.map((wanted, n) => {
    const where = conditions(query, values)
    if (wanted) where.push(among(`kind`, wanted, values, n))
    return `SELECT ${columns} FROM ${source(query, wanted)} ${where.length ? `WHERE ${where.join(' AND ')}` : ''}`
  })
  for (const [n, crowd] of crowds.entries()) {
    const { account: _, ...others } = query
    const where = [...conditions(others, values), `crowd = $crowd${n}`, NOT_ROUTED]
    if (kinds) where.push(among('kind', kinds, values))
    values[`$crowd${n}`] = crowd
    selects.push(`SELECT ${columns} FROM event INDEXED BY event_crowd WHERE ${where.join(' AND ')}`)
  }
  const direction = query.order === 'asc' ? 'ASC' : 'DESC'
  return {
    sql: `${selects.join(' UNION ALL ')} ORDER BY 1 ${direction}, 2 ${direction}, 3 ${direction} LIMIT $limit`,
    values,
  }
}

/** Events that concern the account as a member of a crowd, and that have no routing row for it. */
const NOT_ROUTED = `NOT EXISTS (
  SELECT 1 FROM event_account r
  WHERE r.account = $account AND r.height = event.height AND r.tx = event.tx AND r.n = event.n)`

/** Where the walk starts. SQLite has no statistics to choose an index by, so it is told the narrowest. */
function source({ txHash, account, contract }: EventQuery, kinds: readonly string[] | undefined): string {
  if (txHash !== undefined) {
    const event = `event INDEXED BY event_${hashColumn(txHash)}`
    return account === undefined ? event : `${event} CROSS JOIN event_account USING (height, tx, n)`
  }
  if (account !== undefined) return 'event_account CROSS JOIN event USING (height, tx, n)'
  if (contract !== undefined) return 'event INDEXED BY event_address'
  return kinds?.length ? 'event INDEXED BY event_kind' : 'event'
}

function conditions(query: EventQuery, values: Select['values']): string[] {
  const { since, before, txHash, account, contract, types } = query
  const where: string[] = []
  if (since) where.push(`(height, tx, n) > ${at('since', since, values)}`)
  if (before) where.push(`(height, tx, n) < ${at('before', before, values)}`)
  if (txHash !== undefined) {
    where.push(`${hashColumn(txHash)} = $hash`)
    values['$hash'] = isEvm(txHash) ? txHash.toLowerCase() : txHash
  }
  if (account !== undefined) {
    where.push('account = $account')
    values['$account'] = account
  }
  if (contract !== undefined) {
    where.push('address = coalesce((SELECT address FROM contract WHERE name = $contract), $contract)')
    values['$contract'] = contract
  }
  if (types) where.push(among('type', types, values))
  return where
}

function at(edge: string, { height, txIndex, eventIndex }: Position, values: Select['values']): string {
  Object.assign(values, { [`$${edge}_height`]: height, [`$${edge}_tx`]: txIndex, [`$${edge}_n`]: eventIndex })
  return `($${edge}_height, $${edge}_tx, $${edge}_n)`
}

function among(column: string, wanted: readonly string[], values: Select['values'], walk = 0): string {
  const names = wanted.map((value, n) => {
    values[`$${column}${walk}_${n}`] = value
    return `$${column}${walk}_${n}`
  })
  return `${column} IN (${names.join()})`
}

const isEvm = (hash: string): boolean => /^0x/i.test(hash)
const hashColumn = (hash: string): string => (isEvm(hash) ? 'evm_hash' : 'tx_hash')
