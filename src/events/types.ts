/** The shapes an event has on its way through the house: record (decoder) → committed event (store) → frame (hub). */
import type { Passed } from './passed.ts'

/** Values an event's `data` may hold. Ids and amounts are decimal strings, never numbers. */
export type EventValue = string | boolean | null

/** An event as users see it: the text in the log, on the sockets and in REST answers. */
export interface ChainEvent {
  /** The position in the log, as text. */
  id: string
  /** For example `transfer_created`; `<contract>.<name>` where no catalogue entry fits. */
  type: string
  /** The configured name of the contract, e.g. `payments`. */
  contract: string
  contractAddress: string
  chainId: string
  blockHeight: number
  /** Upper-case hex SHA-256 of the transaction's bytes; null for events of the block itself. */
  txHash: string | null
  /** Sei: the hash an EVM wallet knows, `0x…` as the node gives it. */
  evmTxHash?: string
  /** The block's time, verbatim RFC 3339 with nanoseconds. */
  timestamp: string
  /** Decoded attributes, then joined and derived fields. */
  data: Record<string, EventValue>
  /** Accounts the event names plus the counterparty, without repetition, at most 16, canonical bech32. */
  accounts: string[]
  /** A joined field is null because its origin was never indexed. */
  incomplete?: true
  /** An attribute key occurred more than once: the first value was kept. */
  duplicates?: true
  processed: true
}

/** A watched contract's event after decoding, before the store joins what the chain omits. Survives structured clone. */
export interface EventRecord {
  txIndex: number
  eventIndex: number
  type: string
  contract: string
  contractAddress: string
  txHash: string | null
  evmTxHash?: string
  /** Own enumerable string keys only, in the order they shall appear; built without a prototype chain to poison. */
  data: Record<string, EventValue>
  /** Accounts named by the event itself. */
  accounts: string[]
  duplicates?: true
}

/** A transaction that could not be decoded, set aside with its bytes. */
export interface QuarantinedTx {
  txIndex: number
  txHash: string | null
  /** How its attributes are written. */
  dialect: 'plain' | 'base64'
  /** The JSON of its result (or of the block's event list), as the node gave it. */
  bytes: Uint8Array
  reason: string
}

/** One height after decoding; an empty block has no records. */
export interface DecodedBlock {
  height: number
  /** Upper-case hex, as the node gives it. */
  hash: string
  /** Hash the block names as its predecessor's; empty where the chain has none (first block). */
  parentHash: string
  /** Verbatim RFC 3339. */
  time: string
  records: EventRecord[]
  /** Default: none. */
  quarantined?: QuarantinedTx[]
}

/** Heights that are left out on purpose, inclusive. */
export interface Gap {
  from: number
  to: number
  reason: string
}

/** Consecutive heights, ascending, on their way to the store. */
export interface DecodedRange {
  chainId: string
  blocks: DecodedBlock[]
  /** Before the first block. Default: none. */
  gap?: Gap
  backfill?: Backfill
  passed?: Passed
}

/**
 * Marks a range that does not follow the checkpoint: heights below it, of which only what these contracts emitted is
 * told. Without a block and a gap it says that they have no history below the checkpoint.
 */
export interface Backfill {
  /** Addresses. */
  contracts: string[]
}

/** What the log lacks of a contract that was configured later than others (D5). */
export interface MissingHistory {
  /** Configured name. */
  contract: string
  address: string
  /** The contract's first height; null while nobody has found out: heights below it may be among `heights` then. */
  origin: number | null
  /** Inclusive, ascending, none above the checkpoint. */
  heights: { from: number; to: number }[]
  /** First height of the log: the contract's first, where nobody finds out. */
  logStart: number
}

/** The log now holds events of a contract below what was pushed before: whoever shows its history reads it again. */
export interface HistoryChanged {
  /** Configured name. */
  contract: string
  /** Heights, inclusive. */
  from: number
  to: number
}

/** An event as the store committed it. */
export interface CommittedEvent {
  id: string
  height: number
  txIndex: number
  eventIndex: number
  type: string
  contract: string
  /** The {@link ChainEvent} as JSON: the very text that is in the log and goes on the wire. */
  text: string
  /** Every account this event is routed to: `accounts` and those the catalogue's audience adds, at most 1,000. */
  audience: string[]
  /** There are more: the set whose members they are. Who is one is asked of the log. */
  crowd?: string
}

/**
 * What one transaction of the store made durable: consecutive heights `after + 1 … height`; none (`after` is `height`)
 * when projections were rebuilt, and so anything read of them may be out of date.
 */
export interface CommittedRange {
  /** The checkpoint before this range. A consumer whose cursor is not here reads the log instead. */
  after: number
  /** The checkpoint now. */
  height: number
  /** Time of block `height`, verbatim. */
  time: string
  /** In position order. Empty for empty blocks; `null` when the consumer was out of credit and must read the log. */
  events: CommittedEvent[] | null
  /**
   * What these heights changed: the app's tags of their events, and `user:<account>` of whom they concern, without
   * repetition; `null`: too much to say, take everything for changed.
   */
  tags: readonly string[] | null
  /** Projections were made anew: at the same height they say something else than before. */
  rebuilt?: true
  /** Of the newest heights in it. Default: nobody measured. */
  passed?: Passed
}

/** The tags of {@link CommittedRange} alone, for those who need no events. */
export type TagsChanged = Pick<CommittedRange, 'height' | 'tags'>

/** How far the log is behind the chain. */
export interface Sync {
  /** `syncing`: more than 64 blocks behind, or nothing known yet. `stale`: the chain's head stands still. */
  state: 'syncing' | 'live' | 'stale'
  indexedHeight: number
  /** Highest height a node has shown; null before the first answer. */
  headHeight: number | null
}
