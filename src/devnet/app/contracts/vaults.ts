/** Vaults: shares of a sum that never earns anything. What is deposited is what the message says. */
import type { Coin } from '../coins.ts'
import {
  type Contract,
  type Env,
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
import { coin, list, optional, type Read, string, struct, u16, u32, u64, variants } from './serde.ts'

const AllocationPlan = struct({
  legs: list(
    struct({
      protocol: variants({ staking: null, lending: null, liquidity_pool: null, perps_hedge: null, cash: null }),
      weight_bps: u16,
      target_amount: string,
    }),
  ),
})
const StrategyConfig = variants({
  conservative: null,
  balanced: null,
  aggressive: null,
  custom: struct({ allocations: AllocationPlan }),
})
const InstantiateMsg = struct({ admin: optional(string), default_denom: string, max_fee_bps: optional(u16) })
const CreateVault = struct({ label: string, denom: string, strategy: StrategyConfig, fee_bps: optional(u16) })
const Deposit = struct({ vault_id: u64, amount: coin })
const Withdraw = struct({ vault_id: u64, shares: string })
const Rebalance = struct({ vault_id: u64, plan: AllocationPlan })
const ExecuteMsg = variants({
  create_vault: CreateVault,
  deposit: Deposit,
  withdraw: Withdraw,
  harvest: struct({ vault_id: u64 }),
  rebalance: Rebalance,
})
const QueryMsg = variants({
  config: struct({}),
  get_vault: struct({ id: u64 }),
  user_position: struct({ vault_id: u64, address: string }),
  list_vaults: struct({ start_after: optional(u64), limit: optional(u32) }),
})

interface Vault {
  id: number
  label: string
  denom: string
  strategy: Read<typeof StrategyConfig>
  fee_bps: number
  tvl: string
  total_shares: string
  created_at: number
  allocations: Read<typeof AllocationPlan>['legs']
}

const CONFIG = item<{ admin: string; default_denom: string; max_fee_bps: number }>('config')
const VAULTS = entities<Vault>('vaults', 'next_vault_id', 'seimoney_vaults::state::Vault')
/** Of the last deposit; only {@link VAULT_SHARES} adds up. */
const USER_POSITIONS = map<{ vault_id: number; address: string; shares: string; deposited_at: number }>(
  'user_positions',
)
const VAULT_SHARES = map<string>('vault_shares')

/** seimoney-vaults. */
export const vaults: Contract = {
  instantiate({ store, sender, prefix }, message) {
    const { admin, default_denom, max_fee_bps } = InstantiateMsg(message, 'seimoney_vaults::msg::InstantiateMsg')
    const owner = admin === null ? sender : validAddress(admin, prefix)
    CONFIG.save(store, { admin: owner, default_denom, max_fee_bps: max_fee_bps ?? 500 })
    VAULTS.begin(store)
    stamp(store, 'seimoney-vaults')
  },

  execute(call, message) {
    const order = ExecuteMsg(message, 'seimoney_vaults::msg::ExecuteMsg')
    if ('create_vault' in order) return create(call, order.create_vault)
    if ('deposit' in order) return deposit(call, order.deposit)
    if ('withdraw' in order) return withdraw(call, order.withdraw)
    return 'harvest' in order ? harvest(call, order.harvest.vault_id) : rebalance(call, order.rebalance)
  },

  query(env, message) {
    const { store } = env
    const question = QueryMsg(message, 'seimoney_vaults::msg::QueryMsg')
    if ('config' in question) return CONFIG.load(store)
    if ('get_vault' in question) return answer(VAULTS.load(store, question.get_vault.id))
    if ('user_position' in question) return position(env, question.user_position)
    const { start_after, limit } = question.list_vaults
    return VAULTS.page(store, start_after, limit ?? 30).map(answer)
  },

  lastId: VAULTS.lastId,
}

function create({ store, sender, now }: Invocation, order: Read<typeof CreateVault>): Response {
  const { label, denom, strategy } = order
  const { admin, max_fee_bps } = CONFIG.load(store)
  ensure(sender === admin, 'Unauthorized')
  const fee_bps = order.fee_bps ?? 100
  ensure(fee_bps <= max_fee_bps, 'Invalid fee')
  if (typeof strategy === 'object') checkPlan(strategy.custom.allocations)
  const { id } = VAULTS.add(store, (id) => ({
    id,
    label,
    denom,
    strategy,
    fee_bps,
    tvl: '0',
    total_shares: '0',
    created_at: now,
    allocations: [],
  }))
  const name = typeof strategy === 'object' ? 'custom' : strategy
  return {
    action: 'create_vault',
    event: {
      name: 'create_vault',
      attributes: [
        ['id', `${id}`],
        ['label', label],
        ['denom', denom],
        ['strategy', name[0]!.toUpperCase() + name.slice(1)],
      ],
    },
  }
}

function deposit({ store, sender, now }: Invocation, { vault_id, amount }: Read<typeof Deposit>): Response {
  const vault = VAULTS.load(store, vault_id, 'Vault not found')
  ensure(amount.denom === vault.denom, 'Invalid denom')
  ensure(amount.amount !== '0', 'Invalid amount')
  const paid = BigInt(amount.amount)
  const [tvl, total] = [BigInt(vault.tvl), BigInt(vault.total_shares)]
  const shares = total === 0n ? paid : BigInt(uint(paid * total)) / tvl
  VAULTS.save(store, vault_id, { ...vault, tvl: uint(tvl + paid), total_shares: uint(total + shares) })
  const last = { vault_id, address: sender, shares: `${shares}`, deposited_at: now }
  USER_POSITIONS.save(store, last, idKey(vault_id), sender)
  const held = BigInt(VAULT_SHARES.load(store, idKey(vault_id), sender) ?? 0)
  VAULT_SHARES.save(store, uint(held + shares), idKey(vault_id), sender)
  return {
    action: 'deposit_vault',
    event: {
      name: 'deposit_vault',
      attributes: [
        ['vault_id', `${vault_id}`],
        ['user', sender],
        ['amount', amount.amount],
        ['denom', amount.denom],
        ['shares', `${shares}`],
      ],
    },
  }
}

function withdraw({ store, sender }: Invocation, { vault_id, shares: text }: Read<typeof Withdraw>): Response {
  const vault = VAULTS.load(store, vault_id, 'Vault not found')
  ensure(/^\d+$/.test(text) && BigInt(text) > 0n && uint(BigInt(text)) !== '0', 'Invalid amount')
  const shares = BigInt(text)
  const held = BigInt(VAULT_SHARES.load(store, idKey(vault_id), sender) ?? 0)
  ensure(held >= shares, 'Insufficient shares')
  const [tvl, total] = [BigInt(vault.tvl), BigInt(vault.total_shares)]
  const amount = BigInt(uint(shares * tvl)) / total
  VAULTS.save(store, vault_id, { ...vault, tvl: `${tvl - amount}`, total_shares: `${total - shares}` })
  if (held === shares) {
    VAULT_SHARES.remove(store, idKey(vault_id), sender)
    USER_POSITIONS.remove(store, idKey(vault_id), sender)
  } else {
    VAULT_SHARES.save(store, `${held - shares}`, idKey(vault_id), sender)
  }
  const coin: Coin = { denom: vault.denom, amount: `${amount}` }
  return {
    action: 'withdraw_vault',
    event: {
      name: 'withdraw_vault',
      attributes: [
        ['vault_id', `${vault_id}`],
        ['user', sender],
        ['shares', `${shares}`],
        ['amount', coin.amount],
        ['denom', coin.denom],
      ],
    },
    pay: { to: sender, coin },
  }
}

function harvest({ store, sender }: Invocation, vault_id: number): Response {
  const { denom } = VAULTS.load(store, vault_id, 'Vault not found')
  ensure(sender === CONFIG.load(store).admin, 'Unauthorized')
  const attributes: [string, string][] = [
    ['vault_id', `${vault_id}`],
    ['yield_amount', '0'],
    ['denom', denom],
  ]
  return { action: 'harvest_vault', event: { name: 'harvest_vault', attributes } }
}

function rebalance({ store, sender }: Invocation, { vault_id, plan }: Read<typeof Rebalance>): Response {
  const vault = VAULTS.load(store, vault_id, 'Vault not found')
  ensure(sender === CONFIG.load(store).admin, 'Unauthorized')
  checkPlan(plan)
  VAULTS.save(store, vault_id, { ...vault, allocations: plan.legs })
  const attributes: [string, string][] = [
    ['vault_id', `${vault_id}`],
    ['new_allocations', `${plan.legs.length} legs`],
  ]
  return { action: 'rebalance_vault', event: { name: 'rebalance_vault', attributes } }
}

function checkPlan({ legs }: Read<typeof AllocationPlan>): void {
  ensure(legs.reduce((sum, { weight_bps }) => sum + weight_bps, 0) <= 10_000, 'Allocation exceeds 100%')
}

/** A vault as queries show it: what a leg holds was never written, so it is always 0. */
function answer(vault: Vault): unknown {
  const allocations = vault.allocations.map(({ protocol, weight_bps, target_amount }) => {
    return { protocol, weight_bps, current_amount: '0', target_amount }
  })
  return { ...vault, allocations }
}

function position({ store, prefix }: Env, { vault_id, address }: { vault_id: number; address: string }): unknown {
  validAddress(address, prefix)
  const shares = VAULT_SHARES.load(store, idKey(vault_id), address) ?? '0'
  const { tvl, total_shares } = VAULTS.load(store, vault_id)
  const total = BigInt(total_shares)
  const value = total === 0n ? 0n : BigInt(uint(BigInt(shares) * BigInt(tvl))) / total
  return { vault_id, address, shares, value: `${value}`, deposited_at: 0 }
}
