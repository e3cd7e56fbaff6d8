/** What nodes answer: recorded answers, damaged. Whatever a node says, the node is blamed for it and nothing else happens. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createDecoder } from '../../src/chain/decode/decode.ts'
import { prepareNeedles, scanBlockResults } from '../../src/chain/decode/scan.ts'
import type { ScannedRange } from '../../src/chain/decode/types.ts'
import { firstBrokenLink } from '../../src/chain/read/continuity.ts'
import { fetchAndScan } from '../../src/chain/read/fetch-range.ts'
import { askStatus } from '../../src/chain/read/node-status.ts'
import { Rpc } from '../../src/chain/read/rpc.ts'
import type { Transport } from '../../src/chain/read/transport.ts'
import { BLOCK_TX_INDEX } from '../../src/events/position.ts'
import { CodedError } from '../../src/runtime/index.ts'
import app from '../../src/seimoney/index.ts'
import { recordings } from '../decode/support.ts'
import { type Damage, damaged, damages, value } from './arbitrary.ts'
import { harmless, holds, parts, TIMEOUT } from './round.ts'

/** Errors with which a node, or the transaction it sent, is set aside. */
const BLAMED =
  /^E_(RPC_(MALFORMED|ERROR|REFUSED|NOT_READY|OTHER_CHAIN)|SOURCE_INCAPABLE|DIALECT|MALFORMED_RESULT|CHAIN_MISMATCH)$/

function blamed(error: unknown): void {
  if (!(error instanceof CodedError)) throw error
  expect(error.code).toMatch(BLAMED)
}

/** Recorded chains as their nodes told them, the `result` of each answer by method and height. */
const chains = ['wasmd2', 'sei2'].map((name) => {
  const recording = recordings.find((each) => each.name === `test/recordings/${name}`)
  if (!recording) throw new Error(`no recording ${name}`)
  const results = new Map<string, string>()
  for (const { blockResults, block } of recording.heights) {
    const height = /"height":"(\d+)"/.exec(blockResults)?.[1]
    results.set(`block_results ${height}`, bare(blockResults)).set(`block ${height}`, bare(block))
  }
  const file = (method: string): string[] =>
    readFileSync(join(import.meta.dirname, `../recordings/${name}/${method}.ndjson`), 'utf8')
      .trimEnd()
      .split('\n')
  for (const line of file('blockchain')) {
    const { request, body } = JSON.parse(line) as { request: string; body: string }
    const { minHeight } = (JSON.parse(request) as { params: { minHeight: string } }).params
    results.set(`blockchain ${minHeight}`, bare(body))
  }
  results.set('status undefined', bare((JSON.parse(file('status')[0] ?? '') as { body: string }).body))
  const of = (method: string): number[] =>
    [...results.keys()].filter((key) => key.startsWith(`${method} `)).map((key) => Number(key.split(' ')[1]))
  // In the shortest of the blocks with a hit, damage meets something that matters.
  const heights = recording.golden.map(({ height }) => height)
  const short = [...new Set(heights)].sort((a, b) => lengthOf(results, a) - lengthOf(results, b)).slice(0, 40)
  return {
    ...recording,
    results,
    short,
    ranges: of('blockchain')
      .sort((a, b) => a - b)
      .slice(0, 4),
  }
})
type Chain = (typeof chains)[number]

function bare(answer: string): string {
  return JSON.stringify((JSON.parse(answer) as { result: unknown }).result)
}

function lengthOf(results: ReadonlyMap<string, string>, height: number): number {
  return results.get(`block_results ${height}`)?.length ?? Number.POSITIVE_INFINITY
}

/** A node that answers what was recorded, and lets `damage` have its way with the bytes of its answers. */
function nodeOf({ results }: Chain, damage: (sound: string, nth: number) => string): Rpc {
  let posts = 0
  const transport: Transport = {
    post: async (body, read) => {
      const asked = [JSON.parse(body)].flat() as { id: number; method: string; params: Record<string, string> }[]
      const entries = asked.map(({ id, method, params }) => {
        const result = results.get(`${method} ${params['height'] ?? params['minHeight']}`)
        return `{"jsonrpc":"2.0","id":${id},${result ? `"result":${result}` : '"error":{"code":-32603,"message":"no"}'}}`
      })
      return read(Buffer.from(damage(body.startsWith('[') ? `[${entries.join()}]` : entries.join(), posts++)))
    },
    close: async () => undefined,
  }
  return new Rpc(transport)
}

async function fetched(chain: Chain, from: number, to: number, rpc: Rpc): Promise<ScannedRange> {
  const addresses = chain.contracts.map(({ address }) => address)
  const task = { url: 'http://127.0.0.1', headers: {}, from, to, addresses, dialect: chain.dialect, deadlineMs: 1_000 }
  return await fetchAndScan(task, undefined, rpc)
}

/** What was let through is whole: its heights are those asked for, each hit has its hash and is JSON that decodes or is blamed. */
function requireSound(chain: Chain, range: ScannedRange, from: number, to: number): void {
  expect(range.blocks.map(({ height }) => height)).toEqual(Array.from({ length: to - from + 1 }, (_, n) => from + n))
  for (const { txCount, hits } of range.blocks) {
    expect(Number.isSafeInteger(txCount)).toBe(true)
    for (const { txIndex, txHash, offset, length } of hits) {
      expect(txIndex === BLOCK_TX_INDEX || txIndex < txCount).toBe(true)
      expect(txIndex === BLOCK_TX_INDEX ? txHash : /^[0-9A-F]{64}$/.test(txHash ?? '')).toBe(
        txIndex === BLOCK_TX_INDEX ? null : true,
      )
      expect(() => JSON.parse(Buffer.from(range.bytes.subarray(offset, offset + length)).toString())).not.toThrow()
    }
  }
  const before = { height: from - 1, hash: null, time: '2020-01-01T00:00:00Z' }
  expect(typeof firstBrokenLink(before, range.blocks)).toMatch(/undefined|string/) // what is done with it next
  decodes(chain, range)
}

