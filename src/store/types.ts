/** The two interfaces of the log. Everything else in the house sees only these. */
import type { AsOf, Tables } from '../events/app.ts'
import type { Position } from '../events/position.ts'
import type {
  CommittedEvent,
  CommittedRange,
  DecodedRange,
  EventRecord,
  Gap,
  HistoryChanged,
  MissingHistory,
  QuarantinedTx,
} from '../events/types.ts'

/** Who the log is of, pinned at the first open. */
export interface ChainIdentity {
  /** Null before the first commit. */
  chainId: string | null
  /** `<chain id>/<hash of the first indexed block>`; null before the first commit. A resume with another epoch expires. */
  epoch: string | null
}

/** How far the log has come. */
export interface Checkpoint {
  /** Last committed height; 0 before the first commit, which may then be of any height. */
  height: number
  /** Hash and time of that block; null before the first commit. */
  hash: string | null
  time: string | null
}

/** What is kept of the log: all of it, the events of so many days before its last block, or about so many of the newest. */
export type Retain = 'all' | { days: number } | { events: number }

/** What retention deleted from the beginning of the log. */
export interface Cut {
  /** Up to which height, inclusive; 0: nothing. */
  height: number
  /** How many events that was. */
  events: number
  /** The log's digest up to there (`logDigest`). */
  digest: string
}

/** The one writer. Synchronous: SQLite on the store's own thread. */
export interface LogWriter {
  checkpoint(): Checkpoint
  /** The chain the log is of; null before the first commit when none was given. */
  chainId(): string | null
  /**
   * Makes `range` durable in one transaction: events joined and encoded, join state, projections, coverage, checkpoint.
   * Heights at or below the checkpoint are skipped; the first new one must be checkpoint + 1 and name its hash.
   * Of a backfill, the records are held until nothing is missing any more, and the answer is null.
   * @returns what was committed, or null when everything was known already.
   * @throws StoreError `E_GAP` | `E_CHAIN_MISMATCH` | `E_FENCED` | `E_BUSY` | `E_DISK_FULL` | `E_READ_ONLY` | `E_STORE_CORRUPT`;
   *   nothing is changed then, and the writer goes on.
   */
  commit(range: DecodedRange): CommittedRange | null
  /**
   * Leaves out the height after the checkpoint, and records that.
   * @throws StoreError `E_NOT_NEXT` when it is another height; all that commit throws
   */
  skip(height: number, reason: string): void
  /**
   * Decodes what is in quarantine again, and puts the events in their places. Joined fields are what is known today.
   * What `decode` throws stays in quarantine, with the new reason.
   * @throws StoreError `E_CUT` when part of the log was deleted: projections could not follow; all that commit throws
   */
  requeue(decode: (transaction: Quarantined) => EventRecord[]): { released: number; kept: number }
  /** How the app's projections stand, by name. */
  projections(): ProjectionStatus[]
  /**
   * History has changed: these projections are rebuilt by replaying the log. Default: all that are not suspended, and the
   * memory of joins. Until their new tables are there the old ones go on.
   * @throws StoreError `E_CUT` when part of the log was deleted; all that commit throws
   */
  rebuild(names?: readonly string[]): void
  /**
   * Goes on with what is to be rebuilt, in one transaction of about `milliseconds`, by default 25.
   * @returns `nothing` when there was nothing to do; `exchanged` when new tables are in place: what was read of the old ones is out of date
   * @throws all that commit throws; nothing is lost
   */
  replay(milliseconds?: number): 'nothing' | 'some' | 'exchanged'
  /** What the log lacks of contracts that were configured later; their events are held until nothing is missing (D5). */
  missing(): MissingHistory[]
  /**
   * Puts about `limit` held events into the log, in its order, once nothing is missing and nothing is being rebuilt. With
   * the last one projections are marked for a rebuild, and what these contracts emit is logged at once from then on.
   * @returns `nothing` when it is not time; else `some`, or whose history is complete now
   * @throws all that commit throws
   */
  release(limit: number): 'nothing' | 'some' | HistoryChanged[]
  /**
   * Deletes a chunk of what is not to be kept of the log, once no projection and no contract's history needs it.
   * @returns whether something was deleted
   * @throws all that commit throws
   */
  cut(): boolean
  close(): void
}

/** How a projection stands. */
export interface ProjectionStatus {
  name: string
  /** Of the code that its tables are, or are to be, made by. */
  version: number
  /** `suspended`: it failed, and is rebuilt once its version is another. `rebuilding`: new tables are being made. */
  state: 'ok' | 'suspended' | 'rebuilding'
  /** Up to which its tables are. */
  height: number
  /** Its tables stand still at that height until they are rebuilt. */
  stale: boolean
  /** Why it stands still, in words. */
  reason: string | null
  /** When it came to stand so, ISO. */
  since: string
}

/** A transaction in quarantine. */
export interface Quarantined extends QuarantinedTx {
  height: number
  /** The block's time, verbatim. */
  blockTime: string
  /** When it was set aside, ISO. */
  since: string
}

/** A gap in the log. */
export interface RecordedGap extends Gap {
  /** ISO */
  since: string
  /** Address of the contract of whose history alone these heights are missing. Default: they are missing altogether. */
  contract?: string
}

/** Which events to read. Positions are exclusive. */
export interface EventQuery {
  since?: Position
  before?: Position
  /** `asc` from `since`, `desc` from `before`. */
  order: 'asc' | 'desc'
  limit: number
  types?: readonly string[]
  /** First words of types, e.g. `transfer`: what a channel carries. */
  kinds?: readonly string[]
  /** Configured contract name or address. */
  contract?: string
  /** Events routed to this account (canonical bech32). */
  account?: string
  /** Upper-case hex Cosmos hash or `0x…` EVM hash. */
  txHash?: string
  /** Also read whom the events are routed to; else `audience` is empty. */
  withAudience?: boolean
}

/** A read-only handle; any thread may open one. No call leaves a transaction open. */
export interface LogReader {
  /**
   * What `work`, synchronous and short, makes of the projections' tables: everything it asks is as of one height.
   * @throws StoreError `E_NO_TABLE` for a table there is none of; what `work` throws
   */
  read<T>(work: (tables: Tables, asOf: AsOf) => T): T
  identity(): ChainIdentity
  checkpoint(): Checkpoint
  /** Position of the newest event in the log, ORIGIN when empty. */
  head(): Position
  /** Position of the oldest event still kept; ORIGIN while everything is kept. */
  earliest(): Position
  /** What was deleted from the beginning. */
  cut(): Cut
  events(query: EventQuery): CommittedEvent[]
  /** Whether an account is one of those an event concerns beyond its audience ({@link CommittedEvent.crowd}), now. */
  isMember(crowd: string, account: string): boolean
  /** What was indexed of each contract (its address), inclusive heights. */
  coverage(): { contract: string; from: number; to: number }[]
  /** How the app's projections stand, by name; none before a writer was there. */
  projections(): ProjectionStatus[]
  /** What could not be decoded, in order of position; at most `limit`. */
  quarantine(limit: number): Quarantined[]
  quarantined(): number
  gaps(): RecordedGap[]
  close(): void
}
