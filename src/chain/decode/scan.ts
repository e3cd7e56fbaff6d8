/**
 * Finds, in the bytes of a `block_results` answer, the transactions in which a watched contract occurs, without parsing
 * the answer: needle → boundaries of the transaction's result → slice. Runs where the bytes arrive.
 *
 * Why slicing is safe: inside a JSON string a quote is always escaped, so a needle that begins and ends with a structural
 * quote cannot match there. What the needles cannot vouch for (another count of transactions than the block's, another
 * layout, white space) goes through JSON.parse instead, and `trusted` is false.
 */
import { BLOCK_TX_INDEX } from '../../events/position.ts'
import type { Dialect } from './types.ts'

/** The watched addresses as they stand in each dialect's bytes. Made once by {@link prepareNeedles}. */
export interface Needles {
  plain: ReadonlySet<string>
  base64: ReadonlySet<string>
}

export function prepareNeedles(addresses: readonly string[]): Needles {
  return {
    plain: new Set(addresses),
    base64: new Set(addresses.map((address) => Buffer.from(address).toString('base64'))),
  }
}

/** One `ExecTxResult` (or the list of the block's own events) in which a watched contract occurs. */
export interface FoundHit {
  txIndex: number
  /** A view of the scanned bytes, or bytes of its own after a fallback: copy it before the buffer is used again. */
  json: Uint8Array
}

export interface Scan {
  height: number
  /** Entries of `txs_results`, failed ones included; 0 when it is null. */
  txCount: number
  /** Undefined while nothing in the block tells. */
  dialect: Dialect | undefined
  hits: FoundHit[]
  /** False when the bytes had to be parsed. */
  trusted: boolean
}

export interface ScanRequest {
  needles: Needles
  /** The chain's dialect once it is known. */
  dialect: Dialect | undefined
  /** The number of transactions the block itself holds, where it is known: another count is not trusted. */
  expectedTxs?: number
}

