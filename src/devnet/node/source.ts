/** What a node serves: a chain that was recorded, or one that is being made. */
import type { Dialect } from '../../chain/decode/types.ts'
import type { Call, TxResult } from '../app/types.ts'

/** Header fields a node uses; the others are served as they stand. */
export interface NodeHeader {
  chain_id: string
  height: string
  time: string
  last_commit_hash: string
  app_hash: string
  proposer_address: string
}

/** One height of a chain. */
export interface NodeBlock {
  readonly height: number
  /** The `result` of `block` and of `block_results`, byte for byte as a node sends them. */
  readonly block: Buffer
  readonly results: Buffer
  readonly blockId: { hash: string }
  readonly header: NodeHeader
  /** Base64 transactions. */
  readonly txs: readonly string[]
}

/** The fields of an `abci_query` response that differ between answers. */
export interface AbciResponse {
  code: number
  codespace: string
  log: string
  /** Base64. */
  value: string | null
}

/** Takes transactions; a recorded chain has none. */
export interface Mempool {
  /** Bytes of a transaction that people wrote as a call. */
  encode(call: Call): Uint8Array
  check(tx: Uint8Array): Pick<TxResult, 'code' | 'codespace' | 'log' | 'gasWanted' | 'gasUsed'>
  /** Puts a checked transaction into the next block. False: it waits there already. */
  add(tx: Uint8Array): boolean
  readonly waiting: readonly Uint8Array[]
  /** Resolves when the next block is served. */
  nextBlock(): Promise<void>
}

export interface Source {
  readonly chainId: string
  readonly dialect: Dialect
  /** Sei's Autobahn consensus: transactions without results, headers without hashes, a silent WebSocket. */
  readonly autobahn: boolean
  readonly moniker: string
  /** First height. */
  readonly from: number
  /** Last height. */
  readonly head: number
  /** The last height whose results are there too. */
  readonly withResults: number
  /** The WebSocket's notices carry no results: who hears them fetches. */
  readonly bareNotices: boolean
  readonly validator: { address: string; publicKey: Buffer; power: number }
  /** A genesis document; undefined when it is not known. */
  readonly genesis: object | undefined
  readonly mempool: Mempool | undefined
  at(height: number): NodeBlock | undefined
  txCount(height: number): number
  /** State after this height; undefined when it is not known. */
  appHash(height: number): Buffer | undefined
  /** By upper-case hex. */
  findTx(hash: string): { height: number; index: number } | undefined
  findBlock(hash: string): number | undefined
  /** The signatures of the last height, which no other block holds yet; undefined when they are not known. */
  seenCommit(): object | undefined
  query(path: string, data: Buffer): Promise<AbciResponse>
}
