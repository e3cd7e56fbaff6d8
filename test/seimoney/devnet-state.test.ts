import { QueryAllBalancesRequest, QueryAllBalancesResponse } from 'cosmjs-types/cosmos/bank/v1beta1/query'
import { QueryAllContractStateRequest, QueryAllContractStateResponse } from 'cosmjs-types/cosmwasm/wasm/v1/query'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApplication } from '../../src/devnet/app/application.ts'
import type { Application, Call, ContractKind, TxResult } from '../../src/devnet/app/types.ts'
import { deployment, devnetGenesis, usersOf } from '../../src/devnet/traffic/genesis.ts'
import { createTraffic } from '../../src/devnet/traffic/traffic.ts'
import { type MarketStats, type SeiMoneyViews, schemas } from '../../src/seimoney/schemas.ts'
import { decodeExecuted, Indexed } from './indexed.ts'
import * as told from './told.ts'

const HEIGHTS = 400
const DENOM = 'usei'
const time = (height: number): string => new Date(Date.UTC(2026, 0, 1) + height * 1_000).toISOString()

/** A made chain that was indexed as it grew. */
class Chain {
  readonly app: Application
  readonly users: string[]
  readonly indexed: Indexed
  readonly results: TxResult[] = []
  #height = 0

  constructor() {
    const genesis = devnetGenesis('plain', time(0))
    this.app = createApplication(genesis)
    this.users = usersOf(genesis)
    // Addresses follow from the deployment: they are known before the first block is executed.
    const preview = createApplication(genesis)
    preview.executeBlock({ height: 1, time: time(1), txs: deployment(genesis).map((call) => preview.encode(call)) })
    const named = preview.contracts().map((address) => [preview.contract(address)!.kind, address] as const)
    this.indexed = new Indexed(Object.fromEntries(named))
  }

  block(txs: readonly Uint8Array[]): TxResult[] {
    const height = ++this.#height
    const executed = this.app.executeBlock({ height, time: time(height), txs })
    this.indexed.commit(decodeExecuted(this.indexed.contracts, { height, time: time(height), txs }, executed))
    this.results.push(...executed.results)
    return executed.results
  }

  say(...calls: Call[]): TxResult[] {
    return this.block(calls.map((call) => this.app.encode(call)))
  }

  at(kind: ContractKind): string {
    return this.indexed.contracts[kind]!
  }

  ask<Answer>(kind: ContractKind, query: object): Answer {
    return this.app.contract(this.at(kind))!.query(query) as Answer
  }

  /** Every entity of a kind, by its smart query. */
  all<Answer>(kind: ContractKind, query: string): Answer[] {
    const last = this.app.contract(this.at(kind))!.lastId()
    return Array.from({ length: last }, (_, n) => this.ask<Answer>(kind, { [query]: { id: n + 1 } }))
  }

  balance(kind: ContractKind): bigint {
    const request = QueryAllBalancesRequest.encode(QueryAllBalancesRequest.fromPartial({ address: this.at(kind) }))
    const { value } = this.app.query('/cosmos.bank.v1beta1.Query/AllBalances', request.finish())
    const coins = QueryAllBalancesResponse.decode(value!).balances
    return BigInt(coins.find(({ denom }) => denom === DENOM)?.amount ?? 0)
  }

  rawState(kind: ContractKind): { key: string; value: string }[] {
    const request = QueryAllContractStateRequest.encode(
      QueryAllContractStateRequest.fromPartial({ address: this.at(kind) }),
    )
    const { value } = this.app.query('/cosmwasm.wasm.v1.Query/AllContractState', request.finish())
    return QueryAllContractStateResponse.decode(value!).models.map(({ key, value }) => {
      return { key: Buffer.from(key).toString('hex'), value: Buffer.from(value).toString() }
    })
  }

  /** Σ `amount` of the events of a name, by the entity that `of` names; straight from the executor. */
  paid(name: string, of: string, amount: (sum: bigint, more: bigint) => bigint): Map<string, bigint> {
    const sums = new Map<string, bigint>()
    for (const { code, events = [] } of this.results)
      for (const { type, attributes } of code === 0 ? events : []) {
        if (type !== `wasm-seimoney.${name}`) continue
        const read = Object.fromEntries(attributes)
        sums.set(read[of]!, amount(sums.get(read[of]!) ?? 0n, BigInt(read['amount']!)))
      }
    return sums
  }
}

