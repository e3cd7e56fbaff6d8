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
import { commonLength, isMention, mentionNeedle, type Needles, nextMention } from './needles.ts'
import { parsedScan } from './parsed-scan.ts'
import { placesByMemchr, placesOf } from './simd.ts'
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
  const dialect = settleDialect(body, known)
  const { markers, next } = placesIn(body, layout, dialect, needles)
  const txCount = markers.length
  if (expectedTxs !== undefined && txCount !== expectedTxs) return undefined
  if ((txCount === 0) !== (layout.first === layout.end)) return undefined
  const hits = dialect ? cut(body, layout, markers, next) : []
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

interface Places {
  markers: number[]
  /** The next mention at or after an offset; -1 when there is none. */
  next(from: number): number
}

/** Markers and mentions: in one pass where the bytes can be searched so, else in one each. */
function placesIn(body: Buffer, layout: Layout, dialect: Dialect | undefined, needles: Needles): Places {
  const { first, end, blockEvents } = layout
  const places = dialect && placesOf(body, first, blockEvents.end, mentionNeedle(dialect), MARKER)
  if (!places)
    return {
      markers: placesByMemchr(body, first, end, MARKER).filter((at) => isMarker(body, at)),
      next: (from) => (dialect ? nextMention(body, from, dialect, needles) : -1),
    }
  const markers: number[] = []
  const mentions: number[] = []
  for (const at of places)
    if (at < end && isMarker(body, at)) markers.push(at)
    else if (isMention(body, at, dialect, needles)) mentions.push(at)
  let seen = 0
  return {
    markers,
    next: (from) => {
      while ((mentions[seen] ?? Number.POSITIVE_INFINITY) < from) seen += 1
      return mentions[seen] ?? -1
    },
  }
}

/** Seven bytes beginning with a rare one, as the needles of mentions: see needles.ts. */
const MARKER = Buffer.from('_wanted')
const MARKER_FRAME = Buffer.from('"gas_wanted":')
const MARKER_OFFSET = MARKER_FRAME.indexOf(MARKER)

/** `"gas_wanted":` stands once in every result, between `log` and `events`. (Sei leaves out a zero: then the count is short.) */
function isMarker(body: Buffer, at: number): boolean {
  return commonLength(body, at - MARKER_OFFSET, MARKER_FRAME) === MARKER_FRAME.length
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

const BETWEEN = Buffer.from('},{"')
const FIRST_KEY = /^(code|data|log|info|gas_wanted)":/
const LONGEST_FIRST_KEY = 12

/** Where result `txIndex` begins: back from its marker to the last `},{"` that one of a result's first keys follows. */
function startOfResult(body: Buffer, { first }: Layout, markers: number[], txIndex: number): number | undefined {
  const [floor, marker] = [markers[txIndex - 1], markers[txIndex]]
  if (floor === undefined || marker === undefined) return first
  const places = placesOf(body, floor, marker, BETWEEN) // memrchr would stop at every quote of Sei's log
  let at = marker
  do {
    at = places ? (places.pop() ?? -1) : body.lastIndexOf(BETWEEN, at - 1)
    if (at <= floor) return undefined
  } while (!isBetween(body, at))
  return at + 2
}

function isBetween(body: Buffer, at: number): boolean {
  if (commonLength(body, at, BETWEEN) < BETWEEN.length) return false
  const key = at + BETWEEN.length
  return FIRST_KEY.test(body.toString('latin1', key, key + LONGEST_FIRST_KEY))
}
