/** cosmjs over our transport, for what is off the hot path. Loaded when first used: it costs 29 MB. */
import type { Comet38Client } from '@cosmjs/tendermint-rpc'
import type { Rpc } from './rpc.ts'

/**
 * A cosmjs client that sends through `rpc`. Always the 0.38 one: cosmjs's own choice by version string takes Sei and
 * CometBFT 0.39 for 0.37. Disconnecting it does nothing: the transport is ours.
 */
export async function cometClient(rpc: Rpc, signal?: AbortSignal): Promise<Comet38Client> {
  const { Comet38Client } = await import('@cosmjs/tendermint-rpc')
  return Comet38Client.create({
    async execute({ id, method, params }) {
      const result = await rpc.call(method, params as Record<string, unknown>, signal)
      return { jsonrpc: '2.0', id, result }
    },
    disconnect() {},
  })
}
