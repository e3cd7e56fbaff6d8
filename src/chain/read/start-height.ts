/** Where to begin when nobody says: at the creation of the oldest watched contract, where the node tells it. */
import type { WatchedContract } from '../decode/types.ts'
import { cometClient } from './cosmjs.ts'
import type { Endpoints } from './endpoints.ts'
import { RpcError } from './errors.ts'
import type { Head } from './head.ts'
import { encodeText, protobufField } from './protobuf.ts'
import type { Rpc } from './rpc.ts'

/**
 * The lowest `ContractInfo.created.block_height` of the contracts. Contracts that do not exist have no history.
 * Undefined where the node does not tell (Sei redacts the field).
 * @throws RpcError
 */
export async function creationHeight(
  contracts: readonly WatchedContract[],
  rpc: Rpc,
  signal: AbortSignal,
): Promise<number | undefined> {
  const heights: number[] = []
  for (const { address } of contracts) {
    const { exists, height } = await creationHeightOf(address, rpc, signal)
    if (!exists) continue
    if (height === undefined) return undefined
    heights.push(height)
  }
  return heights.length ? Math.min(...heights) : undefined
}

/** Whether there is such a contract, and since which height, where the node tells it. @throws RpcError */
export async function creationHeightOf(
  address: string,
  rpc: Rpc,
  signal: AbortSignal,
): Promise<{ exists: boolean; height?: number | undefined }> {
  const client = await cometClient(rpc, signal)
  const path = '/cosmwasm.wasm.v1.Query/ContractInfo'
  const { code, value } = await client.abciQuery({ path, data: encodeText(address) }) // QueryContractInfoRequest { string address = 1 }
  return code === 0 ? { exists: true, height: decodeCreatedHeight(value) } : { exists: false }
}

/**
 * What the preferred endpoint answers `ask`, however long it takes until one does; undefined when it answers that it
 * cannot tell.
 */
export async function answered<T>(
  { endpoints, head, signal }: { endpoints: Endpoints; head: Head; signal: AbortSignal },
  ask: (rpc: Rpc) => Promise<T>,
): Promise<T | undefined> {
  for (;;) {
    const endpoint = endpoints.preferred
    if (endpoint && !endpoint.resting) {
      try {
        return await ask(endpoint.rpc)
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof RpcError)) throw error
        if (error.rpcCode !== undefined) return undefined
        endpoint.failed(error)
      }
    }
    await head.changed.wait(100, signal)
  }
}

/** How nodes word that they have dropped a block (CometBFT, Sei): the number is the lowest height they still have. */
const DROPPED = /(?:lowest height is|base height:) (\d{1,15})/

/**
 * The lowest height the node still has, where it says so when asked for the first block: some answer 0 in `status`.
 * @throws RpcError when the node does not answer
 */
export async function lowestKept(rpc: Rpc, signal: AbortSignal): Promise<number> {
  try {
    await rpc.call('block', { height: '1' }, signal)
  } catch (error) {
    if (!(error instanceof RpcError) || error.rpcCode === undefined) throw error
    return Number(DROPPED.exec(error.message)?.[1] ?? 1)
  }
  return 1
}

/**
 * `QueryContractInfoResponse { ContractInfo contract_info = 2 }`, `ContractInfo { AbsoluteTxPosition created = 5 }`,
 * `AbsoluteTxPosition { uint64 block_height = 1 }` (wasmd, proto/cosmwasm/wasm/v1/{query,types}.proto).
 */
export function decodeCreatedHeight(response: Uint8Array): number | undefined {
  const height = [2, 5, 1].reduce<Uint8Array | number | undefined>(
    (message, number) => (typeof message === 'object' ? protobufField(message, number) : undefined),
    response,
  )
  return typeof height === 'number' && height > 0 ? height : undefined
}
