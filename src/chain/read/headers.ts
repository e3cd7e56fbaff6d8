/** What `blockchain` and `block` tell about a height: who it is, whom it follows, how many transactions it holds. */
import { readBlock } from '../decode/block.ts'
import { RpcError } from './errors.ts'
import { fields, list, orMalformed, text, whole } from './fields.ts'

/** A height's own facts. */
export interface Header {
  chainId: string
  height: number
  /** Upper-case hex. */
  hash: string
  /** Empty at the chain's first block, and on nodes that keep no link (Sei with Autobahn). */
  parentHash: string
  /** Verbatim RFC 3339. */
  time: string
  txCount: number
  /** Upper-case hex SHA-256 by transaction index; undefined when it came from `blockchain`. */
  txHashes?: ReadonlyMap<number, string>
}

const SHAPE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/**
 * The headers in a result of `blockchain`: newest first, silently cut to 20 and to what the node has.
 * @throws RpcError `E_RPC_MALFORMED`
 */
export function headersOfBlockchain(result: Buffer): Header[] {
  return orMalformed('blockchain', () => {
    const { block_metas } = fields(JSON.parse(result.toString()), 'result')
    return list(block_metas, 'block_metas').map(headerOfMeta)
  })
}

function headerOfMeta(value: unknown): Header {
  const meta = fields(value, 'block_meta')
  const header = fields(meta['header'], 'header')
  const { last_block_id: parent } = header
  return {
    chainId: text(header['chain_id'], 'chain_id', 1),
    height: whole(header['height'], 'height', 1),
    hash: hashOf(meta['block_id'], 'block_id'),
    parentHash: parent === undefined ? '' : hashOf(parent, 'last_block_id'),
    time: time(header['time']),
    txCount: whole(meta['num_txs'], 'num_txs'),
  }
}

function hashOf(blockId: unknown, name: string): string {
  return text(fields(blockId, name)['hash'], `${name}.hash`).toUpperCase()
}

/** Of the shape, and on the calendar: times are compared later. */
function isTime(given: string): boolean {
  return SHAPE.test(given) && !Number.isNaN(Date.parse(given))
}

function time(value: unknown): string {
  const given = text(value, 'time')
  if (isTime(given)) return given
  throw new TypeError(`time: not a time: ${given.slice(0, 60)}`)
}

/**
 * The header in a result of `block`, with the hashes of the `wanted` transactions; default: of all.
 * @throws RpcError `E_RPC_MALFORMED`, or `E_RPC_NOT_READY` for the null that some nodes answer for a block they lack.
 */
export function headerOfBlock(result: Buffer, wanted?: readonly number[]): Header {
  const block = orMalformed('block', () => readBlock(result))
  if (!block) throw new RpcError('E_RPC_NOT_READY', 'block: the node answers null')
  if (!isTime(block.time)) throw new RpcError('E_RPC_MALFORMED', `block: not a time: ${block.time.slice(0, 60)}`)
  const { txHash, ...header } = block
  const indices = wanted ?? Array.from({ length: header.txCount }, (_, index) => index)
  return { ...header, txHashes: orMalformed('block', () => new Map(indices.map((index) => [index, txHash(index)]))) }
}
