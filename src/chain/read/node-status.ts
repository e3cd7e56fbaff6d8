/** `status` as every node answers it, parsed by us: cosmjs throws on the empty hashes of some Sei nodes. */
import { fields, orMalformed, text, whole } from './fields.ts'
import type { Rpc } from './rpc.ts'

export interface NodeStatus {
  chainId: string
  /** Newest block announced; its results may come some milliseconds later. */
  latest: number
  /** Oldest block kept; at least 1 (Sei with Autobahn says 0). */
  earliest: number
}

/**
 * Asks a node who it is and which heights it has.
 * @throws RpcError
 */
export async function askStatus(rpc: Rpc, signal?: AbortSignal): Promise<NodeStatus> {
  const result = await rpc.call('status', {}, signal)
  return orMalformed('status', () => readStatus(result))
}

function readStatus(result: unknown): NodeStatus {
  const { node_info, sync_info } = fields(result, 'result')
  const sync = fields(sync_info, 'sync_info')
  return {
    chainId: text(fields(node_info, 'node_info')['network'], 'network', 1),
    latest: whole(sync['latest_block_height'], 'latest_block_height'),
    earliest: earliestOf(sync['earliest_block_height']),
  }
}

/** What a node tells about itself, for people. */
export interface NodeFacts extends NodeStatus {
  moniker: string
  version: string
  /** Of its newest block, ms since 1970; undefined where it says none (Sei with Autobahn). */
  time: number | undefined
  /** Undefined where it does not say. */
  indexesTxs: boolean | undefined
}

/** @throws RpcError */
export async function askFacts(rpc: Rpc, signal?: AbortSignal): Promise<NodeFacts> {
  const result = await rpc.call('status', {}, signal)
  return orMalformed('status', () => {
    const { node_info, sync_info } = fields(result, 'result')
    const { moniker, version, other } = fields(node_info, 'node_info')
    const time = Date.parse(String(fields(sync_info, 'sync_info')['latest_block_time']))
    const index = typeof other === 'object' && other !== null ? fields(other, 'other')['tx_index'] : undefined
    return {
      ...readStatus(result),
      moniker: String(moniker ?? ''),
      version: String(version ?? ''),
      time: time > 0 ? time : undefined,
      indexesTxs: index === 'on' || index === 'off' ? index === 'on' : undefined,
    }
  })
}

/** Some nodes leave it out, or say 0. */
function earliestOf(value: unknown): number {
  try {
    return Math.max(1, whole(value, 'earliest_block_height'))
  } catch {
    return 1
  }
}
