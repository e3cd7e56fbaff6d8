/**
 * Finds, in the bytes of a `block_results` answer, the transactions in which a watched contract occurs, without parsing
 * the answer: mention → boundaries of the transaction's result → slice. Runs where the bytes arrive.
 *
 * Why slicing is safe: inside a JSON string a quote is always escaped, so `"gas_wanted":`, `},{"code":` and the like are
 * structure wherever they occur. What does not look as CometBFT and Sei write it (another count of transactions than the
 * block's, another order of keys, white space, a cut end) goes through JSON.parse instead, and `trusted` is false.
 */
import { BLOCK_TX_INDEX } from '../../events/position.ts'
import { settleDialect } from './dialect.ts'
import { commonLength, type Needles, nextMention } from './needles.ts'
import { parsedScan } from './parsed-scan.ts'
import type { Dialect, FoundHit, Scan } from './types.ts'

export { type Needles, prepareNeedles } from './needles.ts'
export type { FoundHit, Scan } from './types.ts'

export interface ScanRequest {
  needles: Needles
  /** The chain's dialect once it is known. */
  dialect: Dialect | undefined
  /** The number of transactions the block itself holds, where it is known: another count is not trusted. */
  expectedTxs?: number
}

/**
 * Scans one answer: the envelope or the bare result.
 * @throws SyntaxError when it is no JSON of that shape; CodedError `E_DIALECT` when it is in another dialect than the chain's.
 */
export function scanBlockResults(body: Buffer, request: ScanRequest): Scan {
  return fastScan(body, request) ?? parsedScan(body, request)
}

/** What a compact answer is made of: `head` txs_results `ends` finalize_block_events `tail`. */
interface Layout {
  height: number
  /** Offset of the first result's `{`, or of what stands in its place. */
  first: number
  /** Offset of the `]` that closes the results; `first` when there are none. */
  end: number
  /** The value of `finalize_block_events`. */
  blockEvents: { start: number; end: number }
}

function fastScan(body: Buffer, { needles, dialect: known, expectedTxs }: ScanRequest): Scan | undefined {
  const layout = layoutOf(body)
  if (!layout) return undefined
  const markers = markersOf(body, layout)
  const txCount = markers.length
  if (expectedTxs !== undefined && txCount !== expectedTxs) return undefined
  if ((txCount === 0) !== (layout.first === layout.end)) return undefined
  const dialect = settleDialect(body, known)
  const hits = dialect ? cut(body, layout, markers, (from) => nextMention(body, from, dialect, needles)) : []
  return hits && { height: layout.height, txCount, dialect, hits, trusted: true }
}

const HEAD =
  /^(\{"jsonrpc":"2\.0","id":[^,{}]{1,40},"result":)?\{"height":"(\d{1,15})","txs_results":(\[(?=\{")|\[\]|null)/
const LONGEST_HEAD = 160
const BLOCK_EVENTS = Buffer.from('"finalize_block_events":')
const AFTER_RESULTS = /(\]|\[\]|null),(?:"total_gas_used":"\d{1,20}",)?$/
const LONGEST_AFTER_RESULTS = 50
const UPDATES = Buffer.from(',"validator_updates":')

/** Finds the parts from both ends; undefined when one is not where both chains put it, or the end is cut off. */
function layoutOf(body: Buffer): Layout | undefined {
  const head = HEAD.exec(body.toString('latin1', 0, LONGEST_HEAD))
  const updates = body.lastIndexOf(UPDATES)
  const blockEvents = body.lastIndexOf(BLOCK_EVENTS, updates)
  if (!head || updates < 0 || blockEvents < head[0].length) return undefined
  const between = AFTER_RESULTS.exec(body.toString('latin1', blockEvents - LONGEST_AFTER_RESULTS, blockEvents))
  if (!between || (head[3] === '[') !== (between[1] === ']')) return undefined
  if (!isWholeTail(body.toString('latin1', updates + 1), head[1] !== undefined)) return undefined
  const first = head[0].length
  const end = head[3] === '[' ? blockEvents - between[0].length : first
  return {
    height: Number(head[2]),
    first,
    end,
    blockEvents: { start: blockEvents + BLOCK_EVENTS.length, end: updates },
  }
}

/** True when the answer ends where its own brackets say. */
function isWholeTail(tail: string, inEnvelope: boolean): boolean {
  try {
    JSON.parse(`${inEnvelope ? '{"result":' : ''}{${tail}`)
    return true
  } catch {
    return false
  }
}

/** Seven bytes beginning with a rare one: see needles.ts. */
const MARKER = Buffer.from('_wanted')
const MARKER_FRAME = Buffer.from('"gas_wanted":')
const MARKER_OFFSET = MARKER_FRAME.indexOf(MARKER)

/** Offsets of `"gas_wanted":`, which stands once in every result, between `log` and `events`. (Sei leaves out a zero: then the count is short.) */
function markersOf(body: Buffer, { first, end }: Layout): number[] {
  const found: number[] = []
  for (let at = body.indexOf(MARKER, first); at >= 0 && at < end; at = body.indexOf(MARKER, at + MARKER.length))
    if (commonLength(body, at - MARKER_OFFSET, MARKER_FRAME) === MARKER_FRAME.length) found.push(at)
  return found
}

/** The results around the mentions; undefined when the boundaries of one are not where they should be. */
function cut(body: Buffer, layout: Layout, markers: number[], next: (from: number) => number): FoundHit[] | undefined {
  const hits: FoundHit[] = []
  let txIndex = 0
  let at = next(layout.first)
  while (at >= 0 && at < layout.end) {
    while ((markers[txIndex + 1] ?? layout.end) < at) txIndex += 1
    const start = startOfResult(body, layout, markers, txIndex)
    const following = txIndex + 1 < markers.length ? startOfResult(body, layout, markers, txIndex + 1) : layout.end + 1
    if (start === undefined || following === undefined || following <= at) return undefined
    hits.push({ txIndex, json: body.subarray(start, following - 1) })
    at = next(following)
  }
  const { start, end } = layout.blockEvents
  if (at >= start && at < end) hits.push({ txIndex: BLOCK_TX_INDEX, json: body.subarray(start, end) })
  return hits
}

const BETWEEN_RESULTS = '},{"'
const FIRST_KEY = /^(code|data|log|info|gas_wanted)":/
const LONGEST_FIRST_KEY = 12

/** Where result `txIndex` begins: back from its marker to the last `},{"` that one of a result's first keys follows. */
function startOfResult(body: Buffer, { first }: Layout, markers: number[], txIndex: number): number | undefined {
  const floor = markers[txIndex - 1]
  if (floor === undefined) return first
  for (
    let at = body.lastIndexOf(BETWEEN_RESULTS, markers[txIndex]);
    at > floor;
    at = body.lastIndexOf(BETWEEN_RESULTS, at - 1)
  ) {
    const key = at + BETWEEN_RESULTS.length
    if (FIRST_KEY.test(body.toString('latin1', key, key + LONGEST_FIRST_KEY))) return at + 2
  }
  return undefined
}
