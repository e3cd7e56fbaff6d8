/** SeiMoney in numbers, each kept up to date by the projections: nothing is added up over entities here. */
import type { AsOf, Tables, View } from '../../events/app.ts'
import { apy, type Earning } from '../projections/earning.ts'
import { seconds } from '../projections/fields.ts'
import type { Health, MarketStats } from '../schemas.ts'
import { countsOf, lastDay, type TypeCount, totalOf } from './activity.ts'
import { byDenom, heldBy } from './sums.ts'

const DAY = 86_400

export const marketStats: View = {
  address: 'ignored',
  // Opening a pot, an alias or a case moves no money that `market_stats` events told of, but they are counted too.
  tags: ['market_stats', 'pots', 'alias', 'escrow'],
  cache: 'market_data',
  read: ({ tables, asOf, contracts }) => statsOf(tables, asOf, contracts),
}

function statsOf(tables: Tables, asOf: AsOf, contracts: Readonly<Record<string, string>>): MarketStats {
  const held = [...heldBy(tables, contracts).values()].flat()
  const totals = countsOf(tables.all<TypeCount>('SELECT type, events FROM {activity.total} ORDER BY type'))
  const users = tables.get<{ accounts: number }>('SELECT accounts FROM {accounts.total}')
  const day = lastDay(tables, asOf.time)
  return {
    totalTvl: byDenom(held.map(({ denom, reported }) => [denom, reported])),
    backedTvl: byDenom(held.map(({ denom, backed }) => [denom, backed])),
    activeUsers: day.activeUsers,
    totalUsers: users?.accounts ?? 0,
    totalTransactions: totalOf(totals),
    transactions24h: day.transactions,
    transactionsByType: totals,
    successRate: settledRate(totals['transfer_claimed'] ?? 0, totals['transfer_refunded'] ?? 0),
    avgApy: averageApy(tables, asOf, contracts['vaults'] ?? ''),
    contractsHealth: healthOf(tables, asOf, contracts),
    timestamp: asOf.time,
  }
}

/** Of the settled transfers, those that were claimed. */
function settledRate(claimed: number, refunded: number): number {
  return claimed + refunded === 0 ? 0 : claimed / (claimed + refunded)
}

/** Weighted by what the vaults held, within a denom; between denoms there is no weight. */
function averageApy(tables: Tables, { time }: AsOf, contract: string): number {
  const all = tables.all<Earning>('SELECT * FROM {vaults.earning} WHERE contract = ?', contract)
  const held = all.filter(({ held_seconds, tvl }) => held_seconds !== '0' || tvl !== '0')
  return held.length === 0 ? 0 : held.reduce((sum, earning) => sum + apy(earning, time), 0) / held.length
}

function healthOf(tables: Tables, { time }: AsOf, contracts: Readonly<Record<string, string>>): Record<string, Health> {
  const health = Object.entries(contracts).map(([name, address]): [string, Health] => {
    const heard = tables.get<{ last_at: string }>('SELECT last_at FROM {activity.contract} WHERE contract = ?', address)
    if (!heard) return [name, 'unknown']
    return [name, seconds(time) - seconds(heard.last_at) < DAY ? 'healthy' : 'silent']
  })
  return Object.fromEntries(health)
}
