/** Amounts by denom, as views show them. */
import type { Tables } from '../../events/app.ts'

/** Decimal strings by denom, in the order of denoms; a denom of which there is nothing is left out. */
export type Amounts = Record<string, string>

/** What a contract holds of a denom: what its entities say, and what of it is covered by coins that came in and did not go out. */
export interface Held {
  denom: string
  reported: bigint
  backed: bigint
}

/** The projection that keeps what a contract holds, by the contract's name. */
const TVL: Readonly<Record<string, string>> = {
  payments: 'SELECT * FROM {transfers.tvl} WHERE contract = ?',
  groups: 'SELECT * FROM {groups.tvl} WHERE contract = ?',
  pots: 'SELECT * FROM {pots.tvl} WHERE contract = ?',
  vaults: 'SELECT * FROM {vaults.tvl} WHERE contract = ?',
  risk_escrow: 'SELECT * FROM {escrow.tvl} WHERE contract = ?',
}

/** What the configured contracts hold, by name; contracts that hold nothing by their nature are left out. */
export function heldBy(tables: Tables, contracts: Readonly<Record<string, string>>): Map<string, Held[]> {
  const configured = Object.entries(TVL).filter(([name]) => Object.hasOwn(contracts, name))
  return new Map(
    configured.map(([name, sql]) => {
      const rows = tables.all<{ denom: string; reported: string; coins: string }>(sql, contracts[name] ?? '')
      const held = rows.map(({ denom, reported, coins }) => {
        return { denom, reported: BigInt(reported), backed: within(BigInt(coins), BigInt(reported)) }
      })
      return [name, held] as const
    }),
  )
}

/** `sum`, but not below 0 and not above `most`. */
export function within(sum: bigint, most: bigint): bigint {
  if (sum < 0n) return 0n
  return sum < most ? sum : most
}

/** Adds up by denom. */
export function byDenom(sums: Iterable<readonly [denom: string, sum: bigint]>): Amounts {
  const totals = new Map<string, bigint>()
  for (const [denom, sum] of sums) totals.set(denom, (totals.get(denom) ?? 0n) + sum)
  const some = [...totals].filter(([, sum]) => sum !== 0n).sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(some.map(([denom, sum]) => [denom, sum.toString()]))
}

/** Digits behind the point of a quotient. */
const DIGITS = 18

/** A quotient as decimal text, cut to 18 digits. */
export function quotient(dividend: bigint, divisor: bigint): string {
  const scaled = ((dividend * 10n ** BigInt(DIGITS)) / divisor).toString().padStart(DIGITS + 1, '0')
  return `${scaled.slice(0, -DIGITS)}.${scaled.slice(-DIGITS)}`.replace(/\.?0+$/, '')
}
