/**
 * Blocks as busy chains make them, from a seed: the same options give the same bytes on every machine. By default 200
 * transactions a block of which 7 % concern the watched contracts: about 0.98 MB plain and 1.51 MB base64.
 */
import type { Dialect, WatchedContract } from '../src/chain/decode/types.ts'
import { randomFrom } from '../src/devnet/random.ts'
import { type BlockSpec, blockAnswer, blockResultsAnswer, sha256 } from './parts/answers.ts'
import { ADDRESSES, TxWriter } from './parts/tx-writer.ts'

export interface GeneratorOptions {
  dialect: Dialect
  /** Default 1. */
  seed?: number
  /** Transactions a block, default 200. */
  txs?: number
  /** Share of them that carry an event of a watched contract, default 0.07. */
  density?: number
  /** One block in this many (by height) holds matches, default 1: every block. */
  every?: number
}

export interface GeneratedBlock {
  height: number
  /** Upper-case hex; the next height names it as its parent. */
  hash: string
  /** RFC 3339 with nanoseconds. */
  time: string
  txCount: number
  /** `wasm-…` events of watched contracts in transactions that succeeded. */
  matches: number
  /** The `block_results` answer in its JSON-RPC envelope, id 1. */
  blockResults: string
  /** The `block` answer. */
  block: string
}

/** The chain id the blocks name. */
export const CHAIN_ID = 'seiche-bench-1'

/** The contracts whose events count as matches. */
export function watchedContracts(dialect: Dialect): WatchedContract[] {
  return Object.entries(ADDRESSES[dialect]).map(([name, address]) => ({ name, address }))
}

/** The block of that height; every height stands for itself, so blocks can be made in any order. */
export function generateBlock(height: number, options: GeneratorOptions): GeneratedBlock {
  const { dialect, seed = 1, txs = 200, density = 0.07, every = 1 } = options
  const random = randomFrom(seed * 1_000_003 + height)
  const writer = new TxWriter(dialect, random)
  const wanted = height % every === 0 ? Math.round(txs * density) : 0
  const spread = new Set(Array.from({ length: wanted }, (_, index) => Math.floor(((index + 0.5) * txs) / wanted)))
  const written = Array.from({ length: txs }, (_, index) =>
    spread.has(index) ? writer.ours(height, index) : writer.others(),
  )
  const block: BlockSpec = {
    ...{
      chainId: CHAIN_ID,
      height,
      hash: hashOf(seed, height),
      parentHash: height > 1 ? hashOf(seed, height - 1) : '',
    },
    time: new Date(1_790_000_000_000 + height * 400).toISOString().replace('Z', '123456Z'),
    ...{ txs: written, blockEvents: writer.blockEvents() },
  }
  return {
    ...{ height, hash: block.hash, time: block.time, txCount: txs, matches: writer.matches },
    blockResults: blockResultsAnswer(block, dialect),
    block: blockAnswer(block),
  }
}

function hashOf(seed: number, height: number): string {
  return sha256(`${seed}/${height}`)
}
