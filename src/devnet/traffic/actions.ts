/** What users do with SeiMoney, each with how often. An action that finds nothing to do answers undefined. */
import { DENOM } from './genesis.ts'
import type { Step, Turn } from './turn.ts'

export type Action = (turn: Turn) => Step | undefined

interface Transfer {
  id: number
  sender: string
  recipient: string
  status: string
}
interface Pool {
  id: number
  creator: string
  target: { amount: string }
  current: string
  distributed: boolean
  cancelled: boolean
  participants: string[]
}
interface Pot {
  id: number
  owner: string
  goal: { amount: string }
  current: string
  closed: boolean
  broken: boolean
}
interface Case {
  id: number
  parties: string[]
  status: string
  approvals: string[]
}

/** Of the deposits, those that only claim to bring coins: the contracts do not look. */
const UNBACKED = 0.15
const VAULTS = 8
const MEMOS = [
  'rent',
  'trip to Busan',
  'кофе ☕',
  '割り勘',
  'O’Brien & co <b>',
  '"quoted" \\ back',
  '  spaced  ',
] as const

/** It takes no more, and can be distributed. */
const isFull = ({ current, target }: Pool): boolean => BigInt(current) >= BigInt(target.amount)

const funds = (turn: Turn, amount: string): string | undefined => (turn.chance(UNBACKED) ? undefined : amount)

const createTransfer: Action = (turn) => {
  const coin = turn.coin()
  const remark = turn.chance(0.5) ? turn.pick(MEMOS) : null
  const create_transfer = { recipient: turn.user(), amount: coin, remark, expiry_ts: null }
  return turn.say('payments', turn.user(), { create_transfer }, coin.amount)
}

const settleTransfer: Action = (turn) => {
  const transfer = turn.entity<Transfer>('payments', 'get_transfer')
  if (transfer?.status !== 'Open') return undefined
  const { id, sender, recipient } = transfer
  turn.settle('payments', id)
  if (turn.chance(0.8)) return turn.say('payments', recipient, { claim_transfer: { id } })
  return turn.say('payments', sender, { refund_transfer: { id } })
}

const createPool: Action = (turn) => {
  const memo = turn.chance(0.6) ? turn.pick(MEMOS) : null
  const create_pool = { target: turn.coin(), max_participants: null, memo, expiry_ts: null }
  return turn.say('groups', turn.user(), { create_pool })
}

const contribute: Action = (turn) => {
  const pool = turn.entity<Pool>('groups', 'get_pool')
  if (!pool || pool.distributed || pool.cancelled || isFull(pool)) return undefined
  const coin = turn.coin()
  const contribute = { pool_id: pool.id, amount: coin }
  return turn.say('groups', turn.user(), { contribute }, funds(turn, coin.amount))
}

const finishPool: Action = (turn) => {
  const pool = turn.entity<Pool>('groups', 'get_pool')
  if (!pool || pool.distributed) return undefined
  const { id: pool_id, creator, participants, cancelled } = pool
  turn.settle('groups', pool_id)
  if (cancelled) {
    const [first] = participants
    return first === undefined ? undefined : turn.say('groups', first, { refund_contribution: { pool_id } })
  }
  if (isFull(pool)) return turn.say('groups', creator, { distribute: { pool_id } })
  return turn.chance(0.2) ? turn.say('groups', creator, { cancel_pool: { pool_id } }) : undefined
}

const openPot: Action = (turn) => {
  const label = turn.chance(0.7) ? turn.pick(MEMOS) : null
  return turn.say('pots', turn.user(), { open_pot: { goal: turn.coin(), label } })
}

const depositPot: Action = (turn) => {
  const pot = turn.entity<Pot>('pots', 'get_pot')
  if (!pot || pot.closed || pot.broken) return undefined
  const coin = turn.coin()
  const sender = turn.chance(0.7) ? pot.owner : turn.user()
  return turn.say('pots', sender, { deposit_pot: { pot_id: pot.id, amount: coin } }, funds(turn, coin.amount))
}

const finishPot: Action = (turn) => {
  const pot = turn.entity<Pot>('pots', 'get_pot')
  if (!pot || pot.closed || pot.broken || pot.current === '0') return undefined
  turn.settle('pots', pot.id)
  const full = BigInt(pot.current) >= BigInt(pot.goal.amount)
  return turn.say('pots', pot.owner, { [full ? 'close_pot' : 'break_pot']: { pot_id: pot.id } })
}

const createVault: Action = (turn) => {
  if (turn.lastId('vaults') >= VAULTS) return undefined
  const create_vault = { label: `vault ${turn.below(1_000)}`, denom: DENOM, strategy: 'balanced', fee_bps: 100 }
  const [admin = ''] = turn.users
  return turn.say('vaults', admin, { create_vault })
}

