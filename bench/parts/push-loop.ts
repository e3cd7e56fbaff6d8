/**
 * The peer of the latency bench: the least that can be between a node and its clients. One thread; a notice wakes it, it
 * fetches the height, scans and decodes it as we do, and sends each client one message with the block's events. Nothing
 * is kept, nothing is resumed.
 */
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { createDecoder } from '../../src/chain/decode/decode.ts'
import { prepareNeedles, scanBlockResults } from '../../src/chain/decode/scan.ts'
import type { Dialect, ScannedRange } from '../../src/chain/decode/types.ts'
import { sliceBatch } from '../../src/chain/read/envelope.ts'
import { plainApp } from '../../src/events/app.ts'

const [rpc = '', contractList = '', dialect = 'plain'] = process.argv.slice(2)
const contracts = contractList.split(',').map((entry) => {
  const [name = '', address = ''] = entry.split('=')
  return { name, address }
})
const needles = prepareNeedles(contracts.map(({ address }) => address))
const decoder = createDecoder({ contracts, app: plainApp })

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('listening', () => process.send?.({ ws: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` }))
server.on('connection', (socket) => {
  socket.on('message', () => socket.send('{"type":"event","channel":"system","data":{"message":"Subscribed to all"}}'))
})

const notices = new WebSocket(`${rpc.replace('http', 'ws')}/websocket`)
notices.on('open', () =>
  notices.send(
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscribe', params: { query: "tm.event='NewBlockHeader'" } }),
  ),
)
notices.on('message', (data: Buffer) => {
  const height = /"header":\{[^{}]*(?:\{[^{}]*\}[^{}]*)?"height":"(\d+)"/.exec(data.toString('latin1', 0, 4_096))?.[1]
  if (height) void push(height)
})

async function push(height: string): Promise<void> {
  const call = (id: number, method: string): object => ({ jsonrpc: '2.0', id, method, params: { height } })
  const body = JSON.stringify([call(1, 'block'), call(2, 'block_results')])
  const response = await fetch(rpc, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  const answers = sliceBatch(Buffer.from(await response.arrayBuffer()))
  const results = answers.find(({ id }) => id === 2)?.result
  if (!results) throw new Error(`the node gave no results of height ${height}`)
  const scan = scanBlockResults(results, { needles, dialect: dialect as Dialect })
  const range: ScannedRange = {
    ...{ chainId: '', dialect: scan.dialect },
    blocks: [
      {
        ...{ height: scan.height, hash: '', parentHash: '', time: '', txCount: scan.txCount },
        hits: scan.hits.map(({ txIndex, json }) => ({
          ...{ txIndex, txHash: '', offset: json.byteOffset, length: json.length },
        })),
      },
    ],
    bytes: new Uint8Array(results.buffer as ArrayBuffer),
  }
  const events = decoder.decode(range).blocks[0]?.records ?? []
  const frame = JSON.stringify({ type: 'event', data: { blockHeight: Number(height), events } })
  for (const client of server.clients) client.send(frame)
}
