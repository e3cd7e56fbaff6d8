/** JSON-RPC as the two families of nodes speak it. Every text here was recorded from a running node (docs/recordings.md). */
import type { Dialect } from '../../chain/decode/types.ts'

/** The error object of a JSON-RPC answer. */
export class RpcError extends Error {
  readonly code: number
  readonly data: string | undefined

  constructor(code: number, message: string, data?: string) {
    super(message)
    this.code = code
    this.data = data
  }

  toJSON(): { code: number; message: string; data?: string } {
    const { code, message, data } = this
    return data === undefined ? { code, message } : { code, message, data }
  }
}

/** Requests of one batch that both servers accept, and bytes of one body. */
export const MAX_BATCH = 10
export const MAX_BODY = 1_000_000

/** How parameters arrived: CometBFT reads JSON stricter than a query string. */
export type Via = 'json' | 'http'

/** What differs between the servers beside the encoding of attributes. */
export interface ServerDialect {
  future(height: number, head: number): RpcError
  pruned(height: number, lowest: number): RpcError
  notPositive(height: number): RpcError
  /** Reads a height. @throws RpcError as the server words it */
  height(value: unknown, via: Via): number
  emptyRange(min: number, max: number): RpcError
  txNotFound(hash: string): RpcError
  unknownMethod(name: string): RpcError
  noSuchPage(page: number, pages: number): RpcError
  batchTooLong: RpcError
  notJson: { status: number; error: RpcError }
  bodyTooLarge: { status: number; error: RpcError }
  /** HTTP status of an error answer to a GET. */
  getErrorStatus: number
  /** Whether a GET answer has an envelope (with id -1). */
  getEnvelope: boolean
}

const invalidParams = (data: string): RpcError => new RpcError(-32602, 'Invalid params', data)
const internal = (data: string): RpcError => new RpcError(-32603, 'Internal error', data)

/** What CometBFT says of a height that is none: a text in JSON is read as JSON once more. */
function problemOfHeight(value: unknown, isNumber: boolean, via: Via): string {
  if (isNumber) return `json: cannot unmarshal number ${value} into Go value of type int64`
  if (via === 'json' && typeof value === 'string')
    return `invalid character '${value.charAt(0)}' looking for beginning of value`
  return `invalid 64-bit integer encoding ${JSON.stringify(String(value))}, expected string`
}

const cometbft: ServerDialect = {
  future: (height, head) =>
    internal(`height ${height} must be less than or equal to the current blockchain height ${head}`),
  pruned: (height, lowest) => internal(`height ${height} is not available, lowest height is ${lowest}`),
  notPositive: (height) => internal(`height must be greater than 0, but got ${height}`),
  height(value, via) {
    const text = via === 'http' ? String(value).replace(/^"(.*)"$/, '$1') : value
    const isNumber = typeof text === 'string' && /^-?\d+$/.test(text)
    if (isNumber && Number.isSafeInteger(Number(text))) return Number(text)
    throw invalidParams(`error converting ${via} params to arguments: ${problemOfHeight(value, isNumber, via)}`)
  },
  emptyRange: (min, max) => internal(`min height ${min} can't be greater than max height ${max}`),
  txNotFound: (hash) => internal(`tx (${hash}) not found`),
  noSuchPage: (page, pages) => internal(`page should be within [1, ${pages}] range, given ${page}`),
  unknownMethod: () => new RpcError(-32601, 'Method not found'),
  batchTooLong: new RpcError(
    -32600,
    'Invalid Request',
    `batch request exceeds maximum (${MAX_BATCH}) allowed number of requests`,
  ),
  notJson: { status: 500, error: new RpcError(-32700, 'Parse error. Invalid JSON', 'error unmarshaling request') },
  bodyTooLarge: {
    status: 400,
    error: new RpcError(-32600, 'Invalid Request', 'error reading request body: http: request body too large'),
  },
  getErrorStatus: 500,
  getEnvelope: true,
}

const invalid = (data: string): RpcError => new RpcError(-32600, 'Invalid request', data)

const sei: ServerDialect = {
  future: (height, head) =>
    internal(
      `height must be less than or equal to the head of the node's blockchain (requested height: ${height}, blockchain height: ${head})`,
    ),
  pruned: (height, lowest) => internal(`height is not available (requested height: ${height}, base height: ${lowest})`),
  notPositive: (height) => invalid(`height must be greater than zero (requested height: ${height})`),
  height(value) {
    const text = String(value).replace(/^"(.*)"$/, '$1')
    const isNumber = /^-?\d+$/.test(text)
    if (isNumber && Number.isSafeInteger(Number(text))) return Number(text)
    const problem = isNumber ? 'value out of range' : 'invalid syntax'
    throw invalidParams(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${problem}`)
  },
  emptyRange: (min, max) => invalid(`invalid request: min height ${min} can't be greater than max height ${max}`),
  txNotFound: (hash) => internal(`tx (${hash}) not found, err: %!w(<nil>)`),
  noSuchPage: (page, pages) => invalid(`page should be within range expected range: [1, ${pages}], given ${page}`),
  unknownMethod: (name) => new RpcError(-32601, 'Method not found', `method ${name} not found`),
  batchTooLong: new RpcError(-32700, 'Parse error', 'Batch size limit exceeded.'),
  notJson: { status: 200, error: new RpcError(-32700, 'Parse error', 'decoding request') },
  bodyTooLarge: {
    status: 200,
    error: new RpcError(-32600, 'Invalid request', 'reading request body: http: request body too large'),
  },
  getErrorStatus: 200,
  getEnvelope: false,
}

/** The server of a chain whose attributes are written so. */
export const SERVERS: Readonly<Record<Dialect, ServerDialect>> = { plain: cometbft, base64: sei }

/** The JSON text of a result, or why there is none. */
export type Outcome = { result: string | Buffer } | { error: RpcError }

/** One answer with its envelope; errors of a whole request have no id, as on both servers. */
export function envelope(id: string | number | undefined, outcome: Outcome): Buffer {
  const head = `{"jsonrpc":"2.0",${id === undefined ? '' : `"id":${JSON.stringify(id)},`}`
  return 'result' in outcome
    ? Buffer.concat([Buffer.from(`${head}"result":`), Buffer.from(outcome.result), Buffer.from('}')])
    : Buffer.from(`${head}"error":${JSON.stringify(outcome.error)}}`)
}

/** Joins the answers of a batch; of a batch with one request both servers answer with the bare object. */
export function batch(answers: Buffer[]): Buffer {
  if (answers.length === 1) return answers[0] as Buffer
  const parts = answers.flatMap((answer, index) => (index === 0 ? [answer] : [Buffer.from(','), answer]))
  return Buffer.concat([Buffer.from('['), ...parts, Buffer.from(']')])
}
