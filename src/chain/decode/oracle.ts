/** The reference: decodes whole answers with JSON.parse, nothing sliced. What the fast path must equal, block for block. */
import type { App } from '../../events/app.ts'
import { BLOCK_TX_INDEX } from '../../events/position.ts'
import type { DecodedBlock } from '../../events/types.ts'
import { readBlock } from './block.ts'
import { recordsOf, watch } from './records.ts'
import { readEvents, readTxResult } from './tx.ts'
import type { Dialect, WatchedContract } from './types.ts'

interface Result {
  txs_results?: unknown[] | null
  finalize_block_events?: Parameters<typeof readEvents>[0] | null
}

export function decodeWhole(
  blockResults: Buffer,
  block: Buffer,
  { contracts, app, dialect }: { contracts: readonly WatchedContract[]; app: App; dialect: Dialect },
): DecodedBlock {
  const watched = watch(contracts, app)
  const answer = JSON.parse(blockResults.toString()) as { result?: Result } & Result
  const { txs_results, finalize_block_events } = answer.result ?? answer
  const facts = readBlock(block)
  if (!facts) throw new SyntaxError('no such block')
  const { height, hash, parentHash, time } = facts
  const ofTxs = (txs_results ?? []).flatMap((raw, txIndex) => {
    const { ok, evmTxHash, events } = readTxResult(JSON.stringify(raw), dialect)
    return ok ? recordsOf(events, { txIndex, txHash: facts.txHash(txIndex), evmTxHash }, watched) : []
  })
  const origin = { txIndex: BLOCK_TX_INDEX, txHash: null, evmTxHash: undefined }
  const ofBlock = recordsOf(readEvents(finalize_block_events ?? [], dialect), origin, watched)
  return { height, hash, parentHash, time, records: [...ofTxs, ...ofBlock] }
}
