/** A chain that is being made: blocks are executed, hashed, encoded once, put on disk, and only then there. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Dialect } from '../../chain/decode/types.ts'
import { createApplication } from '../app/application.ts'
import type { Application, Executed, Genesis } from '../app/types.ts'
import type { AbciResponse, NodeBlock, Source } from '../node/source.ts'
import { CONSENSUS_PARAMS, encodeBlockResult, encodeResults } from './encode.ts'
import { DevnetFolderError, readSnapshot, type Snapshot, settleGenesis, writeSnapshot } from './folder.ts'
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
import { ChainLog, type LoggedBlock, type ParsedBlock } from './log.ts'
import { Pool } from './mempool.ts'
import { sha256 } from './merkle.ts'
import { NOTHING_SAID, type Said, sayMore } from './said.ts'
import { Validator } from './validator.ts'

export interface ChainOptions {
  folder: string
  genesis: Genesis
  blockTime: number
  clock?: 'chain' | 'wall' | undefined
  traffic?: ((height: number, app: Application) => readonly Uint8Array[]) | undefined
}

/** What the next block builds on. */
interface Tip {
  height: number
  /** Milliseconds since the epoch. */
  time: number
  blockId: BlockId
  appHash: string
  resultsHash: string
}

/** A block that is executed and not yet on disk. */
interface Made {
  height: number
  executed: Executed
  logged: LoggedBlock
}

export class Chain implements Source {
  readonly chainId: string
  readonly dialect: Dialect
  readonly autobahn = false
  readonly bareNotices = false
  readonly moniker = 'devnet'
  readonly from = 1
  readonly validator: Validator
  readonly mempool: Pool
  readonly app: Application
  readonly #options: ChainOptions
  readonly #genesis: Genesis
  readonly #log: ChainLog
  readonly #onBlock: (height: number) => void
  #tip: Tip
  #said: Said = NOTHING_SAID
  /** The making that goes on, to which the next one is joined. */
  #making: Promise<void> = Promise.resolve()
  #snapshotHeight = 0
  #snapshotSize = 0
  #workSinceSnapshot = 0

