/** Taking transactions: `broadcast_tx_sync`, `_async` and `_commit`. */
import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import { sha256 } from '../chain/merkle.ts'
import type { ChainNode, Params } from './chain-node.ts'
import { RpcError } from './rpc.ts'
import { resultOf } from './search.ts'
import type { Mempool, NodeBlock } from './source.ts'
import { unquote } from './values.ts'

const message = z.union([
  z.strictObject({ contract: z.string(), msg: z.record(z.string(), z.unknown()), funds: z.string().exactOptional() }),
  z.strictObject({ to: z.string(), amount: z.string() }),
  z.strictObject({ instantiate: z.int(), label: z.string(), msg: z.record(z.string(), z.unknown()) }),
])

/** The parameter `call`: a transaction as people write it. */
const CallJson = z.strictObject({
  sender: z.string(),
  messages: z.array(message).min(1),
  memo: z.string().exactOptional(),
  evm: z.boolean().exactOptional(),
})

/**
 * The method for one way of waiting: not at all, for the check, or for the block. The transaction comes as `tx`, its
 * bytes in base64, or as `call`, which a real node does not know: `{"sender":…,"messages":[{"contract":…,"msg":{…}}]}`.
 */
export function broadcast(wait: 'async' | 'sync' | 'commit') {
  return async (node: ChainNode, params: Params): Promise<object> => {
    const { mempool } = node.source
    if (!mempool) throw node.server.unknownMethod(`broadcast_tx_${wait}`)
    const tx = bytesOfTx(mempool, params)
    const hash = sha256(tx).toString('hex').toUpperCase()
    const check = mempool.check(tx)
    if (check.code === 0 && !mempool.add(tx)) throw new RpcError(-32603, 'Internal error', 'tx already exists in cache')
    const { code, codespace, log } = check
    if (wait === 'async') return { code: 0, data: '', log: '', codespace: '', hash }
    if (wait === 'sync') return { code, data: '', log, codespace, hash }
    const checked = { code, data: null, log, info: '', ...gasOf(check), events: [], codespace }
    if (code !== 0) return { check_tx: checked, tx_result: NO_RESULT, hash, height: '0' }
    const { block, index } = await blockOf(node, mempool, hash)
    return { check_tx: checked, tx_result: resultOf(block, index), hash, height: `${block.height}` }
  }
}

/** As both servers' `timeout_broadcast_tx_commit`. */
const COMMIT_TIMEOUT_MS = 10_000

const NO_RESULT = {
  code: 0,
  data: null,
  log: '',
  info: '',
  gas_wanted: '0',
  gas_used: '0',
  events: [],
  codespace: '',
}

function gasOf({ gasWanted, gasUsed }: ReturnType<Mempool['check']>): object {
  return { gas_wanted: `${gasWanted}`, gas_used: `${gasUsed}` }
}

function bytesOfTx(mempool: Mempool, { tx, call }: Params): Uint8Array {
  if (call === undefined) return Buffer.from(unquote(tx), 'base64')
  try {
    return mempool.encode(CallJson.parse(typeof call === 'string' ? JSON.parse(call) : call))
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : String((error as Error).message)
    throw new RpcError(-32602, 'Invalid params', `call: ${problem}`)
  }
}

async function blockOf(node: ChainNode, mempool: Mempool, hash: string): Promise<{ block: NodeBlock; index: number }> {
  const ended = new AbortController()
  const timeout = delay(COMMIT_TIMEOUT_MS, 'timeout', { ref: false, signal: ended.signal })
  timeout.catch(() => {})
  try {
    for (;;) {
      const found = node.source.findTx(hash)
      if (found) return { block: node.source.at(found.height) as NodeBlock, index: found.index }
      if ((await Promise.race([mempool.nextBlock(), timeout])) === 'timeout')
        throw new RpcError(-32603, 'Internal error', 'timed out waiting for tx to be included in a block')
    }
  } finally {
    ended.abort()
  }
}
