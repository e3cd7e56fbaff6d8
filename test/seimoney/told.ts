/** What events can tell of SeiMoney's contracts: in their answers to smart queries, and in our tables. */
import type { Tables } from '../../src/events/app.ts'
import type { AliasRow } from '../../src/seimoney/projections/aliases.ts'
import type { CaseRow } from '../../src/seimoney/projections/escrow.ts'
import type { PoolRow } from '../../src/seimoney/projections/groups.ts'
import type { PotRow } from '../../src/seimoney/projections/pots.ts'
import type { TransferRow } from '../../src/seimoney/projections/transfers.ts'
import type { VaultRow } from '../../src/seimoney/projections/vaults.ts'

export interface Coin {
  denom: string
  amount: string
}
export interface TransferAnswer {
  id: number
  sender: string
  recipient: string
  amount: Coin
  status: string
}
export interface PoolAnswer {
  id: number
  creator: string
  target: Coin
  current: string
  participants: string[]
  distributed: boolean
  cancelled: boolean
}
export interface PotAnswer {
  id: number
  owner: string
  goal: Coin
  current: string
  label: string | null
  closed: boolean
  broken: boolean
}
export interface VaultAnswer {
  id: number
  label: string
  denom: string
  strategy: string | object
  tvl: string
  total_shares: string
}
export interface PositionAnswer {
  vault_id: number
  address: string
  shares: string
  value: string
}
interface AliasAnswer {
  username: string
  address: string
}
interface CaseAnswer {
  id: number
  parties: string[]
  amount: Coin
  model: { multi_sig?: { threshold: number } }
  status: string
  approvals: string[]
  dispute_reason: string | null
  resolution: unknown
}

type Query = Readonly<Record<string, Record<string, unknown>>>

/** The part of an answer that events tell; undefined when the query is about no entity. */
export function toldBy(query: Query, answer: unknown): unknown {
  const [[name] = ['']] = Object.entries(query)
  const read = TOLD[name]
  return read?.(answer)
}

const TOLD: Readonly<Record<string, (answer: unknown) => unknown>> = {
  get_transfer: (answer) => {
    const { id, sender, recipient, amount, status } = answer as TransferAnswer
    return { id, sender, recipient, amount, status }
  },
  get_pool: (answer) => {
    const { id, creator, target, current, participants, distributed, cancelled } = answer as PoolAnswer
    return { id, creator, target, current, participants: participants.toSorted(), distributed, cancelled }
  },
  get_pot: (answer) => {
    const { id, owner, goal, current, label, closed, broken } = answer as PotAnswer
    return { id, owner, goal, current, label: label === null ? null : asInEvents(label), closed, broken }
  },
  get_vault: (answer) => {
    const { id, label, denom, strategy, tvl, total_shares } = answer as VaultAnswer
    const name = typeof strategy === 'string' ? strategy : Object.keys(strategy)[0]!
    return { id, label: asInEvents(label), denom, strategy: name, tvl, total_shares }
  },
  user_position: (answer) => {
    const { vault_id, address, shares, value } = answer as PositionAnswer
    return { vault_id, address, shares, value }
  },
  resolve: (answer) => aliasOf(answer),
  reverse_lookup: (answer) => aliasOf(answer),
  get_case: (answer) => {
    const { id, parties, amount, model, status, approvals, dispute_reason, resolution } = answer as CaseAnswer
    return {
      ...{ id, parties, amount, status: model.multi_sig || status !== 'approved' ? status : 'open', approvals },
      dispute_reason: dispute_reason === null ? null : asInEvents(dispute_reason),
      resolved: resolution !== null,
    }
  },
}

/** The same from our tables; undefined when there is none. */
export function shownBy(tables: Tables, contract: string, query: Query): unknown {
  const [[name, about] = ['', {}]] = Object.entries(query)
  return SHOWN[name]?.(tables, contract, about as { id: number; vault_id: number; address: string; username: string })
}

type About = { id: number; vault_id: number; address: string; username: string }

