/** What fetching and scanning hand to the decoder: for each height the transactions that can matter, as raw bytes. */
import type { Passed } from '../../events/passed.ts'
import type { Backfill, Gap } from '../../events/types.ts'

/** How a node writes event attributes: CometBFT 0.37+ in plain text, Sei in base64. One per chain, found out, never configured. */
export type Dialect = 'plain' | 'base64'

/** A contract to watch. */
export interface WatchedContract {
  /** The configured name, e.g. `payments`. */
  name: string
  /** Canonical bech32, lower case. */
  address: string
}

/** A transaction (or the block's own event list) in which a watched contract's address occurs. */
export interface Hit {
  /** Index in `txs_results`; BLOCK_TX_INDEX for `finalize_block_events`. */
  txIndex: number
  /** Upper-case hex SHA-256 of the transaction's bytes; null for the block's own events. */
  txHash: string | null
  /** Where in {@link ScannedRange.bytes} the JSON of this `ExecTxResult` (or of the event array) stands. */
  offset: number
  length: number
}

/** One height, scanned. `txCount` was compared with the block's own count before this was made. */
export interface ScannedBlock {
  height: number
  /** Upper-case hex. */
  hash: string
  /** `last_block_id.hash`; empty at the chain's first block. */
  parentHash: string
  /** Verbatim RFC 3339. */
  time: string
  txCount: number
  hits: Hit[]
}

/** Consecutive heights, ascending, with the hit slices joined in one transferable buffer. */
export interface ScannedRange {
  /** The chain these blocks name in their headers. */
  chainId: string
  /** Undefined while no event told. */
  dialect: Dialect | undefined
  blocks: ScannedBlock[]
  /** Heights before the first block that nobody can give any more, and why they are left out. */
  gap?: Gap
  backfill?: Backfill
  passed?: Passed
  bytes: Uint8Array<ArrayBuffer>
}

/** One `ExecTxResult` (or the list of the block's own events) in which a watched contract occurs. */
export interface FoundHit {
  /** Index in `txs_results`; BLOCK_TX_INDEX for `finalize_block_events`. */
  txIndex: number
  /** A view of the scanned bytes, or bytes of its own after a fallback: copy it before the buffer is used again. */
  json: Uint8Array
}

export interface Scan {
  height: number
  /** Entries of `txs_results`, failed ones included; 0 when it is null. */
  txCount: number
  /** Undefined while nothing in the block tells. */
  dialect: Dialect | undefined
  hits: FoundHit[]
  /** False when the bytes had to be parsed. */
  trusted: boolean
}
