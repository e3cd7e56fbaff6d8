/** Groups: pools that many contribute to. The sums are what contributors say: what they paid in is not checked. */
import type { Coin } from '../coins.ts'
import {
  type Contract,
  ensure,
  entities,
  type Invocation,
  u64 as idKey,
  item,
  map,
  type Response,
  stamp,
  uint,
  validAddress,
} from './contract.ts'
import { coin, optional, type Read, string, struct, u32, u64, variants } from './serde.ts'

const InstantiateMsg = struct({
  admin: optional(string),
  default_denom: string,
  max_participants: optional(u32),
})
const CreatePool = struct({
  target: coin,
  max_participants: optional(u32),
  memo: optional(string),
  expiry_ts: optional(u64),
})
const Contribute = struct({ pool_id: u64, amount: coin })
const OfPool = struct({ pool_id: u64 })
const ExecuteMsg = variants({
  create_pool: CreatePool,
  contribute: Contribute,
  distribute: OfPool,
  cancel_pool: OfPool,
  refund_contribution: OfPool,
})
const QueryMsg = variants({
  config: struct({}),
  get_pool: struct({ id: u64 }),
  list_contributions: struct({ pool_id: u64, start_after: optional(string), limit: optional(u32) }),
  list_pools: struct({ start_after: optional(u64), limit: optional(u32) }),
})

interface Pool {
  id: number
  creator: string
  target: Coin
  /** Never falls: not by cancelling, refunds or distribution. */
  current: string
  participants: string[]
  memo: string | null
  created_at: number
  expiry_ts: number | null
  distributed: boolean
  cancelled: boolean
}

const CONFIG = item<{ admin: string; default_denom: string; max_participants: number }>('config')
const POOLS = entities<Pool>('pools', 'next_pool_id', 'seimoney_groups::state::Pool')
/** By pool and contributor: another contribution of the same overwrites the one before. */
const CONTRIBUTIONS = map<{ contributor: string; amount: string; contributed_at: number }>('contributions')

/** seimoney-groups. */
export const groups: Contract = {
  instantiate({ store, sender, prefix }, message) {
    const { admin, default_denom, max_participants } = InstantiateMsg(message, 'seimoney_groups::msg::InstantiateMsg')
    const owner = admin === null ? sender : validAddress(admin, prefix)
    CONFIG.save(store, { admin: owner, default_denom, max_participants: max_participants ?? 100 })
    POOLS.begin(store)
    stamp(store, 'seimoney-groups')
  },

  execute(call, message) {
    const order = ExecuteMsg(message, 'seimoney_groups::msg::ExecuteMsg')
    if ('create_pool' in order) return create(call, order.create_pool)
    if ('contribute' in order) return contribute(call, order.contribute)
    if ('distribute' in order) return distribute(call, order.distribute.pool_id)
    if ('cancel_pool' in order) return cancel(call, order.cancel_pool.pool_id)
    return refund(call, order.refund_contribution.pool_id)
  },

  query({ store, prefix }, message) {
    const question = QueryMsg(message, 'seimoney_groups::msg::QueryMsg')
    if ('config' in question) return CONFIG.load(store)
    if ('get_pool' in question) return POOLS.load(store, question.get_pool.id)
    if ('list_pools' in question) {
      return POOLS.page(store, question.list_pools.start_after, question.list_pools.limit ?? 30)
    }
    // The contract ranges over the contributions of all pools; `pool_id` only counts together with `start_after`.
    const { pool_id, start_after, limit } = question.list_contributions
    const bound = start_after === null ? undefined : [idKey(pool_id), validAddress(start_after, prefix)]
    return CONTRIBUTIONS.range(store, bound).slice(0, limit ?? 30)
  },

  lastId: POOLS.lastId,
}

