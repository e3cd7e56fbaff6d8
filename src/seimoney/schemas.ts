/** What SeiMoney's views answer, as schemas and as types. Amounts are decimal strings. */
import * as z from 'zod'

const Amount = z.string().regex(/^\d+$/).describe('decimal string, in the smallest unit of the denom')
const Id = z.string().regex(/^\d+$/).describe('counts up from 1, per contract')
const Account = z.string().min(1).describe('bech32')
const Denom = z.string().min(1)
const Time = z.string().describe('block time, RFC 3339')
const Count = z.number().int().nonnegative()
const Amounts = z.record(Denom, Amount).describe('by denom; a denom of which there is nothing is left out')
const Counts = z.record(z.string(), Count).describe('by event type')
const AsOf = z
  .strictObject({ height: Count, time: Time.nullable() })
  .describe('the height it is as of, and its block time; null before the first block')

/** What every view carries beside its payload. */
const shown = {
  asOf: AsOf,
  stale: z.literal(true).optional().describe('it can be older than the log: a projection it needs stands still'),
}

const Transfer = z.strictObject({
  id: Id,
  sender: Account,
  recipient: Account,
  amount: Amount,
  denom: Denom,
  status: z.enum(['open', 'claimed', 'refunded']),
  createdAt: Time,
  updatedAt: Time.describe('block time of the newest event of it'),
  txHash: z.string().nullable().describe('of the transaction that made it'),
})

const Group = z.strictObject({
  id: Id,
  creator: Account,
  target: Amount,
  denom: Denom,
  contributed: Amount.describe('all that was contributed; does not fall by refunds or distribution'),
  backed: Amount.describe('of it, what came with coins'),
  contributors: Count,
  status: z.enum(['open', 'distributed', 'cancelled']),
  contribution: Amount.optional().describe('with an address: what it would get back'),
})

const Pot = z.strictObject({
  id: Id,
  owner: Account,
  goal: Amount,
  denom: Denom,
  current: Amount.describe('all that was deposited; stays as it was when the pot is broken or closed'),
  backed: Amount.describe('of it, what came with coins'),
  label: z.string().nullable().describe('user text, at most 4096 characters'),
  status: z.enum(['open', 'broken', 'closed']),
})

const Vault = z.strictObject({
  id: Id,
  label: z.string().nullable().describe('user text, at most 4096 characters'),
  denom: Denom,
  strategy: z.string().nullable(),
  tvl: Amount,
  backed: Amount.describe('of it, what is covered by coins that came in and did not go out'),
  totalShares: Amount,
  sharePrice: z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .describe('tvl ÷ shares, decimal text, at most 18 digits behind the point; 1 before the first share'),
  apy: z
    .number()
    .nonnegative()
    .describe('yield of harvests in a year as a share of what was held, not compounded: 0.05 is 5 %'),
  depositors: Count.describe('accounts that hold shares'),
  shares: Amount.optional().describe('with an address: what it holds'),
  value: Amount.optional().describe('with an address: what its shares are worth'),
})

const Health = z
  .enum(['healthy', 'silent', 'unknown'])
  .describe('healthy: an event in the last 24 hours of block time; unknown: never one')

const MarketStats = z.strictObject({
  totalTvl: Amounts.describe('what entities say they hold, by denom'),
  backedTvl: Amounts.describe('of it, what is covered by coins that came in and did not go out, per contract'),
  activeUsers: Count.describe('accounts that events named in the hour of block time under way and the 23 before'),
  totalUsers: Count,
  totalTransactions: Count.describe('events of SeiMoney: the sum of transactionsByType'),
  transactions24h: Count.describe('in the hour of block time under way and the 23 before'),
  transactionsByType: Counts,
  successRate: z.number().min(0).max(1).describe('of the settled transfers, those claimed; 0 before the first'),
  avgApy: z.number().nonnegative().describe('of all vaults, weighted by what they held: 0.05 is 5 %'),
  contractsHealth: z.record(z.string(), Health).describe('by configured name'),
  timestamp: Time.nullable().describe('the block time it is as of'),
})

const UserPortfolio = z.strictObject({
  address: Account,
  totals: Amounts.describe('open transfers sent, refundable shares of groups, open pots, worth of vault shares'),
  transfers: z.strictObject({ sent: Count, received: Count, open: Count.describe('of these, not settled yet') }),
  groups: z.array(Group),
  pots: z.array(Pot),
  vaults: z.array(z.strictObject({ id: Id, shares: Amount, value: Amount })),
})

const UserActivity = z.strictObject({
  activeUsers24h: Count.describe('accounts that events named'),
  newUsers24h: Count.describe('accounts that no event had named before'),
  transactions24h: Count,
  byType24h: Counts,
  hours: z
    .array(z.strictObject({ hour: z.iso.datetime().describe('its beginning'), transactions: Count, newUsers: Count }))
    .describe('newest first; hours without an event are left out'),
})

const list = <Item extends z.ZodType>(item: Item, most: number) =>
  z.strictObject({ ...shown, items: z.array(item).max(most).describe('newest first') })

/** The schema of each view, by name. */
export const schemas = {
  market_stats: MarketStats.extend(shown),
  transfers: list(Transfer, 50),
  groups: list(Group, 200),
  pots: list(Pot, 200),
  vaults: list(Vault, 200),
  vault_performance: list(Vault, 200),
  user_portfolio: UserPortfolio.extend(shown),
  user_activity: UserActivity.extend(shown),
} as const

export type Transfer = z.infer<typeof Transfer>
export type Group = z.infer<typeof Group>
export type Pot = z.infer<typeof Pot>
export type Vault = z.infer<typeof Vault>
export type Health = z.infer<typeof Health>
export type MarketStats = z.infer<typeof MarketStats>
export type UserPortfolio = z.infer<typeof UserPortfolio>
export type UserActivity = z.infer<typeof UserActivity>

/** The payload of each view, by name. */
export type SeiMoneyViews = { [Name in keyof typeof schemas]: z.infer<(typeof schemas)[Name]> }
