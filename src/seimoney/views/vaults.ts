/** The newest vaults; with an address those it holds shares of, with how many and what they are worth. */
import type { AsOf, Tables, View } from '../../events/app.ts'
import { apy } from '../projections/earning.ts'
import type { VaultRow } from '../projections/vaults.ts'
import type { Vault } from '../schemas.ts'
import { quotient, within } from './sums.ts'

const MOST = 200

const ALL = `SELECT * FROM {vaults.vault} WHERE contract = ? ORDER BY id DESC LIMIT ${MOST}`
const OF_ACCOUNT = `SELECT vault.*, position.shares AS held
  FROM {vaults.position} AS position
  JOIN {vaults.vault} AS vault ON vault.contract = position.contract AND vault.id = position.id
  WHERE position.contract = ? AND position.account = ? ORDER BY position.id DESC`

/** A vault row with the shares that an account holds of it. */
export type HeldVault = VaultRow & { held: string }

/** A view of the vaults under a tag of its own. */
export function vaultsView(tag: string): View {
  return {
    address: 'optional',
    tags: [tag],
    cache: 'contract_data',
    read: ({ tables, address, asOf, contracts }) => ({
      items: newestVaults(tables, asOf, contracts['vaults'], address),
    }),
  }
}

function newestVaults(tables: Tables, asOf: AsOf, contract = '', address?: string): Vault[] {
  if (address === undefined) return tables.all<VaultRow>(ALL, contract).map((row) => shown(row, asOf))
  const rows = vaultsHeldBy(tables, contract, address).slice(0, MOST)
  return rows.map((row) => ({ ...shown(row, asOf), shares: row.held, value: `${worthOf(row)}` }))
}

/** All vaults of which an account holds shares, newest first. */
export function vaultsHeldBy(tables: Tables, contract: string, address: string): HeldVault[] {
  return tables.all<HeldVault>(OF_ACCOUNT, contract, address)
}

/** What the account's shares are worth, as the contract reckons: rounded down. */
export function worthOf({ held, tvl, shares }: HeldVault): bigint {
  return (BigInt(held) * BigInt(tvl)) / BigInt(shares)
}

function shown(row: VaultRow, { time }: AsOf): Vault {
  const { id, label, denom, strategy, depositors } = row
  const [tvl, shares] = [BigInt(row.tvl), BigInt(row.shares)]
  return {
    ...{ id: `${id}`, label, denom, strategy, tvl: row.tvl, backed: `${within(BigInt(row.coins), tvl)}` },
    ...{
      totalShares: row.shares,
      sharePrice: shares === 0n ? '1' : quotient(tvl, shares),
      apy: apy(row, time),
      depositors,
    },
  }
}
