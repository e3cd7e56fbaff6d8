/** The methods a node answers. What it does not know is `Method not found`. */
import { CONSENSUS_PARAMS } from '../chain/encode.ts'
import { emptyResults } from './autobahn.ts'
import { broadcast } from './broadcast.ts'
import type { ChainNode, Method, Params } from './chain-node.ts'
import { RpcError, type Via } from './rpc.ts'
import { searchTxs, txAt } from './search.ts'
import type { NodeBlock } from './source.ts'
import { status } from './status.ts'
import { bytesOf, integer, unquote } from './values.ts'

/** Names of positional parameters, for requests that send an array. */
const POSITIONS: Readonly<Record<string, string[]>> = {
  block: ['height'],
  block_by_hash: ['hash'],
  block_results: ['height'],
  header: ['height'],
  header_by_hash: ['hash'],
  commit: ['height'],
  blockchain: ['minHeight', 'maxHeight'],
  validators: ['height', 'page', 'per_page'],
  consensus_params: ['height'],
  tx: ['hash', 'prove'],
  tx_search: ['query', 'prove', 'page', 'per_page', 'order_by'],
  abci_query: ['path', 'data', 'height', 'prove'],
  broadcast_tx_sync: ['tx'],
  broadcast_tx_async: ['tx'],
  broadcast_tx_commit: ['tx'],
}

/** Parameters of a JSON request, which may come by name, by position or not at all. */
export function namedParams(method: string, params: unknown): Params {
  if (Array.isArray(params)) return Object.fromEntries((POSITIONS[method] ?? []).map((name, at) => [name, params[at]]))
  return typeof params === 'object' && params !== null ? (params as Params) : {}
}

/** By name. */
export const METHODS: Readonly<Record<string, Method>> = {
  health: () => '{}',
  status,
  block: (node, { height }, via) => node.find(height, via).block,
  block_by_hash: (node, { hash }, via) => byHash(node, hash, via)?.block ?? { block_id: NO_BLOCK_ID, block: null },
  block_results: (node, { height }, via) => results(node, node.find(height, via)),
  header: (node, { height }, via) => ({ header: node.find(height, via, node.signed).header }),
  header_by_hash: (node, { hash }, via) => ({ header: byHash(node, hash, via)?.header ?? null }),
  commit: (node, { height }, via) => commit(node, node.find(height, via, node.signed)),
  blockchain: (node, { minHeight, maxHeight }, via) => blockchain(node, minHeight, maxHeight, via),
  validators,
  consensus_params: (node, { height }, via) => ({
    // Without a height the parameters of the block that comes are told.
    block_height: `${height === undefined ? node.head + 1 : node.find(height, via).height}`,
    consensus_params: CONSENSUS_PARAMS[node.source.dialect],
  }),
  genesis: (node) => ({ genesis: node.source.genesis ?? null }),
  tx: (node, { hash }, via) => tx(node, hash, via),
  tx_search: searchTxs,
  abci_info: abciInfo,
  abci_query: abciQuery,
  net_info: ({ source }) => ({
    listening: true,
    listeners: ['Listener(@)'],
    n_peers: '0',
    ...(source.dialect === 'plain' ? { peers: [] } : { peers: null, peer_connections: null }),
  }),
  num_unconfirmed_txs: ({ source }) => {
    const waiting = source.mempool?.waiting ?? []
    const count = `${waiting.length}`
    return {
      n_txs: count,
      total: count,
      total_bytes: `${waiting.reduce((sum, { length }) => sum + length, 0)}`,
      txs: null,
    }
  },
  broadcast_tx_sync: broadcast('sync'),
  broadcast_tx_async: broadcast('async'),
  broadcast_tx_commit: broadcast('commit'),
}

/** `blockchain` cuts a longer range to its newest heights, silently. */
const BLOCKCHAIN_LIMIT = 20

const NO_BLOCK_ID = { hash: '', parts: { total: 0, hash: '' } }

function byHash(node: ChainNode, hash: unknown, via: Via): NodeBlock | undefined {
  const height = node.source.findBlock(bytesOf(hash, node.source.dialect === 'plain' && via === 'json'))
  return height === undefined || height < node.lowest || height > node.head ? undefined : node.find(`${height}`, via)
}

function results(node: ChainNode, { height, results }: NodeBlock): string | Buffer {
  const faults = node.faults()
  if (!node.hasResults(height) || faults.withholds(height))
    throw new RpcError(-32603, 'Internal error', `could not find results for height #${height}`)
  if (faults.set.emptyResults) return emptyResults(results)
  return faults.set.twoFaces && node.others ? withoutLastTransaction(results) : results
}