const depositVault: Action = (turn) => {
  if (turn.lastId('vaults') === 0) return undefined
  const vault_id = 1 + turn.below(turn.lastId('vaults'))
  const coin = turn.coin()
  return turn.say('vaults', turn.user(), { deposit: { vault_id, amount: coin } }, funds(turn, coin.amount))
}

const withdrawVault: Action = (turn) => {
  const [vault_id, address] = [1 + turn.below(Math.max(1, turn.lastId('vaults'))), turn.user()]
  const position = turn.ask<{ shares: string }>('vaults', { user_position: { vault_id, address } })
  const held = BigInt(position?.shares ?? 0)
  if (held < 10n) return undefined
  return turn.say('vaults', address, { withdraw: { vault_id, shares: `${held / BigInt(2 + turn.below(8))}` } })
}

const runVault: Action = (turn) => {
  if (turn.lastId('vaults') === 0) return undefined
  const vault_id = 1 + turn.below(turn.lastId('vaults'))
  const [admin = ''] = turn.users
  if (turn.chance(0.5)) return turn.say('vaults', admin, { harvest: { vault_id } })
  const legs = [
    { protocol: 'staking', weight_bps: 6_000, target_amount: '6000' },
    { protocol: 'cash', weight_bps: 4_000, target_amount: '4000' },
  ]
  return turn.say('vaults', admin, { rebalance: { vault_id, plan: { legs } } })
}

const useAlias: Action = (turn) => {
  const address = turn.user()
  const username = `user_${turn.below(1_000_000)}`
  const known = turn.ask<{ username: string }>('alias', { reverse_lookup: { address } })
  if (!known) return turn.say('alias', address, { register: { username } })
  if (turn.chance(0.7)) return turn.say('alias', address, { update: { username } })
  return turn.say('alias', address, { unregister: {} })
}

const openCase: Action = (turn) => {
  const parties = [...new Set([turn.user(), turn.user(), turn.user()])]
  if (parties.length < 2) return undefined
  const coin = turn.coin()
  const open_case = { parties, amount: coin, model: { multi_sig: { threshold: 2 } }, expiry_ts: null, remark: 'escrow' }
  return turn.say('risk_escrow', turn.user(), { open_case }, funds(turn, coin.amount))
}

const goOnWithCase: Action = (turn) => {
  const found = turn.entity<Case>('risk_escrow', 'get_case')
  if (!found || (found.status === 'resolved' && turn.chance(0.5))) return undefined
  const { id: case_id, parties, approvals, status } = found
  turn.settle('risk_escrow', case_id)
  const approver = parties.find((party) => !approvals.includes(party))
  const [admin = ''] = turn.users
  if (status === 'resolved') {
    if (turn.chance(0.5)) return turn.say('risk_escrow', admin, { refund: { case_id } })
    return turn.say('risk_escrow', admin, { release: { case_id, to: turn.pick(parties), share_bps: 5_000 } })
  }
  if (status === 'disputed') return turn.say('risk_escrow', admin, { resolve: { case_id, decision: 'refund' } })
  if (approver === undefined || status !== 'open' || turn.chance(0.3))
    return turn.say('risk_escrow', turn.pick(parties), { dispute: { case_id, reason: turn.pick(MEMOS) } })
  return turn.say('risk_escrow', approver, { approve: { case_id } })
}

/** Somebody else's transfer, a pot of another, a method that is not there. */
const fail: Action = (turn) => {
  const sender = turn.user()
  if (turn.chance(0.3)) return turn.say('pots', sender, { no_such_method: {} })
  if (turn.chance(0.5)) return turn.say('payments', sender, { claim_transfer: { id: 1_000_000_000 } })
  const pot = turn.entity<Pot>('pots', 'get_pot')
  return turn.say('pots', sender, { break_pot: { pot_id: pot && pot.owner !== sender ? pot.id : 1_000_000_000 } })
}

const bankSend: Action = (turn) => ({
  sender: turn.user(),
  message: { to: turn.user(), amount: `${turn.amount()}${DENOM}` },
})

/** How often of a hundred. */
export const ACTIONS: readonly (readonly [weight: number, action: Action])[] = [
  [26, createTransfer],
  [16, settleTransfer],
  [4, createPool],
  [9, contribute],
  [4, finishPool],
  [4, openPot],
  [9, depositPot],
  [2, finishPot],
  [2, createVault],
  [5, depositVault],
  [3, withdrawVault],
  [1, runVault],
  [2, useAlias],
  [2, openCase],
  [6, goOnWithCase],
  [3, fail],
  [2, bankSend],
]