const SHOWN: Readonly<Record<string, (tables: Tables, contract: string, about: About) => unknown>> = {
  get_transfer: (tables, contract, { id }) => {
    const row = one<TransferRow>(tables, 'transfers.transfer', contract, id)
    if (!row) return undefined
    const { sender, recipient, amount, denom, status } = row
    return { id, sender, recipient, amount: { denom, amount }, status: status[0]!.toUpperCase() + status.slice(1) }
  },
  get_pool: (tables, contract, { id }) => {
    const row = one<PoolRow>(tables, 'groups.pool', contract, id)
    if (!row) return undefined
    const members = tables.all<{ account: string }>(
      'SELECT account FROM {groups.share} WHERE contract = ? AND id = ?',
      ...[contract, id],
    )
    const participants = members.map(({ account }) => account).toSorted()
    if (participants.length !== row.contributors) throw new Error(`pool ${id} counts ${row.contributors} contributors`)
    return {
      ...{ id, creator: row.creator, target: { denom: row.denom, amount: row.target }, current: row.contributed },
      ...{ participants, distributed: row.status === 'distributed', cancelled: row.status === 'cancelled' },
    }
  },
  get_pot: (tables, contract, { id }) => {
    const row = one<PotRow>(tables, 'pots.pot', contract, id)
    if (!row) return undefined
    const { owner, goal, denom, current, label, status } = row
    const goalCoin = { denom, amount: goal }
    return { id, owner, goal: goalCoin, current, label, closed: status === 'closed', broken: status === 'broken' }
  },
  get_vault: (tables, contract, { id }) => {
    const row = one<VaultRow>(tables, 'vaults.vault', contract, id)
    if (!row) return undefined
    const { label, denom, strategy, tvl, shares } = row
    return { id, label, denom, strategy: strategy?.toLowerCase(), tvl, total_shares: shares }
  },
  user_position: (tables, contract, { vault_id, address }) => {
    const vault = one<VaultRow>(tables, 'vaults.vault', contract, vault_id)
    if (!vault) return undefined
    const position = tables.get<{ shares: string }>(
      'SELECT shares FROM {vaults.position} WHERE contract = ? AND id = ? AND account = ?',
      ...[contract, vault_id, address],
    )
    const [shares, all] = [BigInt(position?.shares ?? 0), BigInt(vault.shares)]
    const value = all === 0n ? 0n : (shares * BigInt(vault.tvl)) / all
    return { vault_id, address, shares: `${shares}`, value: `${value}` }
  },
  resolve: (tables, contract, { username }) => {
    const row = tables.get<AliasRow>(
      'SELECT * FROM {aliases.alias} WHERE contract = ? AND username = ?',
      ...[contract, username],
    )
    return row && { username, address: row.account }
  },
  reverse_lookup: (tables, contract, { address }) => {
    const row = tables.get<AliasRow>(
      'SELECT * FROM {aliases.alias} WHERE contract = ? AND account = ?',
      ...[contract, address],
    )
    return row && { username: row.username, address }
  },
  get_case: (tables, contract, { id }) => {
    const row = one<CaseRow>(tables, 'escrow.cases', contract, id)
    if (!row) return undefined
    const { parties, amount, denom, status, approvals, reason, decision } = row
    return {
      ...{ id, parties: parties.split(','), amount: { denom, amount }, status },
      ...{ approvals: approvals ? approvals.split(',') : [], dispute_reason: reason, resolved: decision !== null },
    }
  },
}

/** What every contributor would get back, `<pool>/<account>` → amount, by the contract's raw state and what pools say. */
export function refundable(
  models: readonly { key: string; value: string }[],
  pools: readonly PoolAnswer[],
): Record<string, string> {
  const open = new Set(pools.filter(({ distributed }) => !distributed).map(({ id }) => id))
  const shares = models.flatMap(({ key, value }) => {
    const bytes = Buffer.from(key, 'hex')
    const prefix = Buffer.from('\0\rcontributions\0\x08', 'latin1')
    if (!bytes.subarray(0, prefix.length).equals(prefix)) return []
    const pool = Number(bytes.readBigUInt64BE(prefix.length))
    const { contributor, amount } = JSON.parse(value) as { contributor: string; amount: string }
    return open.has(pool) ? [[`${pool}/${contributor}`, amount] as const] : []
  })
  return Object.fromEntries(shares)
}

/** The same from our tables. */
export function sharesShown(tables: Tables, contract: string): Record<string, string> {
  const rows = tables.all<{ id: number; account: string; amount: string }>(
    "SELECT id, account, amount FROM {groups.share} WHERE contract = ? AND amount != '0'",
    contract,
  )
  return Object.fromEntries(rows.map(({ id, account, amount }) => [`${id}/${account}`, amount]))
}

function one<Row extends object>(tables: Tables, table: string, contract: string, id: number): Row | undefined {
  return tables.get<Row>(`SELECT * FROM {${table}} WHERE contract = ? AND id = ?`, contract, id)
}

function aliasOf(answer: unknown): AliasAnswer {
  const { username, address } = answer as AliasAnswer
  return { username, address }
}

/** Rust's `trim`: the chain cuts white space off attribute values. */
function asInEvents(text: string): string {
  return text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '')
}