/** What a node answers that lost something. */
function withoutLastTransaction(results: Buffer): string {
  const answer = JSON.parse(results.toString())
  answer.txs_results?.pop()
  return JSON.stringify(answer)
}

/** A block's signatures stand in the block after it; those of the last recorded block are not on the tape. */
function commit({ source, head }: ChainNode, { height, header }: NodeBlock): object {
  const next = source.at(height + 1)
  const signatures = next ? JSON.parse(next.block.toString()).block.last_commit : source.seenCommit()
  if (!signatures) throw new RpcError(-32603, 'Internal error', `the commit of height ${height} was not recorded`)
  return { signed_header: { header, commit: signatures }, canonical: height < head }
}

function blockchain(node: ChainNode, minHeight: unknown, maxHeight: unknown, via: Via): object {
  const given = (value: unknown): number => (value === undefined || value === null ? 0 : node.server.height(value, via))
  const { head, lowest } = node.signed
  const max = Math.min(given(maxHeight) || head, head)
  const min = Math.max(given(minHeight) || 1, lowest, max - BLOCKCHAIN_LIMIT + 1)
  if (min > max) throw node.server.emptyRange(min, max)
  const heights = Array.from({ length: max - min + 1 }, (_, back) => node.source.at(max - back) as NodeBlock)
  return { last_height: `${head}`, block_metas: heights.map(blockMeta) }
}

/** `block_size` is that of a block of one validator and near enough: blocks are kept as JSON, not as they were encoded. */
function blockMeta({ blockId, header, txs }: NodeBlock): object {
  const size = txs.reduce((sum, tx) => sum + Buffer.byteLength(tx, 'base64') + 4, 596)
  return { block_id: blockId, block_size: `${size}`, header, num_txs: `${txs.length}` }
}

function validators(node: ChainNode, { height }: Params, via: Via): object {
  const { address, publicKey, power } = node.source.validator
  return {
    block_height: `${node.find(height, via).height}`,
    validators: [
      {
        address,
        pub_key: { type: 'tendermint/PubKeyEd25519', value: publicKey.toString('base64') },
        voting_power: `${power}`,
        proposer_priority: '0',
      },
    ],
    count: '1',
    total: '1',
  }
}

function tx(node: ChainNode, value: unknown, via: Via): object {
  const hash = bytesOf(value, node.source.dialect === 'plain' && via === 'json')
  const found = node.autobahn ? undefined : node.source.findTx(hash)
  if (!found || found.height < node.lowest || !node.hasResults(found.height)) throw node.server.txNotFound(hash)
  return txAt(node.source.at(found.height) as NodeBlock, found.index)
}

function abciInfo({ source, head }: ChainNode): object {
  const app = source.dialect === 'plain' ? { data: 'WasmApp', version: '0.61.14' } : { data: 'sei', version: 'v6.6.2' }
  const hash = source.appHash(head)?.toString('base64') ?? ''
  return { response: { ...app, last_block_height: `${head}`, last_block_app_hash: hash } }
}

/** Only the last state is kept; what the SDK says of others was recorded. */
async function abciQuery(node: ChainNode, params: Params, via: Via): Promise<object> {
  const height = integer(node, params.height, via, 0)
  if (height > node.head)
    return failed(26, 'cannot query with height in the future; please provide a valid height: invalid height')
  if (height > 0 && height < node.head) {
    const why =
      'version mismatch on immutable IAVL tree; version does not exist. Version has either been pruned, or is for a future block height'
    return failed(38, `failed to load state at height ${height}; ${why} (latest height: ${node.head}): not found`)
  }
  const data = Buffer.from(unquote(params.data).replace(/^0x/, ''), 'hex')
  const { code, codespace, log, value } = await node.source.query(unquote(params.path), data)
  const known = log !== 'unknown query path: unknown request'
  return abciResponse({ code, log, value, height: known ? node.head : 0, codespace })
}

function failed(code: number, log: string): object {
  return abciResponse({ code, log, value: null, height: 0, codespace: 'sdk' })
}

function abciResponse(answer: {
  code: number
  log: string
  value: string | null
  height: number
  codespace: string
}): object {
  const { code, log, value, height, codespace } = answer
  return {
    response: { code, log, info: '', index: '0', key: null, value, proofOps: null, height: `${height}`, codespace },
  }
}
