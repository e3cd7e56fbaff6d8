/**
 * What an application adds to the house: its catalogue (which chain events it knows, how they read, what they join)
 * and its channels. An app is a module named by URL, because store and decoder each import it on their own thread.
 */
import type { ChainEvent, EventRecord, EventValue } from './types.ts'

/** A wasm event of a watched contract as the chain emitted it, keys and values decoded. */
export interface WasmEvent {
  /** The configured name of the contract. */
  contract: string
  contractAddress: string
  /** The event's type without `wasm-`, e.g. `seimoney.create_transfer`; `wasm` for the plain event with an `action`. */
  name: string
  /** First value of each key, without `_contract_address` and `msg_index`; a null-prototype object. */
  attributes: Readonly<Record<string, string>>
}

/** Facts of the surrounding message that an event of it may need. Asking for cover consumes it. */
export interface MessageFacts {
  /** `message.sender` of the message (the account that executed), when the chain tells. */
  readonly sender: string | null
  /** True when a bank transfer to `contract` in this message covers `amount` of `denom` and nobody took it before. */
  takeCover(contract: string, amount: string, denom: string): boolean
}

/** What {@link Catalogue.map} answers: the part of a record that the catalogue decides. */
export type MappedEvent = Pick<EventRecord, 'type' | 'data' | 'accounts'>

/**
 * Memory of the log that joins read and write, kept by the store inside its transaction. Keys are the catalogue's own; let
 * them begin with the contract's address: the history of a contract that is configured later is joined after that of others.
 */
export interface JoinState {
  /** The fields remembered under `key`; undefined when its origin was never indexed. */
  get(key: string): Readonly<Record<string, string>> | undefined
  put(key: string, fields: Readonly<Record<string, string>>): void
  /** Weight of `account` in the set `key` as a decimal string; '0' when absent. */
  weight(key: string, account: string): string
  /** Sets the weight; '0' removes the account from the set's members. */
  weigh(key: string, account: string, weight: string): void
  /** Accounts with a weight above 0, at most `limit`. */
  members(key: string, limit: number): string[]
}

/** What {@link Catalogue.join} adds to a record. */
export interface Joined {
  /** Fields to append to `data`, null where the origin is unknown; what the event says itself stays. */
  data: Record<string, EventValue>
  /** Counterparties to add to `accounts`. */
  accounts: string[]
  /** Accounts beyond `accounts` to whom the event is routed. */
  audience: string[]
  /**
   * The set (a key of {@link JoinState.weigh}) whose members `audience` was read from. An event is routed to 1,000 accounts
   * at most: beyond, whoever asks is looked up there. Default: none.
   */
  crowd?: string
  incomplete: boolean
}

/** Maps chain events to ours. Pure and total: no I/O, no clock, never throws on any chain input. */
export interface Catalogue {
  /** The record's catalogue part; null when the event is none of ours and shall not be logged. */
  map(event: WasmEvent, message: MessageFacts): MappedEvent | null
  /** Completes a record from what the log said before, and remembers what later events will need. */
  join(record: EventRecord, state: JoinState): Joined
}

/** The default export of an app module. */
export interface App {
  name: string
  /** Message of the welcome frame, e.g. `Connected to SeiMoney WebSocket`. */
  welcome: string
  /** Channels beside `blockchain_events` and `system`, each with the event types it carries (by first word, e.g. `transfer`). */
  channels: Readonly<Record<string, ChannelSpec>>
  catalogue: Catalogue
  /** What is kept of the events beside the log, by name. Default: nothing. */
  projections?: Readonly<Record<string, Projection>>
  /** What is shown of the projections, by name. A view that is named like a channel is shown on it. Default: none. */
  views?: Readonly<Record<string, View>>
  /** The tags an event of this type invalidates. Default: its first word. */
  tags?(type: string): readonly string[]
  /** Loads the zod schemas of the views' payloads, by view name; only main does, for what it publishes about itself. */
  schemas?(): Promise<Readonly<Record<string, unknown>>>
  /** Loads the app's tasks; only the scheduler does. */
  tasks?(): Promise<readonly AppTask[]>
}

/** What SQLite holds in a cell. Amounts are decimal text: they are wider than its integers. */
export type SqlValue = string | number | bigint | null

/**
 * Tables of projections, for reading. SQL names a table `{projection.table}`; within a projection `{table}` is its own.
 * Equal texts are prepared once: put what varies into `values`, never into the text.
 */
export interface Tables {
  get<Row extends object>(sql: string, ...values: SqlValue[]): Row | undefined
  all<Row extends object>(sql: string, ...values: SqlValue[]): Row[]
}

/** A projection's own tables, inside the transaction of the block. */
export interface OwnTables extends Tables {
  run(sql: string, ...values: SqlValue[]): void
}

