/** Pots: savings towards a goal, which anybody may pay into. What is deposited is what the message says. */
import type { Coin } from '../coins.ts'
import {
  type Contract,
  ensure,
  entities,
  type Invocation,
  item,
  map,
  type Response,
  stamp,
  uint,
  validAddress,
} from './contract.ts'
import { coin, optional, type Read, string, struct, u32, u64, variants } from './serde.ts'

const InstantiateMsg = struct({ admin: optional(string), default_denom: string })
const OpenPot = struct({ goal: coin, label: optional(string) })
const DepositPot = struct({ pot_id: u64, amount: coin })
const OfPot = struct({ pot_id: u64 })
const ExecuteMsg = variants({ open_pot: OpenPot, deposit_pot: DepositPot, break_pot: OfPot, close_pot: OfPot })
const page = { start_after: optional(u64), limit: optional(u32) }
const QueryMsg = variants({
  config: struct({}),
  get_pot: struct({ id: u64 }),
  list_pots_by_owner: struct({ owner: string, ...page }),
  list_all_pots: struct(page),
})

interface Pot {
  id: number
  owner: string
  goal: Coin
  /** Stays as it is when the pot is broken or closed. */
  current: string
  label: string | null
  created_at: number
  closed: boolean
  broken: boolean
}

const CONFIG = item<{ admin: string; default_denom: string }>('config')
const POTS = entities<Pot>('pots', 'next_pot_id', 'seimoney_pots::state::Pot')
const OWNER_POTS = map<number[]>('owner_pots')

/** seimoney-pots. */
export const pots: Contract = {
  instantiate({ store, sender, prefix }, message) {
    const { admin, default_denom } = InstantiateMsg(message, 'seimoney_pots::msg::InstantiateMsg')
    CONFIG.save(store, { admin: admin === null ? sender : validAddress(admin, prefix), default_denom })
    POTS.begin(store)
    stamp(store, 'seimoney-pots')
  },

  execute(call, message) {
    const order = ExecuteMsg(message, 'seimoney_pots::msg::ExecuteMsg')
    if ('open_pot' in order) return open(call, order.open_pot)
    if ('deposit_pot' in order) return deposit(call, order.deposit_pot)
    return 'break_pot' in order ? breakPot(call, order.break_pot.pot_id) : close(call, order.close_pot.pot_id)
  },

  query({ store, prefix }, message) {
    const question = QueryMsg(message, 'seimoney_pots::msg::QueryMsg')
    if ('config' in question) return CONFIG.load(store)
    if ('get_pot' in question) return POTS.load(store, question.get_pot.id)
    if ('list_all_pots' in question) {
      const { start_after, limit } = question.list_all_pots
      return POTS.page(store, start_after, limit ?? 30)
    }
    const { owner, start_after, limit } = question.list_pots_by_owner
    const ids = OWNER_POTS.load(store, validAddress(owner, prefix)) ?? []
    const listed = ids.filter((id) => id > (start_after ?? 0)).slice(0, limit ?? 30)
    return listed.map((id) => POTS.load(store, id))
  },

  lastId: POTS.lastId,
}

function open({ store, sender, now }: Invocation, { goal, label }: Read<typeof OpenPot>): Response {
  ensure(goal.denom === CONFIG.load(store).default_denom, 'Invalid denom')
  ensure(goal.amount !== '0', 'Invalid goal amount')
  const { id } = POTS.add(store, (id) => ({
    id,
    owner: sender,
    goal,
    current: '0',
    label,
    created_at: now,
    closed: false,
    broken: false,
  }))
  OWNER_POTS.save(store, [...(OWNER_POTS.load(store, sender) ?? []), id], sender)
  const attributes: [string, string][] = [
    ['id', `${id}`],
    ['owner', sender],
    ['goal_amount', goal.amount],
    ['goal_denom', goal.denom],
  ]
  if (label !== null) attributes.push(['label', label])
  return { action: 'open_pot', event: { name: 'open_pot', attributes } }
}

function deposit({ store }: Invocation, { pot_id, amount }: Read<typeof DepositPot>): Response {
  const { default_denom } = CONFIG.load(store)
  const pot = livePot(store, pot_id)
  ensure(amount.denom === default_denom, 'Invalid denom')
  ensure(amount.amount !== '0', 'Invalid deposit amount')
  POTS.save(store, pot_id, { ...pot, current: uint(BigInt(pot.current) + BigInt(amount.amount)) })
  return { action: 'deposit_pot', event: { name: 'deposit_pot', attributes: ofPot(pot, 'amount', amount) } }
}

function breakPot({ store, sender }: Invocation, pot_id: number): Response {
  const pot = ownPot(store, pot_id, sender)
  ensure(pot.current !== '0', 'Pot is empty')
  POTS.save(store, pot_id, { ...pot, broken: true })
  return payOut('break_pot', pot)
}

function close({ store, sender }: Invocation, pot_id: number): Response {
  const pot = ownPot(store, pot_id, sender)
  ensure(BigInt(pot.current) >= BigInt(pot.goal.amount), 'Goal not reached')
  POTS.save(store, pot_id, { ...pot, closed: true })
  return payOut('close_pot', pot)
}

function payOut(action: string, pot: Pot): Response {
  const coin = { denom: pot.goal.denom, amount: pot.current }
  return { action, event: { name: action, attributes: ofPot(pot, 'total_amount', coin) }, pay: { to: pot.owner, coin } }
}

function livePot(store: Invocation['store'], pot_id: number): Pot {
  const pot = POTS.load(store, pot_id, 'Pot not found')
  ensure(!pot.closed, 'Pot already closed')
  ensure(!pot.broken, 'Pot already broken')
  return pot
}

function ownPot(store: Invocation['store'], pot_id: number, sender: string): Pot {
  ensure(POTS.load(store, pot_id, 'Pot not found').owner === sender, 'Unauthorized')
  return livePot(store, pot_id)
}

/** `owner` is the pot's, whoever deposits. */
function ofPot({ id, owner }: Pot, sum: string, { amount, denom }: Coin): [string, string][] {
  return [
    ['pot_id', `${id}`],
    ['owner', owner],
    [sum, amount],
    ['denom', denom],
  ]
}
