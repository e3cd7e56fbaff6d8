import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Tables } from '../../src/events/app.ts'
import type { EventRecord } from '../../src/events/types.ts'
import app from '../../src/seimoney/app.ts'
import type { MarketStats } from '../../src/seimoney/schemas.ts'
import { schemas } from '../../src/seimoney/schemas.ts'
import { blockOf, Indexed } from './indexed.ts'

const CONTRACTS = {
  payments: 'wasm1payments',
  groups: 'wasm1groups',
  pots: 'wasm1pots',
  vaults: 'wasm1vaults',
  risk_escrow: 'wasm1escrow',
}
const id = fc.constantFrom('1', '2')
const account = fc.constantFrom('wasm1a', 'wasm1b')
const denom = fc.constantFrom('uatom', 'usei')
const amount = fc.oneof(fc.bigInt(0n, 1_000n), fc.constant(2n ** 128n - 1n)).map(String)
const backed = fc.boolean()

type Data = Record<string, fc.Arbitrary<EventRecord['data'][string]>>

function events(contract: keyof typeof CONTRACTS, type: string, data: Data): fc.Arbitrary<Partial<EventRecord>> {
  return fc.record({ data: fc.record(data), accounts: fc.uniqueArray(account) }).map((event) => {
    return { ...event, type, contract, contractAddress: CONTRACTS[contract] }
  })
}

const groupEvent = fc.oneof(
  events('groups', 'group_created', { id, creator: account, target_amount: amount, target_denom: denom }),
  events('groups', 'group_contributed', { pool_id: id, contributor: account, amount, denom, backed }),
  events('groups', 'group_distributed', { pool_id: id, creator: account, total_amount: amount, denom }),
  events('groups', 'group_cancelled', { pool_id: id, creator: account }),
  events('groups', 'group_refunded', { pool_id: id, contributor: account, amount, denom }),
)

/** Whatever each contract could say, in whatever order; also what ours would refuse. */
const transferEvent = fc.oneof(
  events('payments', 'transfer_created', { id, sender: account, recipient: account, amount, denom }),
  events('payments', 'transfer_claimed', { id, recipient: account }),
  events('payments', 'transfer_refunded', { id, sender: account }),
)
const potEvent = fc.oneof(
  events('pots', 'pot_created', { id, owner: account, goal_amount: amount, goal_denom: denom, label: fc.string() }),
  events('pots', 'pot_deposited', { pot_id: id, owner: account, amount, denom, backed }),
  events('pots', 'pot_withdrawn', { pot_id: id, owner: account, reason: fc.constantFrom('broken', 'closed') }),
)
const vaultEvent = fc.oneof(
  events('vaults', 'vault_created', { id, label: fc.string(), denom, strategy: fc.string() }),
  events('vaults', 'vault_deposited', { vault_id: id, user: account, amount, denom, shares: amount, backed }),
  events('vaults', 'vault_withdrawn', { vault_id: id, user: account, amount, denom, shares: amount }),
  events('vaults', 'vault_harvested', { vault_id: id, yield_amount: amount, denom }),
)
const caseEvent = fc.oneof(
  events('risk_escrow', 'escrow_opened', { id, parties: account, amount, denom, model: fc.string(), backed }),
  events('risk_escrow', 'escrow_approved', { case_id: id, approver: account }),
  events('risk_escrow', 'escrow_released', { case_id: id, to: account, amount, denom }),
  events('risk_escrow', 'escrow_refunded', { case_id: id, to: account, amount, denom }),
)

/** Long enough for the same entity to be met again and again, eight events a block. */
const historyOf = (event: fc.Arbitrary<Partial<EventRecord>>) =>
  fc
    .array(event, { minLength: 1, maxLength: 64, size: 'max' })
    .map((all) => Array.from({ length: Math.ceil(all.length / 8) }, (_, n) => all.slice(n * 8, n * 8 + 8)))
const groupHistory = historyOf(groupEvent)
const history = fc.oneof(
  ...[transferEvent, groupEvent, potEvent, vaultEvent, caseEvent].map(historyOf),
  historyOf(fc.oneof(transferEvent, groupEvent, potEvent, vaultEvent, caseEvent)),
)
/** Half an hour a block: some histories span two hours. */
const time = (height: number): string => new Date(Date.UTC(2026, 0, 1) + height * 1_800_000).toISOString()

function indexed(blocks: readonly (readonly Partial<EventRecord>[])[]): Indexed {
  const log = new Indexed(CONTRACTS)
  log.commit(...blocks.map((events, n) => blockOf(n + 1, time(n + 1), events)))
  return log
}

