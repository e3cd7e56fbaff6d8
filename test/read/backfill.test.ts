import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ScannedRange } from '../../src/chain/decode/types.ts'
import type { SourceOptions } from '../../src/chain/read/source.ts'
import { nextStretch } from '../../src/chain/read/stretch.ts'
import type { MissingHistory } from '../../src/events/types.ts'
import { heights, type Running, run } from './collect.ts'
import { type Chain, internalError, loadChain, startNode } from './fake-node.ts'

const chain = loadChain('wasmd2')
const CHECKPOINT = 150

const payments = addressOf(chain, 'payments')
const pots = addressOf(chain, 'pots')

function addressOf({ contracts }: Chain, name: string): string {
  return contracts.find((contract) => contract.name === name)?.address ?? ''
}

/** A log that stands at {@link CHECKPOINT} and lacks this. */
function lacking(...missing: Partial<MissingHistory>[]): Partial<SourceOptions> {
  const whole = { contract: 'payments', address: payments, origin: null, logStart: 100 }
  const header = chain.blocks.get(CHECKPOINT)
  return {
    storedChainId: chain.chainId,
    checkpoint: {
      height: CHECKPOINT,
      hash: header?.block_id.hash ?? null,
      time: header?.block.header.time ?? null,
    },
    missing: missing.map((each) => ({ ...whole, heights: [{ from: 1, to: CHECKPOINT }], ...each })),
  }
}

const isOld = ({ backfill }: ScannedRange): boolean => backfill !== undefined
const old = ({ ranges }: Running): ScannedRange[] => ranges.filter(isOld)
const fetched = (ranges: readonly ScannedRange[]): number[] =>
  ranges.flatMap(({ blocks }) => blocks.map(({ height }) => height))

it('fetches from the creation of the contract on, below the checkpoint, while new blocks go on', async () => {
  const node = await startNode(chain, { latest: CHECKPOINT })
  const source = run([node], lacking({}))
  await source.until((running) => fetched(old(running)).length)
  node.advance(CHECKPOINT + 1)
  await source.until((running) => fetched(old(running)).at(-1) === CHECKPOINT)
  await source.until(({ ranges }) => fetched(ranges.filter((range) => !isOld(range))).at(-1) === CHECKPOINT + 1)
  expect(fetched(old(source))).toEqual(heights(18, CHECKPOINT))
  expect(old(source).every(({ backfill }) => String(backfill?.contracts) === payments)).toBe(true)
  expect(old(source).flatMap(({ blocks }) => blocks.flatMap(({ hits }) => hits)).length).toBeGreaterThan(0)
  await source.until(({ last }) => last?.state === 'following' && last.backfill === undefined)
})

it('begins where the log does when no node tells the creation, and where an origin is known there', async () => {
  const sei = loadChain('sei2')
  const node = await startNode(sei)
  const last = sei.blocks.get(sei.to)
  const checkpoint = {
    height: sei.to,
    hash: last?.block_id.hash ?? null,
    time: last?.block.header.time ?? null,
  }
  const address = addressOf(sei, 'payments')
  const missing = [
    { contract: 'payments', address, origin: null, logStart: 100, heights: [{ from: 1, to: 120 }] },
    {
      contract: 'pots',
      address: addressOf(sei, 'pots'),
      origin: 110,
      logStart: 100,
      heights: [{ from: 110, to: 112 }],
    },
  ]
  const source = run([node], { storedChainId: sei.chainId, checkpoint, missing })
  await source.until((running) => fetched(old(running)).at(-1) === 120)
  expect(fetched(old(source))).toEqual(heights(100, 120))
  const both = old(source).filter(({ backfill }) => backfill?.contracts.length === 2)
  expect(fetched(both)).toEqual([110, 111, 112])
})

it('leaves out what every node has pruned, of each contract for itself, and says so first', async () => {
  const node = await startNode(chain, { latest: CHECKPOINT, earliest: 140 })
  const source = run([node], lacking({}, { contract: 'pots', address: pots, origin: 130 }))
  await source.until((running) => fetched(old(running)).at(-1) === CHECKPOINT)
  const reason = 'every node has pruned it'
  expect(old(source).flatMap(({ gap, backfill }) => (gap ? [{ gap, of: backfill?.contracts }] : []))).toEqual([
    { gap: { from: 18, to: 139, reason }, of: [payments] },
    { gap: { from: 130, to: 139, reason }, of: [pots] },
  ])
  expect(fetched(old(source))).toEqual(heights(140, CHECKPOINT))
})

