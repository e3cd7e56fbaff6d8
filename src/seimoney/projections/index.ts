/** What SeiMoney keeps beside the log. */
import type { Projection } from '../../events/app.ts'
import { accounts } from './accounts.ts'
import { activity } from './activity.ts'
import { aliases } from './aliases.ts'
import { escrow } from './escrow.ts'
import { groups } from './groups.ts'
import { pots } from './pots.ts'
import { transfers } from './transfers.ts'
import { vaults } from './vaults.ts'

export const projections: Readonly<Record<string, Projection>> = {
  ...{ transfers, groups, pots, vaults, aliases, escrow, accounts, activity },
}