/**
 * A fold over the log into tables of its own. The store applies it in the transaction of the block, and makes that anew
 * without it when it fails: one that throws or loops is suspended, and rebuilt once its code has changed, while the log
 * goes on.
 */
export interface Projection {
  /** Raise it with every change of `tables` or `apply`: the projection is then rebuilt from the log. */
  version: number
  /** Columns and constraints by table, as between the parentheses of CREATE TABLE. Made WITHOUT ROWID: each has a PRIMARY KEY. */
  tables: Readonly<Record<string, string>>
  /** Columns to index, by table: `{transfer: ['sender', 'recipient, status']}`. Default: none. */
  indexes?: Readonly<Record<string, readonly string[]>>
  /** Folds one event in. Deterministic: no clock, no randomness, nothing but the event and its own tables. */
  apply(event: ChainEvent, tables: OwnTables): void
}

/** The height a view is as of, and that block's time, verbatim; null before the first commit. */
export interface AsOf {
  height: number
  time: string | null
}

/** What a view is read from. */
export interface ViewRequest {
  tables: Tables
  /** Canonical; undefined: everything. */
  address: string | undefined
  asOf: AsOf
  /** The configured contracts: address by name. */
  contracts: Readonly<Record<string, string>>
}

/** Something to show, computed from the projections in one consistent read. */
export interface View {
  address: ChannelSpec['address']
  /** Tags that make it stale, beside `user:<address>` of a view with an address. */
  tags: readonly string[]
  /** The named cache that keeps it. */
  cache: CacheName
  /** The payload without `asOf`, plain data. Synchronous: it runs on main, so it must be short. */
  read(request: ViewRequest): object
}

/** The four caches every house has. */
export type CacheName = 'market_data' | 'user_data' | 'contract_data' | 'system'

/** What a task is given. */
export interface TaskContext {
  /** Aborts at the task's deadline, or when the scheduler stops. */
  signal: AbortSignal
  /** A view as of now, with its `asOf`. */
  view(name: string, address?: string): object
  /** Answers of the tables, in one consistent read. */
  read<T>(work: (tables: Tables, asOf: AsOf) => T): T
  cache: {
    get(cache: CacheName, key: string): unknown
    /** `ttl` in ms (default: the cache's); `asOf`: the height the data is as of (default: the log's height at the task's start). */
    set(
      cache: CacheName,
      key: string,
      data: unknown,
      options?: { ttl?: number; tags?: readonly string[]; asOf?: number },
    ): void
  }
  chain: {
    /** Asks a contract (`abci_query` of wasm's SmartContractState): its answer, and the height it is as of. */
    smartQuery(contract: string, query: object): Promise<{ data: unknown; height: number }>
    /** All bank balances of an account by denom. */
    balances(address: string): Promise<{ balances: Record<string, string>; height: number }>
  }
  /** The configured contracts: address by name. */
  contracts: Readonly<Record<string, string>>
}

/** A task of an app; runs on the scheduler's thread. */
export interface AppTask {
  id: string
  name: string
  /** ms */
  interval: number
  priority: 'high' | 'medium' | 'low'
  /** Longest run, ms. */
  timeout: number
  /** It also runs early, at most once a second, when one of these tags changed. Default: none. */
  refreshOn?: readonly string[]
  /** Its answer is shown to who runs it by hand. */
  run(context: TaskContext): Promise<unknown>
}

/** A channel of an app. */
export interface ChannelSpec {
  /** First words of the event types it carries (`transfer` for `transfer_created`); `'*'` for every event. */
  readonly events: readonly string[] | '*'
  /** `optional`: an address narrows it. `required`: subscribe without one is `address_required`. `ignored`: means nothing. */
  readonly address: 'optional' | 'required' | 'ignored'
}

/** Types the default export of an app module. */
export function defineApp(app: App): App {
  return app
}

/** Imports the app module at `url` (`file:` or package URL); without one, {@link plainApp}. */
export async function loadApp(url: string | undefined): Promise<App> {
  if (!url) return plainApp
  const module = (await import(url)) as { default?: App }
  if (!module.default?.catalogue) throw new TypeError(`the app module ${url} has no default export made by defineApp()`)
  return module.default
}

/** No app: every wasm event of a watched contract becomes `<contract>.<name or action>`, with its attributes as they are. */
export const plainApp: App = {
  name: 'Seiche',
  welcome: 'Connected to Seiche WebSocket',
  channels: {},
  catalogue: {
    map(event) {
      const action = event.attributes.action
      const name = event.name !== 'wasm' ? event.name : action
      if (name === undefined) return null
      return { type: `${event.contract}.${name}`, data: { ...event.attributes }, accounts: [] }
    },
    join: () => ({ data: {}, accounts: [], audience: [], incomplete: false }),
  },
}
