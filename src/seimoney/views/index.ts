/** What SeiMoney shows. */
import type { View } from '../../events/app.ts'
import { groups } from './groups.ts'
import { marketStats } from './market-stats.ts'
import { pots } from './pots.ts'
import { transfers } from './transfers.ts'
import { userActivity } from './user-activity.ts'
import { userPortfolio } from './user-portfolio.ts'
import { vaultsView } from './vaults.ts'

export const views: Readonly<Record<string, View>> = {
  market_stats: marketStats,
  transfers,
  groups,
  pots,
  vaults: vaultsView('vaults'),
  vault_performance: vaultsView('vault_performance'),
  user_portfolio: userPortfolio,
  user_activity: userActivity,
}
