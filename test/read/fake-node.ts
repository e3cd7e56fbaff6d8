/** A node over a recording, on a real socket, that can be told to misbehave. */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'

export type Recording = 'wasmd2' | 'sei2' | 'autobahn2'

const folder = (name: Recording): string => resolve(import.meta.dirname, '../recordings', name)
export const lines = (name: Recording, file: string): string[] =>
  readFileSync(`${folder(name)}/${file}.ndjson`, 'utf8')
    .trimEnd()
    .split('\n')

export interface RecordedBlock {
  block_id: { hash: string }
  block: {
    header: { chain_id: string; height: string; time: string; last_block_id: { hash: string } }
    data: { txs: string[] }
  }
}

export interface Chain {
  name: Recording
  chainId: string
  from: number
  to: number
  blocks: Map<number, RecordedBlock>
  /** Results as the node wrote them. */
  texts: Map<string, string>
  contracts: { name: string; address: string }[]
}

/** The recorded answers by `method height`. */
export function loadChain(name: Recording): Chain {
  const blocks = new Map<number, RecordedBlock>()
  const texts = new Map<string, string>()
  for (const line of lines(name, 'block')) {
    const { result } = JSON.parse(line) as { result: RecordedBlock }
    blocks.set(Number(result.block.header.height), result)
    texts.set(`block ${result.block.header.height}`, resultText(line))
  }
  for (const line of lines(name, 'block_results')) {
    const { result } = JSON.parse(line) as { result: { height: string } }
    texts.set(`block_results ${result.height}`, resultText(line))
  }
  const deploy = JSON.parse(readFileSync(`${folder(name)}/deploy.json`, 'utf8')) as {
    chain_id: string
    contracts: Record<string, string>
  }
  const heights = [...blocks.keys()]
  return {
    name,
    chainId: deploy.chain_id,
    from: Math.min(...heights),
    to: Math.max(...heights),
    blocks,
    texts,
    contracts: Object.entries(deploy.contracts).map(([contract, address]) => ({ name: contract, address })),
  }
}

function resultText(line: string): string {
  const head = '{"jsonrpc":"2.0","id":1,"result":'
  if (!line.startsWith(head)) throw new Error(`not a recorded answer: ${line.slice(0, 80)}`)
  return line.slice(head.length, -1)
}

export interface Call {
  id: number
  method: string
  params: Record<string, unknown>
}

/** How to misbehave for one HTTP request. */
export type Fault =
  | { status: number; headers?: Record<string, string>; body?: string }
  | { body: string }
  | 'cut'
  | 'truncate'
  | 'hang'
  | undefined

export interface FakeNode {
  url: string
  chain: Chain
  /** What `status` says. */
  latest: number
  earliest: number
  chainId: string
  /** Per HTTP request. */
  fault: (calls: Call[]) => Fault
  /** Per call: a result as text, or an error, in place of the recorded one. */
  answer: (call: Call) => { result: string } | { error: unknown } | undefined
  batchLimit: number
  /** Every call that was asked, in order. */
  calls: Call[]
  /** Moves the head and tells subscribers. */
  advance(height: number): void
  /** Without telling: half-open sockets look like this. */
  silent: boolean
  subscriptions: number
  close(): Promise<void>
}

/** Starts a node that has the whole recording; closed when the test is over. */
export async function startNode(chain: Chain, overrides: Partial<FakeNode> = {}): Promise<FakeNode> {
  const sockets = new Set<WebSocket>()
  const server = createServer((request, response) => void serve(node, request, response))
  const websockets = new WebSocketServer({ server, path: '/websocket' })
  websockets.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', () => {
      node.subscriptions += 1
      sockets.add(socket)
      if (!node.silent) socket.send('{"jsonrpc":"2.0","id":1,"result":{}}')
    })
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const node: FakeNode = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    chain,
    latest: chain.to,
    earliest: chain.from,
    chainId: chain.chainId,
    fault: () => undefined,
    answer: () => undefined,
    batchLimit: 10,
    calls: [],
    silent: false,
    subscriptions: 0,
    advance(height) {
      node.latest = height
      if (node.silent) return
      const header = chain.blocks.get(height)?.block.header
      const value = { header: { version: { block: '11' }, ...header } }
      const data = { type: 'tendermint/event/NewBlockHeader', value }
      for (const socket of sockets)
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { query: "tm.event='NewBlockHeader'", data } }))
    },
    async close() {
      for (const socket of websockets.clients) socket.terminate()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
    ...overrides,
  }
  onTestFinished(() => node.close())
  return node
}