it('leaves out what is pruned while it fetches', async () => {
  const node = await startNode(chain, { latest: CHECKPOINT })
  node.answer = ({ method, params }) => {
    if (Number(params['minHeight'] ?? params['height']) < 100 || method !== 'blockchain') return undefined
    node.earliest = Math.max(node.earliest, 145)
    return undefined
  }
  const source = run([node], lacking({}))
  await source.until((running) => fetched(old(running)).at(-1) === CHECKPOINT)
  const gap = old(source).find((range) => range.gap)?.gap
  expect(gap?.to).toBe(144)
  expect(fetched(old(source))).toEqual([...heights(18, (gap?.from ?? 0) - 1), ...heights(145, CHECKPOINT)])
})

it('says at once that a contract made after the checkpoint has no history', async () => {
  const node = await startNode(chain, { latest: CHECKPOINT })
  const source = run([node], lacking({ heights: [{ from: 1, to: 17 }] }))
  await source.until((running) => old(running).length)
  expect(old(source)).toMatchObject([{ blocks: [], backfill: { contracts: [payments] } }])
  expect(old(source)[0]?.gap).toBeUndefined()
})

it('waits while the source itself is behind or halted', async () => {
  const node = await startNode(chain)
  const behind = { ...lacking({ origin: 20 }), checkpoint: { height: 50, hash: null, time: null } }
  const source = run([node], behind)
  await source.until((running) => fetched(old(running)).length)
  const before = source.ranges.slice(0, source.ranges.findIndex(isOld))
  expect(fetched(before).at(-1)).toBeGreaterThanOrEqual(chain.to - 64)
})

it('a height that no node gives shows, holds up nothing new, and is fetched once it can be had', async () => {
  const node = await startNode(chain, { latest: CHECKPOINT })
  const broken = 60
  let isBroken = true
  node.answer = ({ method, params }) =>
    isBroken && method === 'block_results' && Number(params['height']) === broken
      ? {
          result: JSON.stringify({
            height: params['height'],
            txs_results: [{}, {}, {}, {}],
            finalize_block_events: [],
          }),
        }
      : undefined
  const source = run([node], lacking({}))
  await source.until(({ last }) => last?.backfill?.fault)
  expect(source.last).toMatchObject({ fault: null, backfill: { contracts: ['payments'], to: CHECKPOINT } })
  expect(source.last?.backfill?.fault?.code).toBe('E_SOURCE_INCAPABLE')
  node.advance(CHECKPOINT + 1)
  await source.until(({ ranges }) => ranges.some((range) => !isOld(range)))
  isBroken = false
  await source.until((running) => fetched(old(running)).at(-1) === CHECKPOINT)
  expect(fetched(old(source))).toEqual(heights(18, CHECKPOINT))
})

it('a budget of calls is kept: ranges become small, and what is new finds some left', async () => {
  const node = await startNode(chain, { latest: CHECKPOINT })
  const source = run([node], {
    ...lacking({ origin: 140 }),
    endpoints: [{ url: node.url, requestsPerSecond: 16 }],
  })
  await source.until((running) => fetched(old(running)).length)
  node.advance(CHECKPOINT + 1)
  await source.until((running) => fetched(old(running)).at(-1) === CHECKPOINT)
  const sizes = old(source).map(({ blocks }) => blocks.length)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(6)
  expect(fetched(source.ranges.slice(0, -1))).toContain(CHECKPOINT + 1)
})

it('nothing that a node cannot answer ends it: errors are asked again', async () => {
  const node = await startNode(chain, { latest: CHECKPOINT })
  let errors = 3
  node.answer = ({ method, params }) =>
    method === 'block_results' && Number(params['height']) === 60 && errors-- > 0 ? internalError('hiccup') : undefined
  const source = run([node], lacking({}))
  await source.until((running) => fetched(old(running)).at(-1) === CHECKPOINT)
  expect(fetched(old(source))).toEqual(heights(18, CHECKPOINT))
})

it('each missing height is asked for once, in order, for exactly those who lack it', () => {
  const piece = fc
    .record({ address: fc.constantFrom('a', 'b', 'c'), from: fc.integer({ min: 1, max: 60 }), length: fc.nat(30) })
    .map(({ address, from, length }) => ({ contract: address, address, from, to: from + length }))
  const pieces = fc.uniqueArray(piece, { selector: ({ address }) => address, maxLength: 3 })
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 20 }), (wanted, limit) => {
      const asked: [number, string[]][] = []
      for (
        let next = 0, stretch = nextStretch(wanted, next, limit);
        stretch;
        stretch = nextStretch(wanted, next, limit)
      ) {
        const { from, to, addresses } = stretch
        expect(to - from).toBeLessThan(limit)
        for (const height of heights(from, to)) asked.push([height, addresses])
        next = to + 1
      }
      const lacked = heights(1, 100).flatMap((height): [number, string[]][] => {
        const who = wanted.filter(({ from, to }) => from <= height && height <= to).map(({ address }) => address)
        return who.length ? [[height, who]] : []
      })
      expect(asked).toEqual(lacked)
    }),
  )
})
