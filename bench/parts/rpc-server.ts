/**
 * A CometBFT-like node in a process of its own, with generated blocks made in advance. It shows height 1 only; at the
 * message `{go: height}` all up to there is there at once.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Dialect } from '../../src/chain/decode/types.ts'
import { CHAIN_ID, generateBlock, watchedContracts } from '../generate.ts'

const [dialect = 'plain', every = '1', ...heights] = process.argv.slice(2)
const ends = heights.map(Number)
const last = Math.max(...ends)

interface Served {
  block: string
  blockResults: string
  meta: object
  time: string
}

const resultOf = (envelope: string): string =>
  envelope.slice(envelope.indexOf('"result":') + '"result":'.length, envelope.lastIndexOf('}'))

const stretches: { height: number; events: number }[] = []
let events = 0
const blocks = Array.from({ length: last }, (_, n): Served => {
  const made = generateBlock(n + 1, { dialect: dialect as Dialect, every: Number(every) })
  events += made.matches
  if (ends.includes(n + 1)) stretches.push({ height: n + 1, events })
  const block = resultOf(made.block)
  const { block_id, block: inner } = JSON.parse(block) as { block_id: object; block: { header: object } }
  const meta = { block_id, block_size: `${block.length}`, header: inner.header, num_txs: `${made.txCount}` }
  return { block, blockResults: resultOf(made.blockResults), meta, time: made.time }
})

let head = 1

function status(): string {
  const at = (height: number): string => blocks[height - 1]?.time ?? ''
  return JSON.stringify({
    node_info: {
      ...{
        protocol_version: { p2p: '8', block: '11', app: '0' },
        id: '0'.repeat(40),
        listen_addr: '',
        network: CHAIN_ID,
      },
      ...{ version: '0.38.19', channels: '', moniker: 'bench', other: { tx_index: 'on', rpc_address: '' } },
    },
    sync_info: {
      ...{
        latest_block_hash: 'AA'.repeat(32),
        latest_app_hash: '',
        latest_block_height: `${head}`,
        latest_block_time: at(head),
      },
      ...{
        earliest_block_hash: 'AA'.repeat(32),
        earliest_app_hash: '',
        earliest_block_height: '1',
        earliest_block_time: at(1),
      },
      catching_up: false,
    },
    validator_info: {
      ...{
        address: '0'.repeat(40),
        pub_key: { type: 'tendermint/PubKeyEd25519', value: `${'A'.repeat(43)}=` },
        voting_power: '1',
      },
    },
  })
}

interface Request {
  id: unknown
  method: string
  params?: { height?: string; minHeight?: string; maxHeight?: string }
}

function result({ method, params = {} }: Request): string | undefined {
  const block = blocks[Math.min(Number(params.height ?? head), head) - 1]
  if (method === 'status') return status()
  if (method === 'block') return block?.block
  if (method === 'block_results') return block?.blockResults
  if (method !== 'blockchain') return undefined
  const max = Math.min(Number(params.maxHeight), head)
  const min = Math.max(Number(params.minHeight), max - 19)
  const metas = blocks.slice(min - 1, max).map(({ meta }) => meta)
  return JSON.stringify({ last_height: `${head}`, block_metas: metas.reverse() })
}

function answer(request: Request): string {
  const found = result(request)
  const rest = found === undefined ? '"error":{"code":-32601,"message":"Method not found"}' : `"result":${found}`
  return `{"jsonrpc":"2.0","id":${JSON.stringify(request.id)},${rest}}`
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const asked = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Request | Request[]
    const body = Array.isArray(asked) ? `[${asked.map(answer).join()}]` : answer(asked)
    response.setHeader('content-type', 'application/json')
    response.end(body)
  })
})
server.listen(0, '127.0.0.1', () => {
  const contracts = watchedContracts(dialect as Dialect).map(({ name, address }) => `${name}=${address}`)
  process.send?.({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    contracts: contracts.join(),
    stretches,
  })
})
process.on('message', ({ go }: { go: number }) => {
  head = go
})
