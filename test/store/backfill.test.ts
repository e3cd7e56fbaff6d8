import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type App, plainApp } from '../../src/events/app.ts'
import type { DecodedBlock, DecodedRange, EventRecord, HistoryChanged } from '../../src/events/types.ts'
import { FILE } from '../../src/store/schema.ts'
import type { LogWriter } from '../../src/store/types.ts'
import { openWriter } from '../../src/store/writer.ts'
import { block, CONTRACTS, folder, MARKET, POTS, range, readerOn, record } from './support.ts'
import { projectedTables, rebuiltWhole } from './tables-in-file.ts'
import { people, sales, toyApp } from './toy-app.ts'

/** Remembers per contract, as catalogues do, and routes to everybody before. */
const app: App = {
  ...toyApp({ people, sales: sales() }),
  catalogue: {
    ...plainApp.catalogue,
    join: ({ contractAddress, data, accounts }, state) => {
      const key = `${contractAddress}/${data['id']}`
      const seen = state.get(key)
      const [first = 'nobody'] = accounts
      if (!seen) state.put(key, { first })
      state.weigh(key, first, String(Number(state.weight(key, first)) + 1))
      const audience = state.members(key, 10)
      return { data: { first: seen?.['first'] ?? null }, accounts: [], audience, incomplete: !seen }
    },
  },
}

const ofMarket = (blocks: readonly DecodedBlock[]) => only(blocks, MARKET.address)
const ofPots = (blocks: readonly DecodedBlock[]) => only(blocks, POTS.address)

function only(blocks: readonly DecodedBlock[], address: string): DecodedBlock[] {
  return blocks.map((each) => ({
    ...each,
    records: each.records.filter(({ contractAddress }) => contractAddress === address),
  }))
}

function open(path: string, contracts = CONTRACTS): LogWriter {
  return openWriter({ path, app, contracts })
}

function history(log: readonly DecodedBlock[], from: number, to: number): DecodedRange {
  return { ...range(ofPots(log.slice(from - 1, to))), backfill: { contracts: [POTS.address] } }
}

/** Fetches up to `most` of the heights that are missing. */
function fillSome(writer: LogWriter, log: readonly DecodedBlock[], most: number): DecodedRange | undefined {
  const [missing] = writer.missing()
  const [first] = missing?.heights ?? []
  if (!first) return undefined
  const some = history(log, first.from, Math.min(first.to, first.from + most - 1))
  writer.commit(some)
  return some
}

function finish(writer: LogWriter, log: readonly DecodedBlock[]): HistoryChanged[] {
  while (fillSome(writer, log, 20));
  rebuiltWhole(writer)
  const changes: HistoryChanged[] = []
  for (let released = writer.release(3); released !== 'nothing'; released = writer.release(3))
    if (released !== 'some') changes.push(...released)
  rebuiltWhole(writer)
  return changes
}

/** Everything that is the same whoever came first. */
function contents(path: string) {
  const file = new DatabaseSync(join(path, FILE), { readOnly: true })
  const rows = (table: string) => file.prepare(`SELECT * FROM ${table}`).all()
  const all = { events: rows('event'), routes: rows('event_account'), coverage: rows('coverage'), held: rows('held') }
  file.close()
  return { ...all, ...projectedTables(path) }
}

function fresh(log: readonly DecodedBlock[]) {
  const path = folder()
  const writer = open(path)
  for (const each of log) writer.commit(range([each]))
  writer.close()
  return contents(path)
}

const event = fc.record({
  contract: fc.constantFrom(MARKET, POTS),
  id: fc.constantFrom('1', '2', '__proto__'),
  accounts: fc.array(fc.constantFrom('wasm1a', 'wasm1b', 'wasm1c'), { maxLength: 2 }),
})
const someLog = fc.array(fc.array(event, { maxLength: 4 }), { minLength: 3, maxLength: 14 }).map((heights) =>
  heights.map((events, index) =>
    block(
      index + 1,
      events.map(({ contract, id, accounts }, n) => emitted(contract, n, id, accounts)),
    ),
  ),
)
const step = fc.constantFrom('live', 'live', 'fill', 'fill', 'repeat', 'release', 'replay', 'reopen', 'away')

function emitted(contract: typeof MARKET, n: number, id: string, accounts: string[] = []): EventRecord {
  const data = Object.assign(Object.create(null), { id }) as EventRecord['data']
  return record(n, 0, {
    type: `${contract.name}.sold`,
    contract: contract.name,
    contractAddress: contract.address,
    data,
    accounts,
  })
}

