/** What one account has in SeiMoney now. */
import type { Tables, View } from '../../events/app.ts'
import type { UserPortfolio } from '../schemas.ts'
import { newestGroups } from './groups.ts'
import { newestPots } from './pots.ts'
import { byDenom } from './sums.ts'
import { vaultsHeldBy, worthOf } from './vaults.ts'

const MOST = 200

/** What an account would get back of its open transfers, pools and pots, by the contract's name. */
const HELD: Readonly<Record<string, string>> = {
  payments: 'SELECT denom, amount FROM {transfers.held} WHERE contract = ? AND account = ?',
  groups: 'SELECT denom, amount FROM {groups.held} WHERE contract = ? AND account = ?',
  pots: 'SELECT denom, amount FROM {pots.held} WHERE contract = ? AND account = ?',
}

export const userPortfolio: View = {
  address: 'required',
  tags: ['user_portfolio'],
  cache: 'user_data',
  read: ({ tables, address = '', contracts }) => portfolioOf(tables, address, contracts),
}

function portfolioOf(tables: Tables, address: string, contracts: Readonly<Record<string, string>>): UserPortfolio {
  const held = Object.entries(HELD).flatMap(([name, sql]) =>
    tables.all<{ denom: string; amount: string }>(sql, contracts[name] ?? '', address),
  )
  const vaults = vaultsHeldBy(tables, contracts['vaults'] ?? '', address)
  return {
    address,
    totals: byDenom([
      ...held.map(({ denom, amount }) => [denom, BigInt(amount)] as const),
      ...vaults.map((vault) => [vault.denom, worthOf(vault)] as const),
    ]),
    transfers: tables.get<UserPortfolio['transfers']>(
      'SELECT sent, received, open FROM {transfers.party} WHERE contract = ? AND account = ?',
      ...[contracts['payments'] ?? '', address],
    ) ?? { sent: 0, received: 0, open: 0 },
    groups: newestGroups(tables, contracts['groups'], address),
    pots: newestPots(tables, contracts['pots'], address),
    vaults: vaults
      .slice(0, MOST)
      .map((vault) => ({ id: `${vault.id}`, shares: vault.held, value: `${worthOf(vault)}` })),
  }
}
