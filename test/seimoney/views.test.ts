import { expect, it } from 'vitest'
import type { EventRecord } from '../../src/events/types.ts'
import type { MarketStats, SeiMoneyViews } from '../../src/seimoney/schemas.ts'
import { tags } from '../../src/seimoney/tags.ts'
import { quotient } from '../../src/seimoney/views/sums.ts'
import { blockOf, Indexed } from './indexed.ts'

const CONTRACTS = { payments: 'wasm1payments', groups: 'wasm1groups', vaults: 'wasm1vaults', alias: 'wasm1alias' }
const START = Date.UTC(2026, 5, 1, 10, 30)
const HOUR = 3_600_000

type Kind = keyof typeof CONTRACTS
const said = (contract: Kind, type: string, data: EventRecord['data'], accounts: string[] = []) => {
  return { type, contract, contractAddress: CONTRACTS[contract], data, accounts }
}
const created = (id: string, sender: string, recipient: string, amount = '5') =>
  said('payments', 'transfer_created', { id, sender, recipient, amount, denom: 'usei' }, [sender, recipient])

/** Blocks of events, each so many hours after the start. */
function history(...blocks: [hours: number, ...events: Partial<EventRecord>[]][]): Indexed {
  const log = Indexed.here(CONTRACTS)
  for (const [n, [hours, ...events]] of blocks.entries())
    log.commit(blockOf(n + 1, new Date(START + hours * HOUR).toISOString(), events))
  return log
}

it('a view’s now is the block’s time: what was a day before is not of the last 24 hours', () => {
  const log = history(
    [0, created('1', 'ann', 'bea')],
    [23, created('2', 'ann', 'cy'), said('groups', 'group_created', { id: '1' }, ['ann'])],
    [24],
  )
  const stats = log.view<MarketStats>('market_stats')
  expect(stats).toMatchObject({ totalUsers: 3, activeUsers: 2, totalTransactions: 3, transactions24h: 2 })
  expect(stats.transactionsByType).toEqual({ group_created: 1, transfer_created: 2 })
  expect(stats.contractsHealth).toEqual({ payments: 'healthy', groups: 'healthy', vaults: 'unknown', alias: 'unknown' })
  expect(stats.timestamp).toBe('2026-06-02T10:30:00.000Z')
  const activity = log.view<SeiMoneyViews['user_activity']>('user_activity')
  expect(activity).toMatchObject({ activeUsers24h: 2, newUsers24h: 1, transactions24h: 2 })
  expect(activity.byType24h).toEqual({ group_created: 1, transfer_created: 1 })
  expect(activity.hours).toEqual([{ hour: '2026-06-02T09:00:00.000Z', transactions: 2, newUsers: 1 }])
})

it('a contract that said nothing for 24 hours is silent, and healthy again with its next event', () => {
  const blocks: Parameters<typeof history> = [[0, created('1', 'ann', 'bea')], [24]]
  const health = (log: Indexed) => log.view<MarketStats>('market_stats').contractsHealth['payments']
  expect(health(history(...blocks))).toBe('silent')
  expect(health(history(...blocks, [25, created('2', 'ann', 'bea')]))).toBe('healthy')
})

it('success is the share of the settled transfers that were claimed; nothing settled is 0', () => {
  const rate = (log: Indexed) => log.view<MarketStats>('market_stats').successRate
  const three = [created('1', 'ann', 'bea'), created('2', 'ann', 'bea'), created('3', 'ann', 'bea')]
  expect(rate(history([0, ...three]))).toBe(0)
  const claimed = ['1', '2'].map((id) => said('payments', 'transfer_claimed', { id, recipient: 'bea' }))
  const refunded = said('payments', 'transfer_refunded', { id: '3', sender: 'ann' })
  expect(rate(history([0, ...three], [1, ...claimed, refunded]))).toBe(2 / 3)
})

