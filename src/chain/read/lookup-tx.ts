/** Asks a node about a transaction that the log does not know: failed ones emit no events. */
import type { EndpointOptions } from './endpoint.ts'
import { RpcError } from './errors.ts'
import { fields, whole } from './fields.ts'
import { REQUEST_DEADLINE } from './options.ts'
import { Rpc } from './rpc.ts'
import { openTransport } from './transport.ts'

const INVALID_PARAMS = -32602

/**
 * `failed` when a node knows the transaction with code ≠ 0, else `unknown`. Rare, so it opens connections of its own.
 * @param hash upper-case hex Cosmos hash
 * @param deadline longest silence of a node, ms
 */
export async function lookupTx(
  endpoints: readonly EndpointOptions[],
  hash: string,
  deadline: number = REQUEST_DEADLINE,
  signal?: AbortSignal,
): Promise<'failed' | 'unknown'> {
  for (const endpoint of endpoints) {
    const rpc = new Rpc(openTransport({ ...endpoint, deadline, connections: 1 }))
    try {
      const code = await txCode(rpc, hash, signal)
      if (code !== undefined) return code === 0 ? 'unknown' : 'failed'
    } finally {
      await rpc.close()
    }
  }
  return 'unknown'
}

/** In POST, CometBFT takes the hash as base64, Sei as hex; what is no hash to a node it refuses as invalid. */
async function txCode(rpc: Rpc, hash: string, signal?: AbortSignal): Promise<number | undefined> {
  for (const text of [Buffer.from(hash, 'hex').toString('base64'), hash]) {
    try {
      const { tx_result } = fields(await rpc.call('tx', { hash: text, prove: false }, signal), 'result')
      return whole(fields(tx_result, 'tx_result')['code'] ?? 0, 'code')
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof RpcError && error.rpcCode === INVALID_PARAMS) continue
      if (error instanceof RpcError || error instanceof TypeError) return undefined // not found, or no answer: ask the next
      throw error
    }
  }
  return undefined
}