async function serve(node: FakeNode, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const parsed = JSON.parse(Buffer.concat(chunks).toString()) as Call | Call[]
  const calls = Array.isArray(parsed) ? parsed : [parsed]
  node.calls.push(...calls)
  const fault = node.fault(calls)
  if (fault === 'hang') return
  const body = Array.isArray(parsed) ? answerBatch(node, calls) : answer(node, parsed)
  if (fault === 'cut') {
    response.writeHead(200, { 'content-length': body.length })
    response.write(body.slice(0, body.length / 2), () => response.destroy())
  } else if (fault === 'truncate') response.end(body.slice(0, Math.floor(body.length * 0.9)))
  else if (fault && 'status' in fault) response.writeHead(fault.status, fault.headers).end(fault.body ?? 'no')
  else response.writeHead(200, { 'content-type': 'application/json' }).end(fault ? fault.body : body)
}

function answerBatch(node: FakeNode, calls: Call[]): string {
  if (calls.length > node.batchLimit)
    return '{"jsonrpc":"2.0","error":{"code":-32700,"message":"Batch size limit exceeded."}}'
  return `[${calls
    .map((call) => answer(node, call))
    .reverse() // the order of a batch's answers is free
    .join(',')}]`
}

function answer(node: FakeNode, call: Call): string {
  const given = node.answer(call) ?? recorded(node, call)
  const rest = 'result' in given ? `"result":${given.result}` : `"error":${JSON.stringify(given.error)}`
  return `{"jsonrpc":"2.0","id":${call.id},${rest}}`
}

export function internalError(data: string): { error: unknown } {
  return { error: { code: -32603, message: 'Internal error', data } }
}

function recorded(node: FakeNode, { method, params }: Call): { result: string } | { error: unknown } {
  const { chain, latest, earliest } = node
  if (method === 'status') {
    const sync_info = {
      latest_block_height: String(latest),
      earliest_block_height: String(earliest),
      latest_block_hash: '',
    }
    return { result: JSON.stringify({ node_info: { network: node.chainId }, sync_info }) }
  }
  if (method === 'blockchain') return blockchain(node, Number(params.minHeight), Number(params.maxHeight))
  if (method === 'abci_query') return contractInfo(chain, String(params.data))
  const height = Number(params.height)
  if (height > latest)
    return internalError(`height ${height} must be less than or equal to the current blockchain height ${latest}`)
  if (height < earliest) return internalError(`height ${height} is not available, lowest height is ${earliest}`)
  const text = chain.texts.get(`${method} ${height}`)
  return text === undefined ? internalError(`nothing recorded for ${method} ${height}`) : { result: text }
}

function blockchain(
  { chain, latest, earliest }: FakeNode,
  from: number,
  to: number,
): { result: string } | { error: unknown } {
  if (chain.name === 'autobahn2')
    return {
      error: {
        code: -32600,
        message: 'Invalid request',
        data: `min height ${from} can't be greater than max height 0`,
      },
    }
  const newest = Math.min(to, latest)
  const block_metas: unknown[] = []
  for (let height = newest; height >= Math.max(from, earliest) && block_metas.length < 20; height -= 1) {
    const { block_id, block } = chain.blocks.get(height) as RecordedBlock
    block_metas.push({ block_id, block_size: '1', header: block.header, num_txs: String(block.data.txs.length) })
  }
  return { result: JSON.stringify({ last_height: String(latest), block_metas }) }
}

function contractInfo(chain: Chain, data: string): { result: string } | { error: unknown } {
  for (const line of lines(chain.name, 'contract_info')) {
    const { request, body } = JSON.parse(line) as { request: string; body: string }
    if ((JSON.parse(request) as Call).params.data === data) return { result: resultText(body) }
  }
  return internalError('no such recording')
}
