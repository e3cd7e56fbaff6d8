/** `status` as every node answers it, parsed by us: cosmjs throws on the empty hashes of some Sei nodes. */
import { z } from 'zod'
import { RpcError } from './errors.ts'
import type { Rpc } from './rpc.ts'

export interface NodeStatus {
  chainId: string
  /** Newest block announced; its results may come some milliseconds later. */
  latest: number
  /** Oldest block kept; at least 1 (Sei with Autobahn says 0). */
  earliest: number
}

const height = z.coerce.number().int().nonnegative()
const answer = z.object({
  node_info: z.object({ network: z.string().min(1) }),
  sync_info: z.object({ latest_block_height: height, earliest_block_height: height.catch(1) }),
})

/**
 * Asks a node who it is and which heights it has.
 * @throws RpcError
 */
export async function askStatus(rpc: Rpc, signal?: AbortSignal): Promise<NodeStatus> {
  const result = answer.safeParse(await rpc.call('status', {}, signal))
  if (!result.success) throw new RpcError('E_RPC_MALFORMED', `status: ${z.prettifyError(result.error)}`)
  const { node_info, sync_info } = result.data
  return {
    chainId: node_info.network,
    latest: sync_info.latest_block_height,
    earliest: Math.max(1, sync_info.earliest_block_height),
  }
}
