/**
 * What an application adds to the house: its catalogue (which chain events it knows, how they read, what they join)
 * and its channels. An app is a module named by URL, because store and decoder each import it on their own thread.
 */
import type { EventRecord, EventValue } from './types.ts'

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

/** Memory of the log that joins read and write, kept by the store inside its transaction. Keys are the catalogue's own. */
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
  /** Joined fields to append to `data`; null where the origin is unknown. */
  data: Record<string, EventValue>
  /** Counterparties to add to `accounts`. */
  accounts: string[]
  /** Accounts beyond `accounts` to whom the event is routed. */
  audience: string[]
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
