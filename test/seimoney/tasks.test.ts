import { expect, it } from 'vitest'
import type { CacheName, TaskContext } from '../../src/events/app.ts'
import app from '../../src/seimoney/app.ts'
import { blockOf, Indexed } from './indexed.ts'

const CONTRACTS = { payments: 'wasm1payments', pots: 'wasm1pots' }
const at = '2026-06-01T00:00:00Z'

function log(transfers: number): Indexed {
  const indexed = Indexed.here(CONTRACTS)
  const created = Array.from({ length: transfers }, (_, n) => ({
    ...{ type: 'transfer_created', contract: 'payments', contractAddress: CONTRACTS.payments },
    data: { id: `${n + 1}`, sender: 'ann', recipient: 'bea', amount: '5', denom: 'usei' },
  }))
  const pot = { contract: 'pots', contractAddress: CONTRACTS.pots }
  const opened = { ...pot, type: 'pot_created', data: { id: '1', owner: 'ann', goal_amount: '9', goal_denom: 'usei' } }
  const paid = { ...pot, type: 'pot_deposited', data: { pot_id: '1', owner: 'ann', amount: '60', denom: 'usei' } }
  indexed.commit(blockOf(1, at, [...created, opened, { ...paid, data: { ...paid.data, backed: false } }]))
  return indexed
}

/** What the scheduler gives a task, with a chain that answers as told. */
function contextOf(indexed: Indexed, chain: Partial<TaskContext['chain']>, signal = new AbortController().signal) {
  const cached = new Map<string, { data: unknown; options: object | undefined }>()
  const key = (cache: CacheName, name: string) => `${cache}/${name}`
  const context: TaskContext = {
    signal,
    view: (name, address) => indexed.view(name, address),
    read: (work) => indexed.read(work),
    cache: {
      get: (cache, name) => cached.get(key(cache, name))?.data ?? null,
      set: (cache, name, data, options) => void cached.set(key(cache, name), { data, options }),
    },
    chain: { smartQuery: down, balances: down, ...chain },
    contracts: CONTRACTS,
  }
  return { context, cached }
}

const down = () => Promise.reject(new Error('no node answers'))
const task = async (id: string) => (await app.tasks!()).find((each) => each.id === id)!

it('the tasks have the intervals and priorities that are promised', async () => {
  const timetable = (await app.tasks!()).map(({ id, interval, priority }) => [id, interval, priority])
  expect(timetable).toEqual([
    ['market_stats', 15_000, 'high'],
    ['vault_performance', 60_000, 'medium'],
    ['user_activity', 120_000, 'medium'],
  ])
})

it('market_stats asks for remark and expiry of the newest open transfers, at most 20 in a run, and never again', async () => {
  const asked: number[] = []
  const { context, cached } = contextOf(log(30), {
    smartQuery: (_, query) => {
      const { id } = (query as { get_transfer: { id: number } }).get_transfer
      asked.push(id)
      return Promise.resolve({ data: { id, remark: `for ${id}`, expiry_ts: 7 }, height: 1 })
    },
  })
  const { run } = await task('market_stats')
  expect(await run(context)).toEqual({ transfersAsked: 20 })
  expect(await run(context)).toEqual({ transfersAsked: 10 })
  expect(await run(context)).toEqual({ transfersAsked: 0 })
  expect(asked).toEqual(Array.from({ length: 30 }, (_, n) => 30 - n))
  expect(cached.get('contract_data/transfer:30')?.data).toEqual({ remark: 'for 30', expiresAt: 7 })
  expect(cached.get('market_data/market_stats')?.data).toMatchObject({ totalTvl: { usei: '210' }, asOf: { height: 1 } })
})

it.each([
  ['market_stats', 'market_data/market_stats'],
  ['vault_performance', 'contract_data/vault_performance'],
])('%s fails when no node answers, but only after what the log says was kept', async (id, key) => {
  const { context, cached } = contextOf(log(1), {})
  await expect((await task(id)).run(context)).rejects.toThrow('no node answers')
  expect([...cached.keys()]).toEqual([key])
  expect(cached.get(key)?.options).toMatchObject({ asOf: 1, tags: expect.arrayContaining([id]) })
})

it('vault_performance holds what contracts report against their balances', async () => {
  const balances = (address: string) =>
    Promise.resolve({ balances: { usei: address === CONTRACTS.pots ? '25' : '1000' }, height: 3 })
  const { context, cached } = contextOf(log(2), { balances })
  const result = await (await task('vault_performance')).run(context)
  expect(result).toMatchObject({ backedByEvents: { usei: '10' }, backedByBalances: { usei: '35' } })
  expect(cached.get('contract_data/contract_balances')?.data).toEqual({
    payments: {
      address: 'wasm1payments',
      height: 3,
      reported: { usei: '10' },
      balance: { usei: '1000' },
      backed: { usei: '10' },
    },
    pots: {
      address: 'wasm1pots',
      height: 3,
      reported: { usei: '60' },
      balance: { usei: '25' },
      backed: { usei: '25' },
    },
  })
})

it('no further question is asked once the deadline has passed', async () => {
  const stop = new AbortController()
  let asked = 0
  const smartQuery = () => {
    if (++asked === 3) stop.abort(new Error('too late'))
    return Promise.resolve({ data: null, height: 1 })
  }
  const { context } = contextOf(log(30), { smartQuery }, stop.signal)
  await expect((await task('market_stats')).run(context)).rejects.toThrow('too late')
  expect(asked).toBe(3)
})

it('user_activity keeps what it shows', async () => {
  const { context, cached } = contextOf(log(2), {})
  expect(await (await task('user_activity')).run(context)).toMatchObject({ transactions24h: 4 })
  expect(cached.get('system/user_activity')?.data).toMatchObject({ byType24h: { pot_created: 1 } })
})
