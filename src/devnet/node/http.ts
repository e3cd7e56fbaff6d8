/** The HTTP face of a node: POST (single and batch) and GET, and the faults of the way there. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { FaultLayer } from '../faults.ts'
import type { ChainNode } from './chain-node.ts'
import { namedParams } from './methods.ts'
import { batch, envelope, MAX_BATCH, MAX_BODY, RpcError, type ServerDialect } from './rpc.ts'

interface Reply {
  status: number
  body: Buffer
  type?: string
}

/** Serves `node`; `gzip` compresses answers for those who accept it, as proxies before a node do. */
export function serveHttp(node: ChainNode, gzip: boolean): RequestListener {
  const { faults } = node
  return async (request, response) => {
    node.turn()
    const reply = request.method === 'GET' ? await answerGet(node, request) : await answerPost(node, faults(), request)
    if (faults().set.slow) await delay(faults().set.slow, undefined, { ref: false })
    const compress = (gzip || faults().set.gzip) && /\bgzip\b/.test(String(request.headers['accept-encoding']))
    response.statusCode = reply.status
    response.setHeader('content-type', reply.type ?? 'application/json')
    if (compress) response.setHeader('content-encoding', 'gzip')
    send(response, compress ? gzipSync(reply.body) : reply.body, faults())
  }
}

/** One JSON-RPC request, from POST or a WebSocket. Nothing for a notification (a request without id). */
export async function answerRequest(node: ChainNode, request: unknown): Promise<Buffer | undefined> {
  const { id, method, params } = (request ?? {}) as Record<string, unknown>
  if (id === undefined) return undefined
  if (typeof method !== 'string' || (typeof id !== 'string' && typeof id !== 'number'))
    return envelope(undefined, { error: new RpcError(-32600, 'Invalid Request', 'a request has an id and a method') })
  return envelope(id, await node.answer(method, namedParams(method, params), 'json'))
}

async function answerPost(node: ChainNode, faults: FaultLayer, request: IncomingMessage): Promise<Reply> {
  const { notJson, bodyTooLarge, batchTooLong } = node.server
  const refuse = ({ status, error }: { status: number; error: RpcError }): Reply => ({
    status,
    body: envelope(undefined, { error }),
  })
  const text = await readBody(request)
  if (text === undefined) return refuse(bodyTooLarge)
  const asked = parseJson(text)
  if (asked === undefined) return refuse(notJson)
  if (!Array.isArray(asked)) return { status: 200, body: (await answerRequest(node, asked)) ?? Buffer.alloc(0) }

  if (asked.length > MAX_BATCH || (asked.length > 1 && faults.strikes('batchRefused')))
    return refuse({ status: 200, error: batchTooLong })
  const answers: Buffer[] = []
  for (const entry of asked) answers.push((await answerRequest(node, entry)) ?? Buffer.alloc(0))
  const given = answers.filter(({ length }) => length > 0)
  if (given.length > 1 && faults.strikes('missingBatchEntries')) given.pop()
  return { status: 200, body: given.length === 0 ? Buffer.alloc(0) : batch(given) }
}

async function answerGet(node: ChainNode, request: IncomingMessage): Promise<Reply> {
  const url = new URL(request.url ?? '/', 'http://node')
  const method = url.pathname.slice(1)
  if (!node.has(method)) return SOCKET_METHODS.has(method) ? onlyBySocket(node.server) : NOT_FOUND
  const outcome = await node.answer(method, Object.fromEntries(url.searchParams), 'http')
  const { getErrorStatus, getEnvelope } = node.server
  const status = 'error' in outcome ? getErrorStatus : 200
  if (getEnvelope) return { status, body: envelope(-1, outcome) }
  return { status, body: Buffer.from('error' in outcome ? JSON.stringify(outcome.error) : outcome.result) }
}

const NOT_FOUND: Reply = { status: 404, body: Buffer.from('404 page not found\n'), type: 'text/plain; charset=utf-8' }

const SOCKET_METHODS = new Set(['subscribe', 'unsubscribe', 'unsubscribe_all'])

/** CometBFT knows the path and not the method, Sei neither. */
function onlyBySocket({ getEnvelope, unknownMethod }: ServerDialect): Reply {
  return getEnvelope ? { status: 404, body: envelope(-1, { error: unknownMethod('') }) } : NOT_FOUND
}

/** Text of a body; undefined for one that is too large, or whose sender left (and then nobody reads the answer). */
export function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= MAX_BODY) chunks.push(chunk)
  })
  return new Promise((resolve) => {
    request.on('end', () => resolve(size <= MAX_BODY ? Buffer.concat(chunks).toString() : undefined))
    request.on('error', () => resolve(undefined))
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const FAULTS_OF_THE_WAY = ['hang', 'tooMany', 'status5xx', 'cut', 'truncate', 'garbage', 'oversized'] as const

function send(response: ServerResponse, body: Buffer, faults: FaultLayer): void {
  const half = body.subarray(0, body.length >> 1)
  switch (FAULTS_OF_THE_WAY.find((fault) => faults.strikes(fault))) {
    case 'hang':
      return
    case 'tooMany':
      response.writeHead(429, { 'retry-after': '1', 'content-type': 'text/plain' }).end('rate limit exceeded')
      return
    case 'status5xx':
      response.writeHead(503, { 'content-type': 'text/html' }).end('<html><h1>503 Service Unavailable</h1></html>')
      return
    case 'cut':
      response.setHeader('content-length', body.length)
      response.write(half, () => response.destroy())
      return
    case 'truncate':
      response.end(half)
      return
    case 'garbage':
      response.end(Buffer.concat([half, Buffer.of(0), body.subarray(half.length + 1)]))
      return
    case 'oversized':
      // The reader leaves before the end: that is what it is for, and no error here.
      pipeline(Readable.from(endless(body)), response, () => {})
      return
    default:
      sendWhole(response, body, faults)
  }
}

/** A Go server sends what exceeds its buffer in chunks, without a length. */
function sendWhole(response: ServerResponse, body: Buffer, { set: { framing } }: FaultLayer): void {
  const chunked = framing === undefined ? body.length > 2048 : framing === 'chunked'
  if (chunked) response.write(body)
  else response.setHeader('content-length', body.length)
  response.end(chunked ? undefined : body)
}

/** The answer, then blanks: good JSON that never ends. */
function* endless(body: Buffer): Generator<Buffer> {
  yield body
  const blanks = Buffer.alloc(1 << 20, ' ')
  for (let sent = 0; sent < 1024; sent++) yield blanks
}