/** Traffic of every kind, and then what it leaves out: refunds and contributions repeated, unbacked, in one transaction. */
function lively(): Chain {
  const chain = new Chain()
  const traffic = createTraffic({ seed: 11, eventsPerBlock: 6 }, chain.app.genesis)
  for (let height = 1; height <= HEIGHTS; height++) chain.block(traffic(height, chain.app))
  const [ann, bea, cy] = chain.users as [string, string, string]
  const pool_id = chain.all('groups', 'get_pool').length + 1
  const groups = chain.at('groups')
  const coin = (amount: string) => ({ denom: DENOM, amount })
  const contribute = (amount: string) => ({ contract: groups, msg: { contribute: { pool_id, amount: coin(amount) } } })
  chain.say({ sender: ann, messages: [{ contract: groups, msg: { create_pool: { target: coin('10000') } } }] })
  chain.say(
    { sender: bea, messages: [{ ...contribute('700'), funds: `700${DENOM}` }, contribute('55')] },
    { sender: cy, messages: [contribute('90')] },
    { sender: cy, messages: [contribute('1'), { contract: groups, msg: { distribute: { pool_id } } }] },
  )
  chain.say({ sender: ann, messages: [{ contract: groups, msg: { cancel_pool: { pool_id } } }] })
  chain.say(...[bea, cy].map((sender) => refundOf(sender, groups, pool_id)))
  chain.say(refundOf(bea, groups, pool_id))
  return chain
}

const refundOf = (sender: string, contract: string, pool_id: number): Call => {
  return { sender, messages: [{ contract, msg: { refund_contribution: { pool_id } } }] }
}

const sum = (amounts: readonly string[]): bigint => amounts.reduce((total, amount) => total + BigInt(amount), 0n)

/** What each contract says it holds, from its own answers. */
function reported(chain: Chain): Record<string, bigint> {
  const add = (one: bigint, other: bigint) => one + other
  const refunded = chain.paid('refund_contribution', 'pool_id', add)
  const settled = new Set(
    [...chain.paid('release', 'case_id', add), ...chain.paid('refund', 'case_id', add)].map(([id]) => id),
  )
  const pools = chain.all<told.PoolAnswer>('groups', 'get_pool').filter(({ distributed }) => !distributed)
  return {
    payments: sum(openTransfers(chain).map(({ amount }) => amount.amount)),
    groups: pools.reduce((all, { id, current }) => all + BigInt(current) - (refunded.get(`${id}`) ?? 0n), 0n),
    pots: sum(openPots(chain).map(({ current }) => current)),
    vaults: sum(chain.all<told.VaultAnswer>('vaults', 'get_vault').map(({ tvl }) => tvl)),
    risk_escrow: sum(
      chain
        .all<{ id: number; amount: told.Coin }>('risk_escrow', 'get_case')
        .flatMap(({ id, amount }) => (settled.has(`${id}`) ? [] : [amount.amount])),
    ),
  }
}

const openTransfers = (chain: Chain) =>
  chain.all<told.TransferAnswer>('payments', 'get_transfer').filter(({ status }) => status === 'Open')
const openPots = (chain: Chain) =>
  chain.all<told.PotAnswer>('pots', 'get_pot').filter(({ closed, broken }) => !closed && !broken)