  /**
   * Opens the folder and executes what came after its snapshot. `onBlock` hears of each height once it is on disk.
   * @throws DevnetFolderError when the folder holds another chain, or its blocks do not follow from its genesis
   */
  constructor(options: ChainOptions, onBlock: (height: number) => void) {
    this.#options = options
    this.#onBlock = onBlock
    this.#genesis = settleGenesis(options.folder, options.genesis)
    this.chainId = this.#genesis.chainId
    this.dialect = this.#genesis.dialect
    this.validator = new Validator(this.chainId, this.dialect)
    this.#log = new ChainLog(options.folder)
    const snapshot = readSnapshot(options.folder)
    const usable = snapshot && snapshot.height <= this.#log.head ? snapshot : undefined
    this.app = createApplication(this.#genesis, usable?.app)
    this.mempool = new Pool(this.app)
    this.#tip = this.#catchUp(usable)
  }

  get head(): number {
    return this.#log.head
  }

  get withResults(): number {
    return this.#log.head
  }

  get genesis(): object {
    const { time, balances } = this.#genesis
    return {
      genesis_time: time,
      chain_id: this.chainId,
      initial_height: '1',
      consensus_params: CONSENSUS_PARAMS[this.dialect],
      app_hash: '',
      app_state: { bank: { balances } },
    }
  }

  said(): Said {
    return this.#said
  }

  /** Makes so many blocks; resolves when they are served. */
  make(blocks: number): Promise<void> {
    const made = this.#making.then(() => this.#make(blocks))
    this.#making = made.catch(() => {})
    return made
  }

  at(height: number): NodeBlock | undefined {
    return height >= this.from && height <= this.head ? new Logged(this.#log, height) : undefined
  }

  txCount(height: number): number {
    return this.#log.txCount(height)
  }

  appHash(height: number): Buffer | undefined {
    const hex = height === this.head ? this.#log.appHash : this.at(height + 1)?.header.app_hash
    return hex === undefined ? undefined : Buffer.from(hex, 'hex')
  }

  findTx(hash: string): { height: number; index: number } | undefined {
    for (const place of this.#log.whereTx(hash)) {
      const tx = this.at(place.height)?.txs[place.index]
      if (tx && hexOf(sha256(Buffer.from(tx, 'base64'))) === hash) return place
    }
    return undefined
  }

  findBlock(hash: string): number | undefined {
    for (const height of this.#log.whereBlock(hash)) if (this.at(height)?.blockId.hash === hash) return height
    return undefined
  }

  seenCommit(): object {
    const { header } = this.at(this.head) as NodeBlock
    return this.validator.commit(this.#voteFor(this.#tip), header.time)
  }

  /** Answered by the state after the last block that is served: not while later ones are on their way to the disk. */
  async query(path: string, data: Buffer): Promise<AbciResponse> {
    await this.#making
    const { code, codespace, log, value } = this.app.query(path, data)
    return { code, codespace, log, value: value === null ? null : Buffer.from(value).toString('base64') }
  }

  /** Waits for the blocks that are being made and leaves a snapshot. */
  async close(): Promise<void> {
    await this.#making
    if (this.#snapshotHeight !== this.head) this.#takeSnapshot()
    this.#log.close()
  }

  async #make(blocks: number): Promise<void> {
    for (let left = blocks; left > 0; ) {
      const group: Made[] = []
      let size = 0
      for (; left > 0 && group.length < GROUP_BLOCKS && size < GROUP_SIZE; left--) {
        const made = this.#next()
        group.push(made)
        size += made.logged.results.length
      }
      await this.#log.append(group.map(({ logged }) => logged))
      for (const made of group) this.#serve(made)
      if (this.#workSinceSnapshot > Math.max(LEAST_WORK, this.#snapshotSize / SNAPSHOT_CHARS_PER_TX))
        this.#takeSnapshot()
      await nextTurn()
    }
  }

  #serve({ height, executed, logged }: Made): void {
    this.#said = sayMore(this.#said, height, executed.results)
    this.#workSinceSnapshot += 1 + logged.txHashes.length
    this.mempool.served()
    this.#onBlock(height)
  }

  #next(): Made {
    const height = this.#tip.height + 1
    const time = this.#timeOf(height)
    const txs = [...this.mempool.take(), ...(this.#options.traffic?.(height, this.app) ?? [])]
    const executed = this.app.executeBlock({ height, time: rfc3339(time), txs })
    const txHashes = txs.map(sha256)
    const vote = this.#voteFor(this.#tip)
    const votedAt = rfc3339(this.dialect === 'plain' ? time : this.#tip.time)
    // CometBFT: a block's time is the median of the votes for the one before it.
    const lastCommit = height === 1 ? { ...vote, signatures: [] } : this.validator.commit(vote, votedAt)
    const header: Header = {
      version: this.dialect === 'plain' ? { block: '11' } : { block: '11', app: '0' },
      chain_id: this.chainId,
      height: `${height}`,
      time: rfc3339(time),
      last_block_id: this.#tip.blockId,
      last_commit_hash: hexOf(commitHash(lastCommit, this.dialect)),
      data_hash: hexOf(dataHash(txHashes)),
      validators_hash: this.validator.setHash,
      next_validators_hash: this.validator.setHash,
      consensus_hash: CONSENSUS_HASH[this.dialect],
      app_hash: this.#tip.appHash,
      last_results_hash: this.#tip.resultsHash,
      evidence_hash: NOTHING,
      proposer_address: this.validator.address,
    }
    const parts = partsOf(encodeBlock(header, txs, lastCommit))
    const blockId = { hash: hexOf(headerHash(header)), parts: { total: parts.total, hash: hexOf(parts.hash) } }
    const appHash = hexOf(executed.appHash)
    this.#tip = { height, time, blockId, appHash, resultsHash: hexOf(resultsHash(executed.results)) }
    const block = encodeBlockResult(this.dialect, blockId, header, txs, lastCommit)
    const results = encodeResults(this.dialect, height, executed)
    return { height, executed, logged: { block, results, hash: blockId.hash, txHashes: txHashes.map(hexOf), appHash } }
  }

  #voteFor({ height, blockId }: Tip): { height: string; round: number; block_id: BlockId } {
    return { height: `${height}`, round: 0, block_id: blockId }
  }

  #timeOf(height: number): number {
    const { clock, blockTime } = this.#options
    if (clock === 'chain') return Date.parse(this.#genesis.time) + height * (blockTime || CHAIN_SECOND)
    return Math.max(Date.now(), this.#tip.time + 1)
  }

  #takeSnapshot(): void {
    const snapshot = { height: this.head, said: this.#said, app: this.app.snapshot() }
    this.#snapshotSize = writeSnapshot(this.#options.folder, snapshot)
    this.#snapshotHeight = this.head
    this.#workSinceSnapshot = 0
  }

  /** Executes the blocks after the snapshot; every next header says which state the block before it left. */
  #catchUp(snapshot: Snapshot | undefined): Tip {
    const head = this.#log.head
    this.#snapshotHeight = snapshot?.height ?? 0
    this.#said = snapshot?.said ?? NOTHING_SAID
    for (let height = this.#snapshotHeight + 1; height <= head; height++) {
      const { txs, header } = this.at(height) as NodeBlock
      const bytes = txs.map((tx) => Buffer.from(tx, 'base64'))
      const executed = this.app.executeBlock({ height, time: header.time, txs: bytes })
      if (!this.appHash(height)?.equals(executed.appHash))
        throw new DevnetFolderError(
          `${this.#options.folder} cannot go on: executing block ${height} again gives another state than it gave first, ` +
            'so it was made by another version or genesis. Give another folder, or empty this one (--reset)',
        )
      this.#said = sayMore(this.#said, height, executed.results)
      this.#workSinceSnapshot += 1 + txs.length
    }
    return this.#tipAt(head)
  }

  #tipAt(height: number): Tip {
    const before = {
      height: 0,
      time: Date.parse(this.#genesis.time),
      blockId: NO_BLOCK,
      appHash: NOTHING,
      resultsHash: NOTHING,
    }
    if (height === 0) return before
    const { block_id: blockId, block }: ParsedBlock = JSON.parse(this.#log.block(height).toString())
    return {
      height,
      time: Date.parse(block.header.time),
      blockId,
      appHash: this.#log.appHash,
      resultsHash: hexOf(resultsHash(readResults(this.#log.results(height)))),
    }
  }
}

/** One height in the log; its block is parsed when a part of it is asked for. */
class Logged implements NodeBlock {
  readonly height: number
  readonly #log: ChainLog
  #parsed: ParsedBlock | undefined

  constructor(log: ChainLog, height: number) {
    this.#log = log
    this.height = height
  }

  get block(): Buffer {
    return this.#log.block(this.height)
  }

  get results(): Buffer {
    return this.#log.results(this.height)
  }

  get blockId(): BlockId {
    return this.#parse().block_id
  }

  get header(): Header {
    return this.#parse().block.header
  }

  get txs(): readonly string[] {
    return this.#parse().block.data.txs
  }

  #parse(): ParsedBlock {
    this.#parsed ??= JSON.parse(this.block.toString()) as ParsedBlock
    return this.#parsed
  }
}

/** Blocks that go to the disk together, and the size of their results in characters at which there are no more. */
const GROUP_BLOCKS = 64
const GROUP_SIZE = 4_000_000

/** A snapshot is due when executing again would take as long as writing it: about this much of it is written while one transaction runs. */
const SNAPSHOT_CHARS_PER_TX = 100
const LEAST_WORK = 10_000

/** Milliseconds between blocks on the chain's own clock when there is no block time. */
const CHAIN_SECOND = 1000

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