function create({ store, sender, now }: Invocation, { target, memo, expiry_ts }: Read<typeof CreatePool>): Response {
  ensure(target.denom === CONFIG.load(store).default_denom && target.amount !== '0', 'Invalid contribution amount')
  ensure(expiry_ts === null || expiry_ts > now, 'Pool expired')
  const { id } = POOLS.add(store, (id) => ({
    id,
    creator: sender,
    target,
    current: '0',
    participants: [],
    memo,
    created_at: now,
    expiry_ts,
    distributed: false,
    cancelled: false,
  }))
  const attributes: [string, string][] = [
    ['id', `${id}`],
    ['creator', sender],
    ['target_amount', target.amount],
    ['target_denom', target.denom],
  ]
  if (memo !== null) attributes.push(['memo', memo])
  return { action: 'create_pool', event: { name: 'create_pool', attributes } }
}

function contribute({ store, sender, now }: Invocation, { pool_id, amount }: Read<typeof Contribute>): Response {
  const { default_denom, max_participants } = CONFIG.load(store)
  const pool = activePool(store, pool_id)
  ensure(pool.expiry_ts === null || pool.expiry_ts > now, 'Pool expired')
  ensure(amount.denom === default_denom && amount.amount !== '0', 'Invalid contribution amount')
  ensure(BigInt(pool.current) < BigInt(pool.target.amount), 'Target amount reached')
  ensure(pool.participants.length < max_participants, 'Pool is full')
  const contribution = { contributor: sender, amount: amount.amount, contributed_at: now }
  CONTRIBUTIONS.save(store, contribution, idKey(pool_id), sender)
  POOLS.save(store, pool_id, {
    ...pool,
    current: uint(BigInt(pool.current) + BigInt(amount.amount)),
    participants: pool.participants.includes(sender) ? pool.participants : [...pool.participants, sender],
  })
  return {
    action: 'contribute',
    event: { name: 'contribute', attributes: ofPool(pool_id, 'contributor', sender, 'amount', amount) },
  }
}

function distribute({ store, sender }: Invocation, pool_id: number): Response {
  const pool = ownPool(store, pool_id, sender)
  ensure(BigInt(pool.current) >= BigInt(pool.target.amount), 'Invalid pool state')
  POOLS.save(store, pool_id, { ...pool, distributed: true })
  const coin = { denom: pool.target.denom, amount: pool.current }
  return {
    action: 'distribute',
    event: { name: 'distribute', attributes: ofPool(pool_id, 'creator', sender, 'total_amount', coin) },
    pay: { to: sender, coin },
  }
}

function cancel({ store, sender, now }: Invocation, pool_id: number): Response {
  const pool = ownPool(store, pool_id, sender)
  ensure(pool.expiry_ts === null || pool.expiry_ts <= now, 'Pool not expired yet')
  POOLS.save(store, pool_id, { ...pool, cancelled: true })
  const attributes: [string, string][] = [
    ['pool_id', `${pool_id}`],
    ['creator', sender],
  ]
  return { action: 'cancel_pool', event: { name: 'cancel_pool', attributes } }
}

function refund({ store, sender }: Invocation, pool_id: number): Response {
  const pool = POOLS.load(store, pool_id, 'Pool not found')
  ensure(pool.cancelled, 'Invalid pool state')
  const contribution = CONTRIBUTIONS.load(store, idKey(pool_id), sender)
  ensure(contribution !== undefined, 'Invalid contribution amount')
  CONTRIBUTIONS.remove(store, idKey(pool_id), sender)
  const coin = { denom: pool.target.denom, amount: contribution.amount }
  return {
    action: 'refund_contribution',
    event: { name: 'refund_contribution', attributes: ofPool(pool_id, 'contributor', sender, 'amount', coin) },
    pay: { to: sender, coin },
  }
}

function activePool(store: Invocation['store'], pool_id: number): Pool {
  const pool = POOLS.load(store, pool_id, 'Pool not found')
  ensure(!pool.distributed, 'Pool already distributed')
  ensure(!pool.cancelled, 'Pool already cancelled')
  return pool
}

function ownPool(store: Invocation['store'], pool_id: number, sender: string): Pool {
  ensure(POOLS.load(store, pool_id, 'Pool not found').creator === sender, 'Unauthorized')
  return activePool(store, pool_id)
}

function ofPool(pool_id: number, role: string, who: string, sum: string, { amount, denom }: Coin): [string, string][] {
  return [
    ['pool_id', `${pool_id}`],
    [role, who],
    [sum, amount],
    ['denom', denom],
  ]
}
