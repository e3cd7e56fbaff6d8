/** Fetches consecutive heights from one node and scans them where the bytes arrive: inline at the tip, in the pool behind it. */
import { moment } from '../../events/passed.ts'
import { BLOCK_TX_INDEX } from '../../events/position.ts'
import { Unread } from '../../telemetry/unread.ts'
import { type Needles, prepareNeedles, type Scan, scanBlockResults } from '../decode/scan.ts'
import type { Dialect, ScannedBlock, ScannedRange } from '../decode/types.ts'
import { RpcError, SourceError } from './errors.ts'
import { orMalformed } from './fields.ts'
import { type Header, headerOfBlock, headersOfBlockchain } from './headers.ts'
import { isJson } from './is-json.ts'
import { Rpc, type RpcCall } from './rpc.ts'
import { openTransport } from './transport.ts'
import type { RpcTiming } from './types.ts'

/** `blockchain` answers at most this many headers, silently. */
export const RANGE_LIMIT = 20

/** Stands after all events on every node seen: where it is missing the answer may be cut, and only parsing can tell. */
const LAST_KEY = '"consensus_param_updates":'

/** What to fetch from where. Plain data: crosses threads. */
export interface RangeTask {
  url: string
  headers: Record<string, string>
  from: number
  /** Inclusive; at most {@link RANGE_LIMIT} heights. */
  to: number
  /** The watched contracts, canonical bech32. */
  addresses: readonly string[]
  /** The chain's dialect once it is known. */
  dialect: Dialect | undefined
  /** Longest silence of the node, ms. */
  deadlineMs: number
}

/**
 * Fetches and scans a range. One height takes one batch of two; more take `blockchain` for the headers, `block_results`
 * for all, `block` only for heights with a hit (for all of them where `blockchain` fails).
 * The count of transactions of each height was compared with its results before this returns.
 * @throws RpcError when the node fails; SourceError `E_SOURCE_INCAPABLE` with the first height that has transactions
 * without results (Sei with Autobahn answers so, with success).
 */
export async function fetchAndScan(
  task: RangeTask,
  signal?: AbortSignal,
  rpc: Rpc = pooledRpc(task),
): Promise<ScannedRange> {
  const range = new RangeFetch(task, rpc, signal)
  return task.from === task.to ? await range.single() : await range.several()
}

/** Connections of the pool's threads, which live as long as their thread. */
const pooled = new Map<string, Rpc>()
const timings = new Unread<RpcTiming>(1_000)

/** Requests that ended since this was asked before, on the connections of a thread of the pool. */
export function takeTimings(): RpcTiming[] {
  return timings.read()
}

function pooledRpc({ url, headers, deadlineMs }: RangeTask): Rpc {
  const key = JSON.stringify([url, headers, deadlineMs])
  const rpc =
    pooled.get(key) ??
    new Rpc(openTransport({ url, headers, deadline: deadlineMs, connections: 2 }), (timing) => timings.push(timing))
  pooled.set(key, rpc)
  return rpc
}

/** A hit whose bytes were copied off the lent answer. */
interface KeptHit {
  txIndex: number
  json: Buffer
}

interface KeptScan extends Omit<Scan, 'hits'> {
  hits: KeptHit[]
}

class RangeFetch {
  readonly #asked = moment()
  readonly #task: RangeTask
  readonly #rpc: Rpc
  readonly #signal: AbortSignal | undefined
  readonly #needles: Needles
  #dialect: Dialect | undefined

  constructor(task: RangeTask, rpc: Rpc, signal: AbortSignal | undefined) {
    this.#task = task
    this.#rpc = rpc
    this.#signal = signal
    this.#needles = prepareNeedles(task.addresses)
    this.#dialect = task.dialect
  }

