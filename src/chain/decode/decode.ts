/** Bytes of hit transactions in, typed records out. Parses these transactions only, never a block. */
import type { App } from '../../events/app.ts'
import { BLOCK_TX_INDEX } from '../../events/position.ts'
import type { DecodedRange, EventRecord } from '../../events/types.ts'
import { CodedError } from '../../runtime/shared/errors.ts'
import { recordsOf, type Watch, watch } from './records.ts'
import { readEvents, readTxResult } from './tx.ts'
import type { Dialect, Hit, ScannedRange, WatchedContract } from './types.ts'

export interface DecoderStats {
  blocks: number
  hits: number
  events: number
}

export interface Decoder {
  /** @throws CodedError `E_DIALECT` when the chain writes attributes in another way than before; SyntaxError on bytes that are no result. */
  decode(range: ScannedRange): DecodedRange
  stats(): DecoderStats
}

export function createDecoder({ contracts, app }: { contracts: readonly WatchedContract[]; app: App }): Decoder {
  const watched = watch(contracts, app)
  const stats: DecoderStats = { blocks: 0, hits: 0, events: 0 }
  let pinned: Dialect | undefined

  const pin = (dialect: Dialect): Dialect => {
    if (pinned && pinned !== dialect)
      throw new CodedError(
        'E_DIALECT',
        `the chain wrote event attributes as ${pinned} before and as ${dialect} now: are the endpoints of one chain?`,
      )
    pinned = dialect
    return dialect
  }

  return {
    stats: () => ({ ...stats }),
    decode: ({ chainId, dialect, blocks, bytes }) => ({
      chainId,
      blocks: blocks.map(({ height, hash, parentHash, time, hits }) => {
        const records = hits.flatMap((hit) => decodeHit(hit, bytes, pin(dialect ?? 'plain'), watched))
        stats.blocks += 1
        stats.hits += hits.length
        stats.events += records.length
        return { height, hash, parentHash, time, records }
      }),
    }),
  }
}

function decodeHit(hit: Hit, bytes: Uint8Array, dialect: Dialect, watched: Watch): EventRecord[] {
  const json = Buffer.from(bytes.buffer, bytes.byteOffset + hit.offset, hit.length).toString()
  if (hit.txIndex === BLOCK_TX_INDEX)
    return recordsOf(
      readEvents(JSON.parse(json), dialect),
      { txIndex: BLOCK_TX_INDEX, txHash: null, evmTxHash: undefined },
      watched,
    )
  const { ok, evmTxHash, events } = readTxResult(json, dialect)
  return ok ? recordsOf(events, { txIndex: hit.txIndex, txHash: hit.txHash, evmTxHash }, watched) : []
}