it('APY is what harvests told of, over what was held for how long: 0 without yield, and never invented', () => {
  const vault = said('vaults', 'vault_created', { id: '1', label: 'v', denom: 'usei', strategy: 'Balanced' })
  const moved = { vault_id: '1', user: 'ann', amount: '1000', denom: 'usei', shares: '1000', backed: true }
  const deposited = said('vaults', 'vault_deposited', moved, ['ann'])
  const harvested = (yield_amount: string) => said('vaults', 'vault_harvested', { vault_id: '1', yield_amount })
  const year = 365 * 24
  const of = (...harvests: [hours: number, sum: string][]) => {
    const log = history(
      [0, vault, deposited],
      ...harvests.map(([at, sum]) => [at, harvested(sum)] as [number, object]),
      [year],
    )
    const [shown] = log.view<SeiMoneyViews['vaults']>('vault_performance').items
    expect(log.view<MarketStats>('market_stats').avgApy).toBe(shown?.apy)
    expect(shown).toMatchObject({ tvl: '1000', sharePrice: '1' })
    return shown?.apy
  }
  expect(of()).toBe(0)
  expect(of([year / 2, '0'])).toBe(0)
  expect(of([year / 4, '30'], [year / 2, '20'])).toBe(0.05)
})

it('before the first block everything is empty, and the time is not known', () => {
  const log = Indexed.here(CONTRACTS)
  const stats = log.view<SeiMoneyViews['market_stats']>('market_stats')
  expect(stats).toMatchObject({
    asOf: { height: 0, time: null },
    timestamp: null,
    totalTvl: {},
    totalUsers: 0,
    avgApy: 0,
  })
  for (const name of ['transfers', 'groups', 'pots', 'vaults']) expect(log.view(name)).toMatchObject({ items: [] })
})

it('newest first and no more than 50 transfers, also of one account among thousands of others', () => {
  const mine = Array.from({ length: 120 }, (_, n) => created(`${n + 1}`, n % 2 ? 'ann' : 'bea', n % 3 ? 'cy' : 'ann'))
  const log = history([0, ...mine], [1, ...Array.from({ length: 300 }, (_, n) => created(`${n + 121}`, 'x', 'y'))])
  const ids = (address?: string) =>
    log.view<SeiMoneyViews['transfers']>('transfers', address).items.map(({ id }) => Number(id))
  const newest = (of: number[]) => of.toReversed().slice(0, 50)
  const numbers = (length: number) => Array.from({ length }, (_, n) => n + 1)
  expect(ids()).toEqual(newest(numbers(420)))
  expect(ids('ann')).toEqual(newest(numbers(120).filter((id) => id % 2 === 0 || id % 3 === 1)))
  expect(ids('nobody')).toEqual([])
})

it('ids of another contract under the same name in the past are others', () => {
  const log = history([
    0,
    { ...created('1', 'old', 'old'), contractAddress: 'wasm1before' },
    created('1', 'ann', 'bea', '7'),
  ])
  const { items } = log.view<SeiMoneyViews['transfers']>('transfers')
  expect(items.map(({ id, sender }) => [id, sender])).toEqual([['1', 'ann']])
  expect(log.view<MarketStats>('market_stats').totalTvl).toEqual({ usei: '7' })
})

it('claims and refunds of transfers that were never indexed are counted, and change no sum', () => {
  const log = history([0, said('payments', 'transfer_claimed', { id: '9', recipient: 'bea' }, ['bea'])])
  const stats = log.view<MarketStats>('market_stats')
  expect(stats).toMatchObject({ totalTvl: {}, totalTransactions: 1, successRate: 1 })
  expect(log.view('transfers')).toMatchObject({ items: [] })
})

it('a quotient is cut to 18 digits, without zeros at its end', () => {
  expect([quotient(1n, 3n), quotient(10n, 5n), quotient(5n, 4n), quotient(1n, 10n ** 19n)]).toEqual([
    ...['0.333333333333333333', '2', '1.25', '0'],
  ])
  expect(quotient(1_000n, 10n)).toBe('100')
})

it.each([
  ['transfer_created transfer_claimed transfer_refunded', 'transfers user_portfolio market_stats'],
  ['group_created', 'groups market_stats'],
  ['group_contributed group_distributed group_cancelled group_refunded', 'groups market_stats user_portfolio'],
  ['pot_created', 'pots user_portfolio'],
  ['pot_deposited pot_withdrawn', 'pots user_portfolio market_stats'],
  ['vault_deposited vault_withdrawn', 'vaults vault_performance user_portfolio market_stats'],
  ['vault_created vault_harvested vault_rebalanced', 'vaults vault_performance market_stats'],
  ['alias_registered', 'alias'],
  ['escrow_opened', 'escrow'],
  ['market.sold', 'market'],
  ['constructor', 'constructor'],
])('%s invalidate %s', (types, expected) => {
  for (const type of types.split(' ')) expect([...tags(type)].sort()).toEqual(expected.split(' ').sort())
})
