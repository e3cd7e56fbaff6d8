/** Vaults: shares of a sum. A harvest adds nothing to the sum, so the price of a share stays what it was. */
import type { OwnTables, Projection } from '../../events/app.ts'
import type { ChainEvent } from '../../events/types.ts'
import { type Earning, heldSeconds } from './earning.ts'
import { amount, backedPart, id, seconds, text, userText } from './fields.ts'
import { addTvl, SUMS } from './sums.ts'

export interface VaultRow extends Earning {
  contract: string
  id: number
  label: string | null
  denom: string
  strategy: string | null
  /** What came in with coins less what was paid out. */
  coins: string
  shares: string
  /** Accounts that hold shares. */
  depositors: number
}

const EARNING = 'tvl TEXT NOT NULL, held_seconds TEXT NOT NULL, yielded TEXT NOT NULL, at INTEGER NOT NULL'

/** `earning`: all vaults of a denom together; `position`: who holds how many shares, above 0. */
export const vaults: Projection = {
  version: 1,
  tables: {
    tvl: SUMS.tvl,
    vault: `contract TEXT NOT NULL, id INTEGER NOT NULL, label TEXT, denom TEXT NOT NULL, strategy TEXT,
      coins TEXT NOT NULL, shares TEXT NOT NULL, depositors INTEGER NOT NULL, ${EARNING}, PRIMARY KEY (contract, id)`,
    position: `contract TEXT NOT NULL, id INTEGER NOT NULL, account TEXT NOT NULL, shares TEXT NOT NULL,
      PRIMARY KEY (contract, id, account)`,
    earning: `contract TEXT NOT NULL, denom TEXT NOT NULL, ${EARNING}, PRIMARY KEY (contract, denom)`,
  },
  indexes: { position: ['account'] },
  apply(event, tables) {
    if (event.type === 'vault_created') return create(event, tables)
    if (!['vault_deposited', 'vault_withdrawn', 'vault_harvested'].includes(event.type)) return
    const number = id(event, 'vault_id')
    if (number === undefined) return
    const vault = tables.get<VaultRow>(
      'SELECT * FROM {vault} WHERE contract = ? AND id = ?',
      ...[event.contractAddress, number],
    )
    if (!vault) return
    if (event.type === 'vault_harvested') harvest(event, tables, vault)
    else move(event, tables, vault, event.type === 'vault_deposited' ? 1n : -1n)
  },
}

function create(event: ChainEvent, tables: OwnTables): void {
  const [number, denom] = [id(event, 'id'), text(event, 'denom')]
  if (number === undefined || !denom) return
  tables.run(
    'INSERT OR IGNORE INTO {vault} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ...[event.contractAddress, number, userText(event, 'label'), denom, userText(event, 'strategy'), '0', '0', 0],
    ...['0', '0', '0', seconds(event.timestamp)],
  )
}

/** `sign`: 1 into the vault, −1 out of it. */
function move(event: ChainEvent, tables: OwnTables, vault: VaultRow, sign: 1n | -1n): void {
  const [user, sum, shares] = [text(event, 'user'), amount(event, 'amount'), amount(event, 'shares')]
  if (!user || sum === undefined || shares === undefined) return
  const held = sharesOf(tables, vault, user)
  const [tvl, all, mine] = [BigInt(vault.tvl) + sign * sum, BigInt(vault.shares) + sign * shares, held + sign * shares]
  if (tvl < 0n || all < 0n || mine < 0n) return // the contract refuses it
  const coins = sign === 1n ? backedPart(event, sum) : -sum
  const depositors = vault.depositors + Number(mine > 0n) - Number(held > 0n)
  tables.run(
    `UPDATE {vault} SET tvl = ?, coins = ?, shares = ?, depositors = ?, held_seconds = ?, at = ?
       WHERE contract = ? AND id = ?`,
    ...[`${tvl}`, `${BigInt(vault.coins) + coins}`, `${all}`, depositors],
    ...[`${heldSeconds(vault, event.timestamp)}`, later(vault, event), vault.contract, vault.id],
  )
  setShares(tables, vault, user, mine)
  addTvl(tables, vault, { reported: sign * sum, coins })
  earn(event, tables, vault, { tvl: sign * sum, yielded: 0n })
}

function harvest(event: ChainEvent, tables: OwnTables, vault: VaultRow): void {
  const sum = amount(event, 'yield_amount')
  if (!sum) return
  tables.run(
    'UPDATE {vault} SET yielded = ? WHERE contract = ? AND id = ?',
    ...[`${BigInt(vault.yielded) + sum}`, vault.contract, vault.id],
  )
  earn(event, tables, vault, { tvl: 0n, yielded: sum })
}

function earn(
  event: ChainEvent,
  tables: OwnTables,
  { contract, denom }: VaultRow,
  change: { tvl: bigint; yielded: bigint },
): void {
  const known = tables.get<Earning>('SELECT * FROM {earning} WHERE contract = ? AND denom = ?', contract, denom)
  const before = known ?? { tvl: '0', held_seconds: '0', yielded: '0', at: seconds(event.timestamp) }
  tables.run(
    'INSERT OR REPLACE INTO {earning} VALUES (?, ?, ?, ?, ?, ?)',
    ...[contract, denom, `${BigInt(before.tvl) + change.tvl}`, `${heldSeconds(before, event.timestamp)}`],
    ...[`${BigInt(before.yielded) + change.yielded}`, later(before, event)],
  )
}

const later = ({ at }: Earning, { timestamp }: ChainEvent): number => Math.max(at, seconds(timestamp))

function sharesOf(tables: OwnTables, vault: VaultRow, account: string): bigint {
  const position = tables.get<{ shares: string }>(
    'SELECT shares FROM {position} WHERE contract = ? AND id = ? AND account = ?',
    ...[vault.contract, vault.id, account],
  )
  return BigInt(position?.shares ?? 0)
}

function setShares(tables: OwnTables, { contract, id }: VaultRow, account: string, shares: bigint): void {
  if (shares > 0n)
    tables.run('INSERT OR REPLACE INTO {position} VALUES (?, ?, ?, ?)', contract, id, account, `${shares}`)
  else tables.run('DELETE FROM {position} WHERE contract = ? AND id = ? AND account = ?', contract, id, account)
}
