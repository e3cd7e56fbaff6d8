/** One block after the other: executed, hashed, signed and encoded as nodes answer it. */
import type { Dialect } from '../../chain/decode/types.ts'
import type { Application, Executed } from '../app/types.ts'
import { encodeBlockResult, encodeResults } from './encode.ts'
import {
  type BlockId,
  commitHash,
  dataHash,
  encodeBlock,
  type Header,
  headerHash,
  partsOf,
  resultsHash,
} from './hashes.ts'
import type { ChainLog, LoggedBlock, ParsedBlock } from './log.ts'
import { sha256 } from './merkle.ts'
import type { Validator } from './validator.ts'

/** What the next block builds on. */
export interface Tip {
  height: number
  /** Milliseconds since the epoch. */
  time: number
  blockId: BlockId
  appHash: string
  resultsHash: string
}

/** A block that is executed and not yet on disk. */
export interface Made {
  tip: Tip
  executed: Executed
  logged: LoggedBlock
}

/** Who makes blocks. */
interface Maker {
  chainId: string
  dialect: Dialect
  validator: Validator
  app: Application
}

/** Makes the block after `tip`; `time` in milliseconds since the epoch. */
export function makeBlock(
  { chainId, dialect, validator, app }: Maker,
  tip: Tip,
  time: number,
  txs: Uint8Array[],
): Made {
  const height = tip.height + 1
  const executed = app.executeBlock({ height, time: rfc3339(time), txs })
  const txHashes = txs.map(sha256)
  // On CometBFT a block's time is the median of the votes for the one before it; on Sei it is its proposer's.
  const votedAt = rfc3339(dialect === 'plain' ? time : tip.time)
  const vote = voteFor(tip)
  const lastCommit = height === 1 ? { ...vote, signatures: [] } : validator.commit(vote, votedAt)
  const header: Header = {
    version: dialect === 'plain' ? { block: '11' } : { block: '11', app: '0' },
    chain_id: chainId,
    height: `${height}`,
    time: rfc3339(time),
    last_block_id: tip.blockId,
    last_commit_hash: hexOf(commitHash(lastCommit, dialect)),
    data_hash: hexOf(dataHash(txHashes)),
    validators_hash: validator.setHash,
    next_validators_hash: validator.setHash,
    consensus_hash: CONSENSUS_HASH[dialect],
    app_hash: tip.appHash,
    last_results_hash: tip.resultsHash,
    evidence_hash: NOTHING,
    proposer_address: validator.address,
  }
  const parts = partsOf(encodeBlock(header, txs, lastCommit))
  const blockId = { hash: hexOf(headerHash(header)), parts: { total: parts.total, hash: hexOf(parts.hash) } }
  const appHash = hexOf(executed.appHash)
  return {
    tip: { height, time, blockId, appHash, resultsHash: hexOf(resultsHash(executed.results)) },
    executed,
    logged: {
      block: encodeBlockResult(dialect, blockId, header, txs, lastCommit),
      results: encodeResults(dialect, height, executed),
      hash: blockId.hash,
      txHashes: txHashes.map(hexOf),
      appHash,
    },
  }
}

/** What a validator signs of a block. */
export function voteFor({ height, blockId }: Pick<Tip, 'height' | 'blockId'>): {
  height: string
  round: number
  block_id: BlockId
} {
  return { height: `${height}`, round: 0, block_id: blockId }
}

/** What the first block builds on. */
export function beforeTheFirst(time: number): Tip {
  return { height: 0, time, blockId: NO_BLOCK, appHash: NOTHING, resultsHash: NOTHING }
}

/** What the block after the last one in the log builds on. */
export function tipOf(log: ChainLog): Tip {
  const { block_id: blockId, block }: ParsedBlock = JSON.parse(log.block(log.head).toString())
  return {
    height: log.head,
    time: Date.parse(block.header.time),
    blockId,
    appHash: log.appHash,
    resultsHash: hexOf(resultsHash(readResults(log.results(log.head)))),
  }
}

const NOTHING = hexOf(sha256(''))
const NO_BLOCK: BlockId = { hash: '', parts: { total: 0, hash: '' } }

/** Of the parameters in `encode.ts`, as recorded. */
const CONSENSUS_HASH = {
  plain: '048091BC7DDC283F77BFBF91D73C44DA58C3DF8A9CBC867405D8B7F3DAADA22F',
  base64: '4A0E0DCC56047ACB79257F7B6CF4DF0BB6B8531678470FBE98884FF2CC27931D',
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase()
}

/** As Go prints a time: without zeros at the end of the fraction. */
function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.?0+Z$/, 'Z')
}

interface ResultJson {
  code?: number
  data?: string | null
  gas_wanted?: string
  gas_used?: string
}

function readResults(answer: Buffer): { code: number; data: Buffer; gasWanted: number; gasUsed: number }[] {
  const { txs_results }: { txs_results: ResultJson[] | null } = JSON.parse(answer.toString())
  return (txs_results ?? []).map(({ code = 0, data, gas_wanted = '0', gas_used = '0' }) => ({
    code,
    data: Buffer.from(data ?? '', 'base64'),
    gasWanted: Number(gas_wanted),
    gasUsed: Number(gas_used),
  }))
}