  /** The header of a single height comes along with its results; the count is compared afterwards. */
  async single(): Promise<ScannedRange> {
    const { from } = this.#task
    const calls = [heightCall('block', from), heightCall('block_results', from)]
    let facts: Header | undefined
    const answers = await this.#rpc.batch(
      calls,
      (result, index) => {
        if (index === 1) return this.#scan(result, from, facts?.txCount)
        facts = headerOfBlock(result)
        return undefined
      },
      this.#signal,
    )
    return this.#join([expectHeader(from, facts)], [expectScan(from, answers[1])])
  }

  async several(): Promise<ScannedRange> {
    const headers = await this.#headers()
    const scans = await this.#results(headers)
    const wanted = headers.flatMap((header, index) => {
      const txs = (scans[index]?.hits ?? []).filter(isTransaction).map(({ txIndex }) => txIndex)
      return header.txHashes || !txs.length ? [] : [{ header, height: header.height, txs }]
    })
    const blocks = await this.#blocks(wanted)
    for (const [index, block] of blocks.entries()) requireSame(wanted[index]?.header, block)
    const byHeight = new Map(blocks.map((block) => [block.height, block]))
    return this.#join(
      headers.map((header) => byHeight.get(header.height) ?? header),
      scans,
    )
  }

  /** By `blockchain`; by `block` for the heights that it does not answer. */
  async #headers(): Promise<Header[]> {
    const { from, to } = this.#task
    const heights = Array.from({ length: to - from + 1 }, (_, index) => from + index)
    const known = new Map((await this.#blockchain()).map((facts) => [facts.height, facts]))
    const unknown = heights.filter((height) => !known.has(height)).map((height) => ({ height }))
    for (const block of await this.#blocks(unknown)) known.set(block.height, block)
    return heights.map((height) => expectHeader(height, known.get(height)))
  }

  async #blockchain(): Promise<Header[]> {
    const { from, to } = this.#task
    const call = { method: 'blockchain', params: { minHeight: String(from), maxHeight: String(to) } }
    try {
      return (await this.#rpc.batch([call], headersOfBlockchain, this.#signal)).flat()
    } catch (error) {
      if (error instanceof RpcError && error.rpcCode !== undefined) return [] // the node answered: it cannot (Autobahn)
      throw error
    }
  }

  async #blocks(wanted: readonly { height: number; txs?: readonly number[] }[]): Promise<Header[]> {
    const calls = wanted.map(({ height }) => heightCall('block', height))
    const read = (result: Buffer, index: number): Header =>
      expectHeader(wanted[index]?.height ?? 0, headerOfBlock(result, wanted[index]?.txs))
    return await this.#rpc.batch(calls, read, this.#signal)
  }

  async #results(headers: Header[]): Promise<KeptScan[]> {
    const calls = headers.map(({ height }) => heightCall('block_results', height))
    const read = (result: Buffer, index: number): KeptScan => {
      const { height, txCount } = headers[index] as Header
      return this.#scan(result, height, txCount)
    }
    return await this.#rpc.batch(calls, read, this.#signal)
  }

  #scan(result: Buffer, height: number, expectedTxs: number | undefined): KeptScan {
    const request = {
      needles: this.#needles,
      dialect: this.#dialect,
      ...(expectedTxs === undefined ? {} : { expectedTxs }),
    }
    const scan = orMalformed('block_results', () => {
      if (result.lastIndexOf(LAST_KEY) < 0) JSON.parse(result.toString())
      return scanBlockResults(result, request)
    })
    if (scan.height !== height)
      throw new RpcError('E_RPC_MALFORMED', `block_results: asked for ${height}, got ${scan.height}`)
    this.#dialect ??= scan.dialect
    return { ...scan, hits: scan.hits.map(({ txIndex, json }) => ({ txIndex, json: keep(json) })) }
  }

  #join(headers: Header[], scans: KeptScan[]): ScannedRange {
    const chainId = headers[0]?.chainId ?? ''
    if (headers.some((header) => header.chainId !== chainId))
      throw new RpcError('E_RPC_OTHER_CHAIN', `one answer holds blocks of ${chainId} and of another chain`)
    const bytes = new Uint8Array(sum(scans.flatMap(({ hits }) => hits.map(({ json }) => json.length))))
    let offset = 0
    const place = ({ txIndex, json }: KeptHit, txHashes: Header['txHashes']): ScannedBlock['hits'][number] => {
      bytes.set(json, offset)
      offset += json.length
      return { txIndex, txHash: txHashes?.get(txIndex) ?? null, offset: offset - json.length, length: json.length }
    }
    const blocks = headers.map(({ height, hash, parentHash, time, txCount, txHashes }, index): ScannedBlock => {
      const scan = expectScan(height, scans[index])
      requireResults(height, txCount, scan.txCount)
      return { height, hash, parentHash, time, txCount, hits: scan.hits.map((hit) => place(hit, txHashes)) }
    })
    return { chainId, dialect: this.#dialect, blocks, passed: { asked: this.#asked, fetched: moment() }, bytes }
  }
}

function heightCall(method: string, height: number): RpcCall {
  return { method, params: { height: String(height) } }
}

function isTransaction({ txIndex }: KeptHit): boolean {
  return txIndex !== BLOCK_TX_INDEX
}

function requireResults(height: number, txCount: number, resultCount: number): void {
  if (txCount === resultCount) return
  const message = `block ${height} holds ${txCount} transactions, but the node answers ${resultCount} results: it keeps no events (Sei with Autobahn?); use an endpoint that answers block_results`
  throw new SourceError('E_SOURCE_INCAPABLE', message, height)
}

function requireSame(header: Header | undefined, block: Header): void {
  if (header?.hash === block.hash && header.txCount === block.txCount) return
  throw new RpcError('E_RPC_MALFORMED', `block and blockchain differ at height ${block.height}`)
}

/** A copy of a slice of the lent answer. Damaged on the way, it is the node's trouble and asked for again, not the decoder's. */
function keep(json: Uint8Array): Buffer {
  if (!isJson(json)) throw new RpcError('E_RPC_MALFORMED', 'block_results: a transaction in it is no JSON')
  return Buffer.from(json)
}

function expectHeader(height: number, facts: Header | undefined): Header {
  if (facts?.height === height) return facts
  throw new RpcError(
    'E_RPC_MALFORMED',
    `asked for the header of ${height}, got ${facts ? `that of ${facts.height}` : 'none'}`,
  )
}

function expectScan(height: number, scan: KeptScan | undefined): KeptScan {
  if (scan) return scan
  throw new RpcError('E_RPC_MALFORMED', `asked for the results of ${height}, got none`)
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