/** Runs `check` on what a history comes to, and closes it. */
function holds(check: (log: Indexed, tables: Tables) => void): void {
  const property = fc.property(history, (blocks) => {
    const log = indexed(blocks)
    try {
      expect(log.suspended()).toEqual([])
      log.read((tables) => check(log, tables))
    } finally {
      log.close()
    }
  })
  fc.assert(property, { numRuns: 60 })
}

type Row = Record<string, string>
/** Σ of a column by the other columns. */
function totals(rows: readonly Row[], of: string): Record<string, string> {
  const sums = new Map<string, bigint>()
  for (const row of rows) {
    const key = Object.entries(row)
      .flatMap(([name, value]) => (name === of ? [] : [value]))
      .join('/')
    sums.set(key, (sums.get(key) ?? 0n) + BigInt(row[of]!))
  }
  return Object.fromEntries([...sums].flatMap(([key, sum]) => (sum === 0n ? [] : [[key, `${sum}`]])))
}

it('TVL is never negative, its backed part never above it, and it is the sum over the entities', () => {
  holds((log, tables) => {
    const { totalTvl, backedTvl } = log.view<MarketStats>('market_stats')
    for (const denom of new Set([...Object.keys(totalTvl), ...Object.keys(backedTvl)])) {
      const [reported, covered] = [BigInt(totalTvl[denom] ?? -1), BigInt(backedTvl[denom] ?? 0)]
      expect(reported > 0n && covered >= 0n && covered <= reported).toBe(true)
    }
    const entities = [
      ...tables.all<Row>("SELECT denom, amount FROM {transfers.transfer} WHERE status = 'open'"),
      ...tables.all<Row>('SELECT denom, reported AS amount FROM {groups.tvl}'), // refunds leave no trace in a pool: see below
      ...tables.all<Row>("SELECT denom, current AS amount FROM {pots.pot} WHERE status = 'open'"),
      ...tables.all<Row>('SELECT denom, tvl AS amount FROM {vaults.vault}'),
      ...tables.all<Row>('SELECT denom, amount FROM {escrow.cases} WHERE settled = 0'),
    ]
    expect(totalTvl).toEqual(totals(entities, 'amount'))
  })
})

it('groups hold what was contributed, less what was distributed or refunded: to each contributor the last contribution, once', () => {
  const property = fc.property(groupHistory, (blocks) => {
    const log = indexed(blocks)
    try {
      const tvl = log.read((tables) => tables.all<Row>('SELECT denom, reported FROM {groups.tvl}'))
      expect(totals(tvl, 'reported')).toEqual(heldByGroups(blocks.flat()))
    } finally {
      log.close()
    }
  })
  fc.assert(property, { numRuns: 60 })
})

/** The rules of the contract, told a second time. */
function heldByGroups(all: readonly Partial<EventRecord>[]): Record<string, string> {
  const pools = new Map<string, { denom: string; held: bigint; status: string; shares: Map<string, bigint> }>()
  for (const { type, data = {} } of all) {
    const text = (field: string) => String(data[field])
    const pool = pools.get(text('pool_id'))
    if (type === 'group_created' && !pools.has(text('id')))
      pools.set(text('id'), { denom: text('target_denom'), held: 0n, status: 'open', shares: new Map() })
    if (type === 'group_contributed' && pool?.status === 'open') {
      pool.held += BigInt(text('amount'))
      pool.shares.set(text('contributor'), BigInt(text('amount')))
    }
    if (type === 'group_cancelled' && pool?.status === 'open') pool.status = 'cancelled'
    if (type === 'group_distributed' && pool?.status === 'open')
      Object.assign(pool, { status: 'distributed', held: 0n })
    if (type === 'group_refunded' && pool?.status === 'cancelled') {
      pool.held -= pool.shares.get(text('contributor')) ?? 0n
      pool.shares.delete(text('contributor'))
    }
  }
  return totals(
    [...pools.values()].map(({ denom, held }) => ({ denom, held: `${held}` })),
    'held',
  )
}

it('what accounts would get back is the sum over their transfers, shares and pots', () => {
  holds((_, tables) => {
    const expected = {
      transfers: "SELECT sender AS account, denom, amount FROM {transfers.transfer} WHERE status = 'open'",
      groups: `SELECT account, denom, amount FROM {groups.share} AS share
        JOIN {groups.pool} AS pool ON pool.contract = share.contract AND pool.id = share.id AND status != 'distributed'`,
      pots: "SELECT owner AS account, denom, current AS amount FROM {pots.pot} WHERE status = 'open'",
    }
    for (const [name, sql] of Object.entries(expected)) {
      const held = totals(tables.all<Row>(`SELECT account, denom, amount FROM {${name}.held}`), 'amount')
      expect({ name, ...held }).toEqual({ name, ...totals(tables.all<Row>(sql), 'amount') })
    }
  })
})