describe('a devnet with every call, failures, several messages in a transaction and deposits without coins', () => {
  let chain: Chain
  beforeAll(() => {
    chain = lively()
  })
  afterAll(() => chain.indexed.close())

  it('is lively: failures, long transactions, unbacked deposits, refunds after cancelling, repeated payments', () => {
    const { results } = chain
    expect(results.filter(({ code }) => code !== 0).length).toBeGreaterThan(10)
    const byType = chain.indexed.view<MarketStats>('market_stats').transactionsByType
    expect(Object.keys(byType)).toHaveLength(25) // break and close are one type
    const unbacked = chain.indexed.reader
      .events({ order: 'desc', limit: 5_000 })
      .filter(({ text }) => (JSON.parse(text) as { data: { backed?: boolean } }).data.backed === false)
    expect(unbacked.length).toBeGreaterThan(20)
    expect(chain.indexed.suspended()).toEqual([])
  })

  it('every entity is as its contract answers, in each field that events tell', () => {
    const queries: [ContractKind, Record<string, Record<string, unknown>>][] = []
    const each = (kind: ContractKind, name: string) => {
      for (const { id } of chain.all<{ id: number }>(kind, name)) queries.push([kind, { [name]: { id } }])
    }
    each('payments', 'get_transfer')
    each('groups', 'get_pool')
    each('pots', 'get_pot')
    each('vaults', 'get_vault')
    each('risk_escrow', 'get_case')
    for (const { id } of chain.all<{ id: number }>('vaults', 'get_vault'))
      for (const address of chain.users) queries.push(['vaults', { user_position: { vault_id: id, address } }])
    for (const address of chain.users) queries.push(['alias', { reverse_lookup: { address } }])
    expect(queries.length).toBeGreaterThan(900)
    const answers = queries.map(([kind, query]) => ({ kind, query, is: answerOf(chain, kind, query) }))
    const shown = chain.indexed.read((tables) =>
      queries.map(([kind, query]) => ({ kind, query, is: told.shownBy(tables, chain.at(kind), query) })),
    )
    expect(shown).toEqual(answers)
  })

  it('contributors would get back what the contract has written down for them', () => {
    const pools = chain.all<told.PoolAnswer>('groups', 'get_pool')
    const expected = told.refundable(chain.rawState('groups'), pools)
    expect(Object.keys(expected).length).toBeGreaterThan(20)
    expect(chain.indexed.read((tables) => told.sharesShown(tables, chain.at('groups')))).toEqual(expected)
  })

  it('TVL is what the contracts’ own answers add up to, and its backed part what their balances cover', () => {
    const { totalTvl, backedTvl } = chain.indexed.view<MarketStats>('market_stats')
    const each = Object.entries(reported(chain))
    const backed = each.map(([kind, held]) => {
      const balance = chain.balance(kind as ContractKind)
      return balance < held ? balance : held
    })
    expect(totalTvl).toEqual({ [DENOM]: `${each.reduce((all, [, held]) => all + held, 0n)}` })
    expect(backedTvl).toEqual({ [DENOM]: `${backed.reduce((all, held) => all + held, 0n)}` })
    expect(backedTvl).not.toEqual(totalTvl)
  })

  it('a user’s portfolio is what the contracts’ own answers make of it', () => {
    const pools = chain.all<told.PoolAnswer>('groups', 'get_pool')
    const shares = Object.entries(told.refundable(chain.rawState('groups'), pools))
    const transfers = chain.all<told.TransferAnswer>('payments', 'get_transfer')
    const vaults = chain.all<told.VaultAnswer>('vaults', 'get_vault')
    for (const user of chain.users) {
      const portfolio = chain.indexed.view<SeiMoneyViews['user_portfolio']>('user_portfolio', user)
      const positions = vaults
        .map(({ id }) => chain.ask<told.PositionAnswer>('vaults', { user_position: { vault_id: id, address: user } }))
        .filter(({ shares: held }) => held !== '0')
      const total = sum([
        ...openTransfers(chain).flatMap(({ sender, amount }) => (sender === user ? [amount.amount] : [])),
        ...shares.flatMap(([key, amount]) => (key.endsWith(`/${user}`) ? [amount] : [])),
        ...openPots(chain).flatMap(({ owner, current }) => (owner === user ? [current] : [])),
        ...positions.map(({ value }) => value),
      ])
      expect(portfolio.totals).toEqual(total === 0n ? {} : { [DENOM]: `${total}` })
      expect(portfolio.vaults).toEqual(
        positions.toReversed().map(({ vault_id, shares: held, value }) => ({ id: `${vault_id}`, shares: held, value })),
      )
      const mine = transfers.filter(({ sender, recipient }) => sender === user || recipient === user)
      expect(portfolio.transfers).toEqual({
        sent: transfers.filter(({ sender }) => sender === user).length,
        received: transfers.filter(({ recipient }) => recipient === user).length,
        open: mine.filter(({ status }) => status === 'Open').length,
      })
      const newest = chain.indexed.view<SeiMoneyViews['transfers']>('transfers', user).items
      expect(newest.map(({ id }) => Number(id))).toEqual(
        mine
          .map(({ id }) => id)
          .toReversed()
          .slice(0, 50),
      )
      const groups = pools.filter(({ creator, participants }) => creator === user || participants.includes(user))
      expect(portfolio.groups.map(({ id }) => Number(id))).toEqual(groups.map(({ id }) => id).toReversed())
    }
  })

  it('every view’s payload is as its schema says, and nothing more', () => {
    const [user] = chain.users
    for (const [name, schema] of Object.entries(schemas)) {
      const addresses = name === 'user_portfolio' ? [user] : [undefined, user]
      for (const address of addresses)
        expect(schema.safeParse(chain.indexed.view(name, address)).error, `${name} of ${address}`).toBeUndefined()
    }
    expect(schemas.market_stats.safeParse({ ...chain.indexed.view('market_stats'), more: 1 }).success).toBe(false)
  })
})

function answerOf(chain: Chain, kind: ContractKind, query: Record<string, Record<string, unknown>>): unknown {
  try {
    return told.toldBy(query, chain.ask(kind, query))
  } catch {
    return undefined // it did not find it
  }
}
