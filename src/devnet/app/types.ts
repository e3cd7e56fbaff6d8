/**
 * What stands between the node and the application it runs, as ABCI does on a real one: transactions go in as bytes,
 * results come out as plain values. How a dialect writes them on the wire (base64, zero values left out) is the node's
 * business; which events there are, and in which order, is the application's.
 */
import type { Dialect } from '../../chain/decode/types.ts'

/** What a chain begins with. */
export interface Genesis {
  chainId: string
  dialect: Dialect
  /** Of account addresses, e.g. `sei`. */
  prefix: string
  /** RFC 3339, the time of the block before the first. */
  time: string
  /** Coins of accounts at the beginning: address → denom → amount. */
  balances: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Code ids that can be instantiated → which of the six contracts that code is. */
  codes: Readonly<Record<number, ContractKind>>
}

/** SeiMoney's contracts. */
export type ContractKind = 'payments' | 'groups' | 'pots' | 'vaults' | 'alias' | 'risk_escrow'

/** An event with its attributes in order, in plain text. */
export interface AppEvent {
  type: string
  attributes: [key: string, value: string][]
}

/** The result of one transaction. */
export interface TxResult {
  /** 0: it took effect. */
  code: number
  codespace: string
  /** Why it failed; on success what the dialect's chain writes there. */
  log: string
  /** The encoded TxMsgData; empty when it failed. */
  data: Uint8Array
  gasWanted: number
  gasUsed: number
  /** Undefined: the answer has no such field, as on Sei for a plain EVM transaction. */
  events: AppEvent[] | undefined
  /** Of a transaction of Sei's EVM. */
  evm?: { txHash: string; nonce: number; senderAddress?: string; vmError?: string }
}

/** What a block came to. */
export interface Executed {
  results: TxResult[]
  /** Events of the block itself (finalize_block_events). */
  events: AppEvent[]
  /** 32 bytes, a function of everything executed so far. */
  appHash: Uint8Array
}

/** What an `abci_query` is answered with. `value` is the encoded response. */
export interface QueryResult {
  code: number
  codespace: string
  log: string
  value: Uint8Array | null
}

/** One action of one account, as people write it. A transaction is a list of them by one sender. */
export type Message =
  | { contract: string; msg: Readonly<Record<string, unknown>>; funds?: string }
  | { to: string; amount: string }
  | { instantiate: number; label: string; msg: Readonly<Record<string, unknown>> }

/** A transaction as people write it; `funds` and `amount` are coins as the SDK prints them, e.g. `10uatom,25usei`. */
export interface Call {
  sender: string
  messages: readonly Message[]
  memo?: string
  /** Sei: sent through the EVM; the one contract message by the wasm precompile, a plain transfer otherwise. */
  evm?: boolean
}

/** A contract as it stands, for those who make traffic. */
export interface ContractView {
  kind: ContractKind
  address: string
  /** The highest id given so far; 0 when none. */
  lastId(): number
  /** A smart query. @throws Error with the contract's words when it fails */
  query(message: unknown): unknown
}

/** The application, as the node and those who make traffic use it. */
export interface Application {
  readonly genesis: Genesis
  /** Executes the next block's transactions, in order. Heights follow one another. */
  executeBlock(block: { height: number; time: string; txs: readonly Uint8Array[] }): Executed
  /** What a mempool asks before it takes a transaction (CheckTx): `code` 0 when it may be in a block. */
  check(tx: Uint8Array): Pick<TxResult, 'code' | 'codespace' | 'log' | 'gasWanted' | 'gasUsed'>
  /** Answers a gRPC path by the state after the last block. */
  query(path: string, data: Uint8Array): QueryResult
  /**
   * The bytes of a transaction of this chain. Its sequence is the sender's next, counting the transactions encoded since the last block.
   * @throws Failure when the sender has no account, coins are none, or the EVM can't carry it
   */
  encode(call: Call): Uint8Array
  contract(address: string): ContractView | undefined
  /** Addresses of all contracts, in the order of their instantiation. */
  contracts(): string[]
  /** Everything it knows, as plain JSON data, to be given to {@link createApplication} later. */
  snapshot(): unknown
}
