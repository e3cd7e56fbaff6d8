/** Sums that projections keep up to date with each event, so that nobody has to add up entities. */
import type { OwnTables } from '../../events/app.ts'

/**
 * Tables of a projection that holds money. `tvl`: of a contract, by denom: `reported` is what its entities say they hold,
 * `coins` what came in with coins less what was paid out (below 0 when it paid with coins that no event told of).
 * `held`: what an account would have of it now, by denom. Nothing is no row.
 */
export const SUMS = {
  tvl: `contract TEXT NOT NULL, denom TEXT NOT NULL, reported TEXT NOT NULL, coins TEXT NOT NULL,
    PRIMARY KEY (contract, denom)`,
  held: `contract TEXT NOT NULL, account TEXT NOT NULL, denom TEXT NOT NULL, amount TEXT NOT NULL,
    PRIMARY KEY (contract, account, denom)`,
} as const

/** Adds to what a contract holds; amounts may be below 0. */
export function addTvl(
  tables: OwnTables,
  { contract, denom }: { contract: string; denom: string },
  change: { reported: bigint; coins: bigint },
): void {
  const known = tables.get<{ reported: string; coins: string }>(
    'SELECT reported, coins FROM {tvl} WHERE contract = ? AND denom = ?',
    ...[contract, denom],
  )
  const reported = BigInt(known?.reported ?? 0) + change.reported
  const coins = BigInt(known?.coins ?? 0) + change.coins
  if (reported === 0n && coins === 0n) tables.run('DELETE FROM {tvl} WHERE contract = ? AND denom = ?', contract, denom)
  else tables.run('INSERT OR REPLACE INTO {tvl} VALUES (?, ?, ?, ?)', contract, denom, `${reported}`, `${coins}`)
}

/** Adds to what an account would have of a contract; `change` may be below 0. */
export function addHeld(
  tables: OwnTables,
  { contract, denom }: { contract: string; denom: string },
  account: string,
  change: bigint,
): void {
  if (change === 0n) return
  const known = tables.get<{ amount: string }>(
    'SELECT amount FROM {held} WHERE contract = ? AND account = ? AND denom = ?',
    ...[contract, account, denom],
  )
  const amount = BigInt(known?.amount ?? 0) + change
  if (amount === 0n)
    tables.run('DELETE FROM {held} WHERE contract = ? AND account = ? AND denom = ?', contract, account, denom)
  else tables.run('INSERT OR REPLACE INTO {held} VALUES (?, ?, ?, ?)', contract, account, denom, `${amount}`)
}
