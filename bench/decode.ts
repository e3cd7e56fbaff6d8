/**
 * P2: blocks decoded per CPU-second, scan and decode against JSON.parse of the whole answer and a filter to the same
 * events. Both start from the answer's bytes, in turns, in this process; equal output is checked before the clock runs.
 */
import { deepStrictEqual } from 'node:assert'
import { createDecoder, type Decoder } from '../src/chain/decode/decode.ts'
import { type Needles, prepareNeedles, scanBlockResults } from '../src/chain/decode/scan.ts'
import type { Dialect, ScannedRange } from '../src/chain/decode/types.ts'
import { plainApp } from '../src/events/app.ts'
import { CHAIN_ID, generateBlock, watchedContracts } from './generate.ts'
import { type BenchOptions, compared, median, type Row } from './table.ts'

interface Load {
  name: string
  dialect: Dialect
  density: number
  floor: number
  goal: number
}

const LOADS: Load[] = [
  { name: 'decode, 7 % matching, plain', dialect: 'plain', density: 0.07, floor: 2.7, goal: 3.5 },
  { name: 'decode, 7 % matching, base64', dialect: 'base64', density: 0.07, floor: 2.4, goal: 2.8 },
  { name: 'decode, no match, plain', dialect: 'plain', density: 0, floor: 6, goal: 10 },
  { name: 'decode, no match, base64', dialect: 'base64', density: 0, floor: 4, goal: 6 },
]

/** Different blocks a pass, so that no cache of the CPU holds the answer. */
const BLOCKS = 16

export async function run({ rounds, short }: BenchOptions): Promise<Row[]> {
  return LOADS.map((load) => {
    const { ours, theirs } = contestants(load)
    const passes = short ? 2 : 12
    for (let warm = 0; warm < (short ? 4 : 20); warm++) {
      ours()
      theirs()
    }
    const pairs = Array.from(
      { length: Math.max(rounds, short ? 1 : 5) },
      () => [speed(ours, passes), speed(theirs, passes)] as const,
    )
    return {
      name: load.name,
      value: median(pairs.map(([our]) => our)),
      unit: 'blocks/CPU-s',
      peer: { name: 'JSON.parse + filter', value: median(pairs.map(([, their]) => their)) },
      ...compared(
        pairs.map(([our]) => our),
        pairs.map(([, their]) => their),
      ),
      floor: load.floor,
      goal: load.goal,
    }
  })
}

/** An event as both sides give it. */
interface Found {
  txIndex: number
  eventIndex: number
  contract: string
  data: Record<string, unknown>
}

function contestants({ dialect, density }: Load): { ours: () => Found[][]; theirs: () => Found[][] } {
  const blocks = Array.from({ length: BLOCKS }, (_, index) => generateBlock(index + 1, { dialect, density }))
  const bodies = blocks.map(({ blockResults }) => Buffer.from(blockResults))
  const contracts = watchedContracts(dialect)
  const needles = prepareNeedles(contracts.map(({ address }) => address))
  const names = new Map(contracts.map(({ name, address }) => [encode(address, dialect), name]))
  const decoder = createDecoder({ contracts, app: plainApp })
  const ours = (): Found[][] => bodies.map((body) => slices(body, dialect, needles, decoder))
  const theirs = (): Found[][] => bodies.map((body) => parsed(body, dialect, names))
  const sameShape = (all: Found[][]): Found[][] =>
    all.map((found) =>
      found.map(({ txIndex, eventIndex, contract, data }) => ({ txIndex, eventIndex, contract, data: { ...data } })),
    )
  deepStrictEqual(sameShape(ours()), sameShape(theirs()))
  return { ours, theirs }
}

/** Blocks per CPU-second, garbage collection included. */
function speed(decode: () => unknown, passes: number): number {
  const before = process.cpuUsage()
  for (let pass = 0; pass < passes; pass++) decode()
  const { user, system } = process.cpuUsage(before)
  return (BLOCKS * passes * 1e6) / (user + system)
}

/** Our path as the two threads run it: scan, copy the hits into one buffer, decode. */
function slices(body: Buffer, dialect: Dialect, needles: Needles, decoder: Decoder): Found[] {
  const scan = scanBlockResults(body, { needles, dialect, expectedTxs: 200 })
  const bytes = new Uint8Array(scan.hits.reduce((length, { json }) => length + json.length, 0))
  let offset = 0
  const hits = scan.hits.map(({ txIndex, json }) => {
    bytes.set(json, offset)
    offset += json.length
    return { txIndex, txHash: '', offset: offset - json.length, length: json.length }
  })
  const block = { height: scan.height, hash: '', parentHash: '', time: '', txCount: scan.txCount, hits }
  const range: ScannedRange = { chainId: CHAIN_ID, dialect: scan.dialect, blocks: [block], bytes }
  return decoder.decode(range).blocks[0]?.records ?? []
}

interface Answer {
  result: {
    txs_results: { code?: number; events?: { type: string; attributes: { key: string; value: string | null }[] }[] }[]
  }
}

/** The peer: what everyone writes first. */
function parsed(body: Buffer, dialect: Dialect, names: ReadonlyMap<string, string>): Found[] {
  const key = encode('_contract_address', dialect)
  const found: Found[] = []
  const { result } = JSON.parse(body.toString()) as Answer
  for (const [txIndex, { code, events }] of result.txs_results.entries()) {
    if (code) continue
    for (const [eventIndex, { type, attributes }] of (events ?? []).entries()) {
      if (!type.startsWith('wasm') || attributes[0]?.key !== key) continue
      const contract = names.get(attributes[0].value ?? '')
      if (!contract) continue
      const own = dialect === 'plain' ? attributes.slice(1, -1) : attributes.slice(1)
      const data = Object.fromEntries(own.map((each) => [decode(each.key, dialect), decode(each.value ?? '', dialect)]))
      found.push({ txIndex, eventIndex, contract, data })
    }
  }
  return found
}

function encode(text: string, dialect: Dialect): string {
  return dialect === 'plain' ? text : Buffer.from(text).toString('base64')
}

function decode(text: string, dialect: Dialect): string {
  return dialect === 'plain' ? text : Buffer.from(text, 'base64').toString()
}
