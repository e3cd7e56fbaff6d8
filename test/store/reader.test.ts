import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BLOCK_TX_INDEX, compare, comparePositions, ORIGIN, parsePosition } from '../../src/events/position.ts'
import type { CommittedEvent, DecodedBlock } from '../../src/events/types.ts'
import { select } from '../../src/store/query.ts'
import { migrate } from '../../src/store/schema.ts'
import type { EventQuery, LogReader } from '../../src/store/types.ts'
import { block, folder, range, readerOn, record, writerOn } from './support.ts'

const TYPES = ['market.sold', 'market.listed', 'pot_created', 'transfer_created']
const ACCOUNTS = ['wasm1alice', 'wasm1bob', 'wasm1carol']

/** Blocks with up to a few events each, of random types, contracts and accounts. */
const chain: fc.Arbitrary<DecodedBlock[]> = fc
  .array(
    fc.uniqueArray(
      fc.record({
        at: fc.tuple(fc.oneof(fc.nat(3), fc.constant(BLOCK_TX_INDEX)), fc.nat(5)),
        type: fc.constantFrom(...TYPES),
        ours: fc.boolean(),
        accounts: fc.uniqueArray(fc.constantFrom(...ACCOUNTS)),
      }),
      { maxLength: 6, selector: ({ at }) => at.join('-') },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((blocks) =>
    blocks.map((events, n) =>
      block(
        n + 1,
        events
          .sort((a, b) => a.at[0] - b.at[0] || a.at[1] - b.at[1])
          .map(({ at, type, ours, accounts }) =>
            record(at[0], at[1], {
              ...{
                type,
                accounts,
                contract: ours ? 'market' : 'pots',
                contractAddress: ours ? 'wasm1market' : 'wasm1pots',
              },
              txHash: at[0] === BLOCK_TX_INDEX ? null : `${n + 1}-${at[0]}`,
            }),
          ),
      ),
    ),
  )

const filter: fc.Arbitrary<Partial<EventQuery>> = fc.record(
  {
    types: fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 1 }),
    kinds: fc.uniqueArray(fc.constantFrom('market', 'pot', 'transfer'), { minLength: 1 }),
    contract: fc.constantFrom('market', 'wasm1market', 'pots', 'nobody'),
    account: fc.constantFrom(...ACCOUNTS, 'wasm1nobody'),
    txHash: fc.constantFrom('1-0', '2-1', '0xab'),
  },
  { requiredKeys: [] },
)

function matches(event: CommittedEvent, wanted: Partial<EventQuery>): boolean {
  const text = JSON.parse(event.text) as { contractAddress: string; txHash: string | null }
  const { types, kinds, contract, account, txHash } = wanted
  return (
    (!types || types.includes(event.type)) &&
    (!kinds || kinds.includes(event.type.split(/[._]/)[0] ?? '')) &&
    (!contract || [event.contract, text.contractAddress].includes(contract)) &&
    (!account || event.audience.includes(account)) &&
    (!txHash || text.txHash === txHash)
  )
}

function pages(reader: LogReader, wanted: Partial<EventQuery>, order: 'asc' | 'desc', limit: number): CommittedEvent[] {
  const found: CommittedEvent[] = []
  for (let edge = order === 'asc' ? ORIGIN : undefined; ; ) {
    const from = edge ? (order === 'asc' ? { since: edge } : { before: edge }) : {}
    const page = reader.events({ ...wanted, ...from, order, limit, withAudience: true })
    found.push(...page)
    if (page.length < limit) return found
    edge = parsePosition(page.at(-1)?.id ?? '')
  }
}

it('paging through any filter, with any page size, yields each matching event exactly once and in order', () => {
  fc.assert(
    fc.property(chain, filter, fc.integer({ min: 1, max: 7 }), (blocks, wanted, limit) => {
      const path = folder()
      const all = writerOn(path).commit(range(blocks))?.events ?? []
      const reader = readerOn(path)
      const expected = all.filter((event) => matches(event, wanted))
      expect(pages(reader, wanted, 'asc', limit)).toEqual(expected)
      expect(pages(reader, wanted, 'desc', limit)).toEqual(expected.toReversed())
    }),
    { numRuns: 60 },
  )
})

it('no filter sorts what it finds or walks the whole log: the narrowest index leads, in the order of the log', () => {
  const file = new DatabaseSync(':memory:')
  migrate(file, '')
  const edge = fc.constantFrom(undefined, { height: 5, txIndex: 0, eventIndex: 0 })
  fc.assert(
    fc.property(filter, edge, fc.constantFrom('asc', 'desc'), (wanted, since, order) => {
      const crowds = wanted.account ? ['one', 'other'] : []
      const { sql } = select({ ...wanted, ...(since ? { since } : {}), order, limit: 5 }, crowds)
      const plan = file
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map((step) => String(step['detail']))
      expect(plan.filter((step) => step.includes('B-TREE'))).toEqual([])
      if (since || Object.keys(wanted).length) expect(plan.filter((step) => step.startsWith('SCAN'))).toEqual([])
      const leader = wanted.txHash
        ? /event_(tx|evm)_hash/
        : wanted.account
          ? /event_account/
          : wanted.contract
            ? /event_address/
            : wanted.kinds || wanted.types
              ? /event_kind/
              : /PRIMARY KEY|SCAN event/
      expect(plan.find((step) => /^(SEARCH|SCAN) event/.test(step))).toMatch(leader)
    }),
  )
  file.close()
})

it('ids sort by comparePositions as the log does', () => {
  fc.assert(
    fc.property(chain, (blocks) => {
      const path = folder()
      const ids = (writerOn(path).commit(range(blocks))?.events ?? []).map(({ id }) => id)
      expect(ids.toSorted(comparePositions)).toEqual(ids)
      for (const id of ids) expect(compare(parsePosition(id) ?? ORIGIN, ORIGIN)).toBeGreaterThan(0)
    }),
    { numRuns: 20 },
  )
})

it('an EVM hash is found however it is spelled', () => {
  const path = folder()
  writerOn(path).commit(range([block(1, [record(0, 0, { evmTxHash: '0xABcd' })])]))
  expect(readerOn(path).events({ order: 'asc', limit: 5, txHash: '0xabCD' })).toHaveLength(1)
})

it('a reader sees what is committed at once, and nothing before', () => {
  const path = folder()
  const writer = writerOn(path)
  const reader = readerOn(path)
  expect(reader.checkpoint().height).toBe(0)
  writer.commit(range([block(1, [record(0, 0)])]))
  expect(reader.checkpoint().height).toBe(1)
  expect(reader.head()).toEqual({ height: 1, txIndex: 0, eventIndex: 0 })
})