describe('a contract that is configured later', () => {
  it('leaves a log that equals a fresh one, in every table, in whatever order things happen', () => {
    fc.assert(
      fc.property(someLog, fc.nat(), fc.array(step, { maxLength: 30 }), (log, before, steps) => {
        const path = folder()
        const old = open(path, [MARKET])
        let next = 1 + (before % (log.length - 1))
        for (const each of ofMarket(log.slice(0, next))) old.commit(range([each]))
        old.close()
        let writer = open(path)
        let filled: DecodedRange[] = []
        const act: Record<typeof step extends fc.Arbitrary<infer S> ? S : never, () => unknown> = {
          live: () => {
            const [each] = log.slice(next)
            if (each) writer.commit(range([each]))
            if (each) next += 1
          },
          fill: () => filled.push(fillSome(writer, log, 2) ?? range([])),
          repeat: () => filled.filter(({ backfill }) => backfill).map((each) => writer.commit(each)),
          release: () => writer.release(2),
          replay: () => writer.replay(0),
          reopen: () => {
            writer.close()
            writer = open(path)
          },
          away: () => {
            writer.close()
            const without = open(path, [MARKET])
            const [each] = ofMarket(log.slice(next))
            if (each) without.commit(range([each]))
            if (each) next += 1
            without.close()
            writer = open(path)
            filled = [] // a fetcher that was told of other contracts is gone
          },
        }
        for (const each of steps) act[each]()
        while (next < log.length) act.live()
        finish(writer, log)
        expect(writer.missing()).toEqual([])
        writer.close()
        expect(contents(path)).toEqual(fresh(log))
      }),
      { numRuns: 80 },
    )
  })

  const log = [1, 2, 3, 4, 5, 6].map((height) => block(height, [emitted(MARKET, 0, '1'), emitted(POTS, 1, '1')]))

  function added(): { path: string; writer: LogWriter } {
    const path = folder()
    const old = open(path, [MARKET])
    old.commit(range(ofMarket(log.slice(0, 4))))
    old.close()
    return { path, writer: open(path) }
  }

  it('is neither announced nor logged while something is missing; then all of it stands in its place, and it is told', () => {
    const { path, writer } = added()
    expect(writer.missing()).toEqual([
      { contract: 'pots', address: POTS.address, origin: null, heights: [{ from: 1, to: 4 }], logStart: 1 },
    ])
    const live = writer.commit(range(log.slice(4, 5)))
    expect(live?.events?.map(({ contract }) => contract)).toEqual(['market'])
    expect(live?.tags).toEqual(['market', 'user:nobody'])
    expect(writer.commit(history(log, 2, 3))).toBeNull()
    expect(writer.release(10)).toBe('nothing')
    const pots = () => readerOn(path).events({ order: 'asc', limit: 10, contract: 'pots' })
    expect(pots()).toEqual([])
    expect(writer.missing()).toMatchObject([{ origin: 2, heights: [{ from: 4, to: 4 }] }])
    writer.commit(history(log, 4, 4))
    expect(writer.release(2)).toBe('some')
    expect(writer.release(5)).toEqual([{ contract: 'pots', from: 2, to: 5 }])
    expect(pots().map(({ id }) => id)).toEqual(['2-1-0', '3-1-0', '4-1-0', '5-1-0'])
    expect(writer.release(5)).toBe('nothing')
    expect(writer.commit(range(log.slice(5)))?.events?.map(({ id }) => id)).toEqual(['6-0-0', '6-1-0'])
    writer.close()
  })

  it('has its gaps to itself, and is complete with them', () => {
    const { path, writer } = added()
    const gap = { from: 1, to: 2, reason: 'every node has pruned it' }
    const backfill = { contracts: [POTS.address] }
    writer.commit({ ...range([]), gap, backfill })
    expect(writer.missing()).toMatchObject([{ origin: 1, heights: [{ from: 3, to: 4 }] }])
    writer.commit(history(log, 3, 3))
    writer.skip(4, 'skipped by an operator')
    expect(writer.checkpoint().height).toBe(4)
    expect(writer.missing()).toEqual([])
    expect(writer.release(10)).toEqual([{ contract: 'pots', from: 1, to: 4 }])
    writer.close()
    expect(readerOn(path).gaps()).toMatchObject([
      { ...gap, contract: POTS.address },
      { from: 4, to: 4, contract: POTS.address },
    ])
    const again = open(path)
    expect(again.missing()).toEqual([])
    again.close()
  })

  it('that has no history below the checkpoint is complete at once', () => {
    const { writer } = added()
    writer.commit(range(log.slice(4, 5)))
    writer.commit({ ...range([]), backfill: { contracts: [POTS.address] } })
    expect(writer.missing()).toEqual([])
    expect(writer.release(10)).toEqual([{ contract: 'pots', from: 5, to: 5 }])
    writer.close()
  })

  it('under another address is another contract', () => {
    const { path, writer } = added()
    finish(writer, log)
    writer.close()
    const moved = { name: 'pots', address: 'wasm1otherpots' }
    const again = open(path, [MARKET, moved])
    expect(again.missing()).toMatchObject([{ address: moved.address, origin: null, heights: [{ from: 1, to: 4 }] }])
    again.close()
  })

  it('keeps what a height that was left out altogether lacks', () => {
    const path = folder()
    const old = open(path, [MARKET])
    old.commit(range(ofMarket(log.slice(0, 2))))
    old.skip(3, 'skipped by an operator')
    old.commit(range(ofMarket(log.slice(3, 4))))
    old.close()
    const writer = open(path)
    expect(writer.missing()[0]?.heights).toEqual([
      { from: 1, to: 2 },
      { from: 4, to: 4 },
    ])
    writer.close()
  })
})

it('a transaction in quarantine of which other contracts logged their part gets its own part alone', () => {
  const path = folder()
  const writer = open(path)
  const quarantined = { txIndex: 1, txHash: null, dialect: 'plain', bytes: new Uint8Array(1), reason: 'bad' } as const
  writer.commit(range([{ ...block(1, [emitted(MARKET, 1, '1')]), quarantined: [quarantined] }]))
  const mended = () => [emitted(MARKET, 1, '1'), { ...emitted(POTS, 1, '1'), eventIndex: 1 }]
  expect(writer.requeue(mended)).toEqual({ released: 1, kept: 0 })
  expect(
    readerOn(path)
      .events({ order: 'asc', limit: 10 })
      .map(({ id }) => id),
  ).toEqual(['1-1-0', '1-1-1'])
  writer.close()
})
