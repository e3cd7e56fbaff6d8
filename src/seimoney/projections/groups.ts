/**
 * Groups. A pool's sum never falls: not by cancelling, refunds or distribution. Another contribution adds to it and
 * replaces the contributor's refundable share. What is held of a distributed pool is nothing, of a cancelled one what was
 * not refunded.
 */
import type { OwnTables, Projection } from '../../events/app.ts'
import type { ChainEvent } from '../../events/types.ts'
import { amount, backedPart, id, text } from './fields.ts'
import { addHeld, addTvl, SUMS } from './sums.ts'

export interface PoolRow {
  contract: string
  id: number
  creator: string
  target: string
  denom: string
  contributed: string
  /** Of that, what came with coins. */
  backed: string
  contributors: number
  status: 'open' | 'distributed' | 'cancelled'
}

/** `share`: what a contributor would get back. */
export const groups: Projection = {
  version: 1,
  tables: {
    ...SUMS,
    pool: `contract TEXT NOT NULL, id INTEGER NOT NULL, creator TEXT NOT NULL, target TEXT NOT NULL,
      denom TEXT NOT NULL, contributed TEXT NOT NULL, backed TEXT NOT NULL, contributors INTEGER NOT NULL,
      status TEXT NOT NULL, PRIMARY KEY (contract, id)`,
    share: `contract TEXT NOT NULL, id INTEGER NOT NULL, account TEXT NOT NULL, amount TEXT NOT NULL,
      PRIMARY KEY (contract, id, account)`,
  },
  indexes: { pool: ['creator'], share: ['account'] },
  apply(event, tables) {
    if (event.type === 'group_created') return create(event, tables)
    const change = CHANGES.get(event.type)
    const number = id(event, 'pool_id')
    if (!change || number === undefined) return
    const pool = tables.get<PoolRow>(
      'SELECT * FROM {pool} WHERE contract = ? AND id = ?',
      ...[event.contractAddress, number],
    )
    if (pool) change(event, tables, pool)
  },
}

const CHANGES: ReadonlyMap<string, (event: ChainEvent, tables: OwnTables, pool: PoolRow) => void> = new Map([
  ['group_contributed', contribute],
  ['group_distributed', distribute],
  ['group_cancelled', cancel],
  ['group_refunded', refund],
])

function create(event: ChainEvent, tables: OwnTables): void {
  const [number, target] = [id(event, 'id'), amount(event, 'target_amount')]
  const [creator, denom] = [text(event, 'creator'), text(event, 'target_denom')]
  if (number === undefined || target === undefined || !creator || !denom) return
  tables.run(
    'INSERT OR IGNORE INTO {pool} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ...[event.contractAddress, number, creator, `${target}`, denom, '0', '0', 0, 'open'],
  )
}

function contribute(event: ChainEvent, tables: OwnTables, pool: PoolRow): void {
  const [contributor, sum] = [text(event, 'contributor'), amount(event, 'amount')]
  if (!contributor || sum === undefined || pool.status !== 'open') return
  const coins = backedPart(event, sum)
  const before = shareOf(tables, pool, contributor)
  tables.run(
    'UPDATE {pool} SET contributed = ?, backed = ?, contributors = contributors + ? WHERE contract = ? AND id = ?',
    ...[`${BigInt(pool.contributed) + sum}`, `${BigInt(pool.backed) + coins}`, before === undefined ? 1 : 0],
    ...[pool.contract, pool.id],
  )
  setShare(tables, pool, contributor, sum)
  addTvl(tables, pool, { reported: sum, coins })
  addHeld(tables, pool, contributor, sum - (before ?? 0n))
}

/** The creator gets the whole sum, whatever of it came with coins. */
function distribute(_: ChainEvent, tables: OwnTables, pool: PoolRow): void {
  if (pool.status !== 'open') return
  setStatus(tables, pool, 'distributed')
  const sum = BigInt(pool.contributed)
  addTvl(tables, pool, { reported: -sum, coins: -sum })
  const shares = tables.all<{ account: string; amount: string }>(
    'SELECT account, amount FROM {share} WHERE contract = ? AND id = ?',
    ...[pool.contract, pool.id],
  )
  for (const { account, amount } of shares) addHeld(tables, pool, account, -BigInt(amount))
  tables.run("UPDATE {share} SET amount = '0' WHERE contract = ? AND id = ?", pool.contract, pool.id)
}

function cancel(_: ChainEvent, tables: OwnTables, pool: PoolRow): void {
  if (pool.status === 'open') setStatus(tables, pool, 'cancelled')
}

function refund(event: ChainEvent, tables: OwnTables, pool: PoolRow): void {
  const contributor = text(event, 'contributor')
  const sum = contributor && pool.status === 'cancelled' ? shareOf(tables, pool, contributor) : undefined
  if (!contributor || !sum) return
  setShare(tables, pool, contributor, 0n)
  addTvl(tables, pool, { reported: -sum, coins: -sum })
  addHeld(tables, pool, contributor, -sum)
}

function shareOf(tables: OwnTables, pool: PoolRow, account: string): bigint | undefined {
  const share = tables.get<{ amount: string }>(
    'SELECT amount FROM {share} WHERE contract = ? AND id = ? AND account = ?',
    ...[pool.contract, pool.id, account],
  )
  return share && BigInt(share.amount)
}

function setShare(tables: OwnTables, pool: PoolRow, account: string, sum: bigint): void {
  tables.run('INSERT OR REPLACE INTO {share} VALUES (?, ?, ?, ?)', pool.contract, pool.id, account, `${sum}`)
}

function setStatus(tables: OwnTables, pool: PoolRow, status: PoolRow['status']): void {
  tables.run('UPDATE {pool} SET status = ? WHERE contract = ? AND id = ?', status, pool.contract, pool.id)
}