function decodes({ contracts }: Chain, range: ScannedRange): void {
  try {
    const { blocks } = createDecoder({ contracts, app }).decode(range)
    for (const { records } of blocks) for (const { type } of records) expect(type).toMatch(/./)
  } catch (error) {
    blamed(error)
  }
}

interface Chosen {
  chain: Chain
  pick: number
  damage: Damage[]
  /** Which of the answers is damaged. */
  nth: number
}
const chosen: fc.Arbitrary<Chosen> = fc.record({
  chain: fc.constantFrom(...chains),
  pick: fc.nat(1_000),
  damage: damages,
  nth: fc.nat(2),
})
function pick<T>(from: readonly T[], n: number): T {
  return from[n % from.length] as T
}

it('recorded answers, unharmed, are read and decoded', async () => {
  for (const chain of chains) {
    const [from = 0] = chain.ranges
    for (const to of [from, from + 9]) {
      const range = await fetched(
        chain,
        from,
        to,
        nodeOf(chain, (sound) => sound),
      )
      requireSound(chain, range, from, to)
    }
    const rpc = nodeOf(chain, (sound) => sound)
    expect((await askStatus(rpc)).latest).toBeGreaterThan(1)
    const events = await Promise.all(
      chain.short.map(async (height) =>
        createDecoder({ ...chain, app }).decode(await fetched(chain, height, height, rpc)),
      ),
    )
    expect(events.every(({ blocks }) => blocks.some(({ records }) => records.length))).toBe(true)
  }
})

it('damaged results: scanned, or refused as no JSON or of another dialect', { timeout: TIMEOUT }, () => {
  holds(chosen, 'answers', ({ chain, pick: n, damage }) => {
    const body = Buffer.from(damaged(chain.results.get(`block_results ${pick(chain.short, n)}`) ?? '', damage))
    const needles = prepareNeedles(chain.contracts.map(({ address }) => address))
    try {
      const { height, txCount, hits } = scanBlockResults(body, { needles, dialect: chain.dialect })
      expect([height, txCount].every(Number.isSafeInteger)).toBe(true)
      expect(hits.every(({ txIndex }) => txIndex === BLOCK_TX_INDEX || txIndex < txCount)).toBe(true)
    } catch (error) {
      if (!(error instanceof SyntaxError)) blamed(error)
    }
  })
})

it('damaged blocks and ranges: sound, or blamed on the node', { timeout: TIMEOUT }, async () => {
  const one = async ({ chain, pick: n, damage, nth }: Chosen): Promise<void> => {
    const several = n % 4 === 0
    const from = several ? pick(chain.ranges, n >> 2) : pick(chain.short, n)
    const to = several ? from + 4 : from
    try {
      const rpc = nodeOf(chain, (sound, post) => (post === (several ? nth : 0) ? damaged(sound, damage) : sound))
      requireSound(chain, await fetched(chain, from, to, rpc), from, to)
    } catch (error) {
      try {
        blamed(error)
      } catch {
        throw new Error(`${from} to ${to}, answer ${nth}, ${JSON.stringify(damage)}`, { cause: error })
      }
    }
  }
  const round = async (): Promise<void> => {
    for (const part of parts(chosen, 'ranges')) for (const each of part) await one(each)
  }
  await harmless(async () => void (await Promise.all(fc.sample(chosen, { numRuns: 40, seed: 1 }).map(one))), round)
})

it('damaged and invented status', { timeout: TIMEOUT }, async () => {
  const invented = value.map((any) => JSON.stringify(any))
  for (const part of parts(fc.tuple(chosen, fc.option(invented)), 'statuses'))
    for (const [{ chain, damage }, other] of part) {
      const rpc = nodeOf(chain, (sound) => other ?? damaged(sound, damage))
      await askStatus(rpc).then(
        ({ chainId, latest, earliest }) => {
          expect(chainId).toMatch(/./s)
          expect([latest, earliest].every((height) => Number.isSafeInteger(height) && height >= 0)).toBe(true)
        },
        (error: unknown) => blamed(error),
      )
    }
})

it('transactions of any shape: decoded, or blamed', { timeout: TIMEOUT }, () => {
  holds(chosen, 'hits', ({ chain, pick: n, damage }) => {
    const sound = chain.results.get(`block_results ${pick(chain.short, n)}`) ?? ''
    const { txs_results } = JSON.parse(sound) as { txs_results: unknown[] }
    const bytes = new Uint8Array(Buffer.from(damaged(JSON.stringify(pick(txs_results ?? [{}], n)), damage)))
    const hit = { txIndex: n % 3 ? 0 : BLOCK_TX_INDEX, txHash: 'AB'.repeat(32), offset: 0, length: bytes.length }
    const block = { height: 5, hash: 'A', parentHash: '', time: '2026-01-01T00:00:00Z', txCount: 1, hits: [hit] }
    decodes(chain, { chainId: 'test-1', dialect: chain.dialect, blocks: [block], bytes })
  })
})