const KEY: Record<Dialect, string> = { plain: '_contract_address"', base64: 'X2NvbnRyYWN0X2FkZHJlc3M="' }
const VALUE = ',"value":"'
const RESULTS = '"txs_results":'
const HEIGHT = '"height":"'
/** Stands once in every result of a transaction, after `log`, before `events` (Sei leaves it out when it is zero). */
const MARKER = '"gas_wanted":'
const RESULT_START = /^\{"(code|data|log|info|gas_wanted)":/
const RESULTS_ENDS = ['],"finalize_block_events":', '],"total_gas_used":']
const LONGEST_START = 16
const EMPTY = /^"txs_results":(null|\[\])/
const LONGEST_EMPTY = 18

/** Scans one answer: the envelope or the bare result. Throws SyntaxError when it is no JSON of that shape. */
export function scanBlockResults(body: Buffer, request: ScanRequest): Scan {
  return fastScan(body, request) ?? parsedScan(body, request)
}

function fastScan(body: Buffer, { needles, dialect, expectedTxs }: ScanRequest): Scan | undefined {
  const height = quotedNumber(body, HEIGHT)
  const results = body.indexOf(RESULTS)
  if (height === undefined || results < 0) return undefined
  const known = dialect ?? detectDialect(body)
  const offsets = known ? watched(body, known, needles, results) : []
  const markers = offsets.length || expectedTxs === undefined ? allIndexes(body, MARKER, results) : undefined
  const txCount = markers ? markers.length : countOf(body, MARKER, results)
  if (expectedTxs !== undefined && txCount !== expectedTxs) return undefined
  if (txCount === 0 && !EMPTY.test(body.toString('latin1', results, results + LONGEST_EMPTY))) return undefined
  const hits = markers && offsets.length ? cut(body, results, markers, offsets) : []
  return hits && { height, txCount, dialect: known, hits, trusted: true }
}

/** Offsets at which a watched address is the value of `_contract_address`, or might be. */
function watched(body: Buffer, dialect: Dialect, needles: Needles, from: number): number[] {
  const key = KEY[dialect]
  const addresses = needles[dialect]
  const offsets: number[] = []
  for (let at = body.indexOf(key, from); at >= 0; at = body.indexOf(key, at + key.length)) {
    const value = at + key.length
    if (body.toString('latin1', value, value + VALUE.length) !== VALUE) {
      offsets.push(at) // another layout: whoever parses the transaction will see
      continue
    }
    const start = value + VALUE.length
    const end = body.indexOf(0x22, start)
    if (end < 0 || addresses.has(body.toString('latin1', start, end))) offsets.push(at)
  }
  return offsets
}

/** The results around `offsets`; undefined when the layout is not the known one. */
function cut(body: Buffer, results: number, markers: number[], offsets: number[]): FoundHit[] | undefined {
  const end = endOfResults(body, markers.at(-1) ?? results)
  if (end === undefined) return undefined
  const hits: FoundHit[] = []
  let txIndex = 0
  for (const offset of offsets) {
    if (offset > end) return undefined // an event of the block itself: rare, parsed
    while (txIndex + 1 < markers.length && (markers[txIndex + 1] ?? 0) < offset) txIndex += 1
    if (hits.at(-1)?.txIndex === txIndex) continue
    const start = startOfResult(body, results, markers, txIndex)
    const next = txIndex + 1 < markers.length ? startOfResult(body, results, markers, txIndex + 1) : end + 1
    if (start === undefined || next === undefined) return undefined
    hits.push({ txIndex, json: body.subarray(start, next - 1) })
  }
  return hits
}

/** Where the object of result `txIndex` begins: back from its marker to the last `},{"` that a known first key follows. */
function startOfResult(body: Buffer, results: number, markers: number[], txIndex: number): number | undefined {
  if (txIndex === 0) {
    const first = results + RESULTS.length + 1
    return RESULT_START.test(body.toString('latin1', first, first + LONGEST_START)) ? first : undefined
  }
  const floor = markers[txIndex - 1] ?? results
  for (let at = body.lastIndexOf('},{"', markers[txIndex]); at > floor; at = body.lastIndexOf('},{"', at - 1))
    if (RESULT_START.test(body.toString('latin1', at + 2, at + 2 + LONGEST_START))) return at + 2
  return undefined
}

/** Offset of the `]` that closes `txs_results`, by the key that follows it. */
function endOfResults(body: Buffer, from: number): number | undefined {
  for (const needle of RESULTS_ENDS) {
    const at = body.indexOf(needle, from)
    if (at >= 0) return at
  }
  return undefined
}

function allIndexes(body: Buffer, needle: string, from: number): number[] {
  const found: number[] = []
  for (let at = body.indexOf(needle, from); at >= 0; at = body.indexOf(needle, at + needle.length)) found.push(at)
  return found
}

function countOf(body: Buffer, needle: string, from: number): number {
  let count = 0
  for (let at = body.indexOf(needle, from); at >= 0; at = body.indexOf(needle, at + needle.length)) count += 1
  return count
}

function quotedNumber(body: Buffer, needle: string): number | undefined {
  const at = body.indexOf(needle)
  if (at < 0) return undefined
  const start = at + needle.length
  const digits = body.toString('latin1', start, body.indexOf(0x22, start))
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined
}

const ATTRIBUTE = '{"key":"'
/** Keys that are valid base64 by chance; a real chain's first attribute is one of these or clearly not base64. */
const PLAIN_KEYS = new Set([
  'amount',
  'receiver',
  'spender',
  'minter',
  'mode',
  'recipient',
  'sender',
  'validator',
  'fee',
  'action',
])

/** Reads the dialect off the first attribute keys of the answer; undefined where there are none. */
export function detectDialect(body: Buffer): Dialect | undefined {
  let at = body.indexOf(ATTRIBUTE)
  for (let tries = 0; at >= 0 && tries < 4; tries += 1, at = body.indexOf(ATTRIBUTE, at + 1)) {
    const start = at + ATTRIBUTE.length
    const key = body.toString('utf8', start, body.indexOf(0x22, start))
    if (PLAIN_KEYS.has(key)) return 'plain'
    const decoded = Buffer.from(key, 'base64')
    if (decoded.toString('base64') !== key || !/^[a-z][\w.-]*$|^_contract_address$/.test(decoded.toString('latin1')))
      return 'plain'
    if (PLAIN_KEYS.has(decoded.toString('latin1')) || decoded.length > 4) return 'base64'
  }
  return undefined
}

interface Result {
  height?: unknown
  txs_results?: unknown[] | null
  finalize_block_events?: unknown[] | null
}

/** The same by JSON.parse, for whatever the fast scan does not vouch for. */
function parsedScan(body: Buffer, { needles, dialect }: ScanRequest): Scan {
  const answer = JSON.parse(body.toString()) as { result?: Result } & Result
  const result = answer.result ?? answer
  if (typeof result.height !== 'string') throw new SyntaxError('block_results has no height')
  const known = dialect ?? detectDialect(Buffer.from(JSON.stringify(result)))
  const hits: FoundHit[] = []
  const look = (part: unknown, txIndex: number): void => {
    const json = Buffer.from(JSON.stringify(part))
    if (known && watched(json, known, needles, 0).length) hits.push({ txIndex, json })
  }
  const txs = result.txs_results ?? []
  for (const [txIndex, tx] of txs.entries()) look(tx, txIndex)
  if (result.finalize_block_events?.length) look(result.finalize_block_events, BLOCK_TX_INDEX)
  return { height: Number(result.height), txCount: txs.length, dialect: known, hits, trusted: false }
}
