/**
 * SeiMoney's tasks: each puts a view where others read it, and then asks the chain for what no event holds. When no node
 * answers the task has failed, but what the log says is in the cache by then.
 */
import type { AppTask, TaskContext } from '../events/app.ts'
import { views } from './views/index.ts'
import { byDenom, heldBy, within } from './views/sums.ts'

/** Transfers asked for in one run: what is left waits for the next. */
const DETAILS_PER_RUN = 20
/** Remark and expiry of a transfer never change, ms. */
const DETAILS_TTL = 24 * 3_600_000
/** The newest of the open transfers that are looked at. */
const OPEN_TRANSFERS = `SELECT id FROM {transfers.transfer} WHERE contract = ? AND status = 'open' ORDER BY id DESC LIMIT 50`

/** What `contract_balances` in `contract_data` holds of each configured contract, by denom. */
export interface ContractBalance {
  address: string
  /** The height the balance is as of. */
  height: number
  /** What its entities say it holds, by events. */
  reported: Record<string, string>
  balance: Record<string, string>
  /** Of what is reported, what the balance covers. */
  backed: Record<string, string>
}

export const tasks: readonly AppTask[] = [
  {
    id: 'market_stats',
    name: 'Market statistics',
    interval: 15_000,
    priority: 'high',
    timeout: 10_000,
    refreshOn: views['market_stats']!.tags,
    run: async (context) => {
      show(context, 'market_stats')
      return { transfersAsked: await askForDetails(context) }
    },
  },
  {
    id: 'vault_performance',
    name: 'Vault performance and balances of the contracts',
    interval: 60_000,
    priority: 'medium',
    timeout: 30_000,
    refreshOn: views['vault_performance']!.tags,
    run: async (context) => {
      show(context, 'vault_performance')
      return compareBalances(context)
    },
  },
  {
    id: 'user_activity',
    name: 'Activity of users',
    interval: 120_000,
    priority: 'medium',
    timeout: 10_000,
    refreshOn: views['user_activity']!.tags,
    run: async (context) => show(context, 'user_activity'),
  },
]

/** Computes a view and keeps it in its cache under its name. */
function show({ view, cache }: TaskContext, name: string): object {
  const { cache: kept, tags } = views[name]!
  const payload = view(name)
  const { asOf } = payload as { asOf?: { height: number } }
  cache.set(kept, name, payload, { tags, ...(asOf ? { asOf: asOf.height } : {}) })
  return payload
}

/** Remark and expiry of the newest open transfers, as `transfer:<id>` in `contract_data`. */
async function askForDetails({ signal, read, cache, chain, contracts }: TaskContext): Promise<number> {
  const payments = contracts['payments']
  if (payments === undefined) return 0
  const open = read((tables) => tables.all<{ id: number }>(OPEN_TRANSFERS, payments))
  const unknown = open.filter(({ id }) => !cache.get('contract_data', `transfer:${id}`)).slice(0, DETAILS_PER_RUN)
  for (const { id } of unknown) {
    signal.throwIfAborted()
    const { data, height } = await chain.smartQuery(payments, { get_transfer: { id } })
    cache.set('contract_data', `transfer:${id}`, detailsOf(data), { ttl: DETAILS_TTL, asOf: height })
  }
  return unknown.length
}

/** `expiresAt`: seconds since 1970. A node's answer is input like any other: only what is as expected is taken over. */
function detailsOf(answer: unknown): { remark: string | null; expiresAt: number | null } {
  const { remark, expiry_ts } = (typeof answer === 'object' && answer !== null ? answer : {}) as Record<string, unknown>
  return {
    remark: typeof remark === 'string' ? remark : null,
    expiresAt: typeof expiry_ts === 'number' ? expiry_ts : null,
  }
}

/** Holds what the contracts report against what the bank says they have. */
async function compareBalances({ signal, read, cache, chain, contracts }: TaskContext): Promise<object> {
  const { held, height } = read((tables, asOf) => ({ held: heldBy(tables, contracts), height: asOf.height }))
  const compared: Record<string, ContractBalance> = {}
  for (const [name, address] of Object.entries(contracts)) {
    signal.throwIfAborted()
    const { balances, height } = await chain.balances(address)
    const reported = held.get(name) ?? []
    compared[name] = {
      ...{ address, height, balance: balances },
      reported: byDenom(reported.map(({ denom, reported }) => [denom, reported])),
      backed: byDenom(reported.map(({ denom, reported }) => [denom, within(BigInt(balances[denom] ?? 0), reported)])),
    }
  }
  cache.set('contract_data', 'contract_balances', compared, { asOf: height })
  const all = [...held.values()].flat()
  const covered = Object.values(compared).flatMap(({ backed }) => Object.entries(backed))
  return {
    contracts: compared,
    backedByEvents: byDenom(all.map(({ denom, backed }) => [denom, backed])),
    backedByBalances: byDenom(covered.map(([denom, sum]) => [denom, BigInt(sum)])),
  }
}