it('a vault’s shares are those of its holders, and a denom earns what its vaults earn', () => {
  holds((_, tables) => {
    for (const vault of tables.all<Row>('SELECT id, shares, depositors FROM {vaults.vault}')) {
      const held = tables.all<Row>('SELECT shares FROM {vaults.position} WHERE id = ?', vault['id']!)
      expect(held.reduce((sum, { shares }) => sum + BigInt(shares!), 0n)).toBe(BigInt(vault['shares']!))
      expect(held).toHaveLength(Number(vault['depositors']))
    }
    for (const column of ['tvl', 'yielded'])
      expect(totals(tables.all<Row>(`SELECT denom, ${column} FROM {vaults.earning}`), column)).toEqual(
        totals(tables.all<Row>(`SELECT denom, ${column} FROM {vaults.vault}`), column),
      )
  })
})

it('transfers and users are counted as they are', () => {
  holds((log, tables) => {
    const rows = tables.all<Row>('SELECT sender, recipient, status FROM {transfers.transfer}')
    for (const party of tables.all<Row>('SELECT * FROM {transfers.party}')) {
      const of = rows.filter(({ sender, recipient }) => sender === party['account'] || recipient === party['account'])
      expect(party).toMatchObject({
        sent: of.filter(({ sender }) => sender === party['account']).length,
        received: of.filter(({ recipient }) => recipient === party['account']).length,
        open: of.filter(({ status }) => status === 'open').length,
      })
    }
    const { totalUsers, activeUsers } = log.view<MarketStats>('market_stats')
    const named = tables.all<Row>('SELECT account FROM {accounts.account}').length
    expect({ totalUsers, activeUsers }).toEqual({ totalUsers: named, activeUsers: named })
  })
})

it('every view of any history is as its schema says', () => {
  holds((log) => {
    for (const [name, schema] of Object.entries(schemas))
      for (const address of name === 'user_portfolio' ? ['wasm1a'] : [undefined, 'wasm1a'])
        expect(schema.safeParse(log.view(name, address)).error).toBeUndefined()
  })
})

it('total: no data whatsoever makes a fold throw, or a view', () => {
  const value = fc.oneof(fc.string(), fc.constant(null), fc.boolean(), id, amount)
  const field = fc.oneof(
    fc.constantFrom('id', 'pool_id', 'pot_id', 'vault_id', 'case_id', 'amount', 'denom', 'shares', 'user', 'sender'),
    fc.constantFrom('__proto__', 'constructor', 'backed', 'address', 'username', 'owner', 'goal_amount'),
  )
  const types = fc.constantFrom(...TYPES, 'constructor', 'payments.__proto__', 'toString')
  const hostile = fc.record({
    type: types,
    contract: fc.constantFrom('payments', 'vaults'),
    pairs: fc.array(fc.tuple(field, value)),
  })
  const property = fc.property(fc.array(hostile, { minLength: 1, maxLength: 40 }), (all) => {
    const log = indexed([
      all.map(({ type, contract, pairs }) => {
        const data = Object.assign(Object.create(null), Object.fromEntries(pairs)) as EventRecord['data']
        return { type, contract, contractAddress: 'wasm1any', data, accounts: [] }
      }),
    ])
    try {
      expect(log.suspended()).toEqual([])
      for (const name of Object.keys(app.views!)) expect(log.view(name, 'wasm1a')).toHaveProperty('asOf')
    } finally {
      log.close()
    }
  })
  fc.assert(property, { numRuns: 60 })
})

const TYPES = [
  ...['transfer_created', 'transfer_claimed', 'transfer_refunded'],
  ...['group_created', 'group_contributed', 'group_distributed', 'group_cancelled', 'group_refunded'],
  ...['pot_created', 'pot_deposited', 'pot_withdrawn', 'vault_created', 'vault_deposited', 'vault_withdrawn'],
  ...['vault_harvested', 'vault_rebalanced', 'alias_registered', 'alias_updated', 'alias_unregistered'],
  ...['escrow_opened', 'escrow_approved', 'escrow_disputed', 'escrow_resolved', 'escrow_released', 'escrow_refunded'],
]
