/** Bytes of hit transactions in, typed records out. Parses these transactions only, never a block. */
import type { App } from '../../events/app.ts'
import { BLOCK_TX_INDEX } from '../../events/position.ts'
import type { DecodedRange, EventRecord } from '../../events/types.ts'
import { CodedError } from '../../runtime/shared/errors.ts'
import { recordsOf, watch } from './records.ts'
import { readEvents, readTxResult } from './tx.ts'
import type { Dialect, Hit, ScannedRange, WatchedContract } from './types.ts'

/** Counted since the decoder was made. */
export interface DecoderStats {
  blocks: number
  /** Transactions (or block event lists) parsed. */
  hits: number
  /** Records made of them. */
  events: number
}

export interface Decoder {
  /**
   * Decodes consecutive heights.
   * @throws CodedError `E_DIALECT` when attributes are written in another way than before; `E_MALFORMED_RESULT` on bytes
   * that are no result, with the height and transaction.
   */
  decode(range: ScannedRange): DecodedRange
  stats(): DecoderStats
}

/** A decoder for one chain: it pins the dialect of the first range that knows it. */
export function createDecoder({ contracts, app }: { contracts: readonly WatchedContract[]; app: App }): Decoder {
  const watched = watch(contracts, app)
  const stats: DecoderStats = { blocks: 0, hits: 0, events: 0 }
  let pinned: Dialect | undefined

  const decodeHit = (hit: Hit, bytes: Uint8Array, dialect: Dialect): EventRecord[] => {
    const json = Buffer.from(bytes.buffer, bytes.byteOffset + hit.offset, hit.length).toString()
    const { txIndex, txHash } = hit
    if (txIndex === BLOCK_TX_INDEX)
      return recordsOf(readEvents(JSON.parse(json), dialect), { txIndex, txHash: null, evmTxHash: undefined }, watched)
    const { ok, evmTxHash, events } = readTxResult(json, dialect)
    return ok ? recordsOf(events, { txIndex, txHash, evmTxHash }, watched) : []
  }

  return {
    stats: () => ({ ...stats }),
    decode: ({ chainId, dialect, blocks, bytes }) => {
      if (dialect && pinned && dialect !== pinned)
        throw new CodedError(
          'E_DIALECT',
          `event attributes were ${pinned} and are ${dialect} now: are all endpoints of one chain?`,
        )
      pinned ??= dialect
      const decoded = blocks.map(({ height, hash, parentHash, time, hits }) => {
        const records = hits.flatMap((hit) => located(height, hit, () => decodeHit(hit, bytes, told(pinned))))
        stats.blocks += 1
        stats.hits += hits.length
        stats.events += records.length
        return { height, hash, parentHash, time, records }
      })
      return { chainId, blocks: decoded }
    },
  }
}

/** The scan finds hits only where it knows the dialect. */
function told(dialect: Dialect | undefined): Dialect {
  if (dialect) return dialect
  throw new CodedError('E_DIALECT', 'the range has hits but does not say in which dialect')
}

/** Bytes that cannot be read are told with their place. */
function located<T>(height: number, { txIndex }: Hit, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    const place = txIndex === BLOCK_TX_INDEX ? 'the events of the block' : `the result of transaction ${txIndex}`
    throw new CodedError(
      'E_MALFORMED_RESULT',
      `block ${height}: ${place} cannot be read (${cause.message}); try another endpoint`,
      { cause },
    )
  }
}
