/** Bytes of hit transactions in, typed records out. Parses these transactions only, never a block. */
import type { App } from '../../events/app.ts'
import { moment } from '../../events/passed.ts'
import { BLOCK_TX_INDEX } from '../../events/position.ts'
import type { DecodedBlock, DecodedRange, EventRecord, QuarantinedTx } from '../../events/types.ts'
import { CodedError } from '../../runtime/shared/errors.ts'
import { HELD_TOO_OFTEN, type Suspect } from './poison.ts'
import { recordsOf, type Watch, watch } from './records.ts'
import { readEvents, readTxResult } from './tx.ts'
import type { Dialect, Hit, ScannedBlock, ScannedRange, WatchedContract } from './types.ts'

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
   * Decodes consecutive heights; of a backfill only what its contracts emitted.
   * @throws CodedError `E_DIALECT` when attributes are written in another way than before; `E_MALFORMED_RESULT` on bytes
   * that are no result, with the height and transaction.
   */
  decode(range: ScannedRange): DecodedRange
  stats(): DecoderStats
}

export interface DecoderOptions {
  contracts: readonly WatchedContract[]
  app: App
  /** Heights at which a generation died: there a transaction that cannot be decoded is set aside, alone. Default: none. */
  suspects?: readonly Suspect[]
  /** Told what is decoded now: the height, and 1 + the index of the hit in it. */
  progress?: (height: number, part: number) => void
}

/** The records of one hit. @throws SyntaxError, and whatever the app's catalogue throws */
export function decodeHit(
  { txIndex, txHash }: Pick<Hit, 'txIndex' | 'txHash'>,
  json: string,
  dialect: Dialect,
  watched: Watch,
): EventRecord[] {
  if (txIndex === BLOCK_TX_INDEX)
    return recordsOf(readEvents(JSON.parse(json), dialect), { txIndex, txHash: null, evmTxHash: undefined }, watched)
  const { ok, evmTxHash, events } = readTxResult(json, dialect)
  return ok ? recordsOf(events, { txIndex, txHash, evmTxHash }, watched) : []
}

/** A decoder for one chain: it pins the dialect of the first range that knows it. */
export function createDecoder({ contracts, app, suspects = [], progress = () => undefined }: DecoderOptions): Decoder {
  const everything = watch(contracts, app)
  const suspected = new Map(suspects.map((suspect) => [suspect.height, suspect]))
  const stats: DecoderStats = { blocks: 0, hits: 0, events: 0 }
  let pinned: Dialect | undefined

  /** One height; what is set aside of it goes along, so that it is stored with the rest. */
  const decodeBlock = (
    { height, hash, parentHash, time, hits }: ScannedBlock,
    bytes: Uint8Array,
    watched: Watch,
  ): DecodedBlock => {
    const records: EventRecord[] = []
    const quarantined: QuarantinedTx[] = []
    const suspect = suspected.get(height)
    for (const [index, hit] of hits.entries()) {
      const part = index + 1
      const dialect = told(pinned)
      const json = Buffer.from(bytes.buffer, bytes.byteOffset + hit.offset, hit.length)
      progress(height, part)
      try {
        requireNotHeld(suspect?.held[part])
        records.push(...located(height, hit, () => decodeHit(hit, json.toString(), dialect, watched)))
      } catch (error) {
        if (!suspect) throw error // the first time it may be ours: a fresh thread tries again
        const reason = error instanceof Error ? error.message : String(error)
        quarantined.push({ txIndex: hit.txIndex, txHash: hit.txHash, dialect, bytes: new Uint8Array(json), reason })
      }
    }
    stats.blocks += 1
    stats.hits += hits.length
    stats.events += records.length
    return { height, hash, parentHash, time, records, ...(quarantined.length ? { quarantined } : {}) }
  }

  return {
    stats: () => ({ ...stats }),
    decode: ({ chainId, dialect, blocks, bytes, gap, backfill, passed }) => {
      if (dialect && pinned && dialect !== pinned)
        throw new CodedError(
          'E_DIALECT',
          `event attributes were ${pinned} and are ${dialect} now: are all endpoints of one chain?`,
        )
      pinned ??= dialect
      const watched = backfill
        ? watch(
            contracts.filter(({ address }) => backfill.contracts.includes(address)),
            app,
          )
        : everything
      const decoded = blocks.map((block) => decodeBlock(block, bytes, watched))
      return {
        ...{ chainId, blocks: decoded },
        ...(gap ? { gap } : {}),
        ...(backfill ? { backfill } : {}),
        ...(passed ? { passed: { ...passed, decoded: moment() } } : {}),
      }
    },
  }
}

/** What held several generations for ever is not tried once more. */
function requireNotHeld(times: number = 0): void {
  if (times >= HELD_TOO_OFTEN) throw new Error(`decoding it did not end, ${times} times`)
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
