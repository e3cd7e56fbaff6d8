/** A chain that is being made: blocks are executed, hashed, encoded once, put on disk, and only then there. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Dialect } from '../../chain/decode/types.ts'
import { createApplication } from '../app/application.ts'
import type { Application, Genesis } from '../app/types.ts'
import type { AbciResponse, NodeBlock, Source } from '../node/source.ts'
import { CONSENSUS_PARAMS } from './encode.ts'
import { DevnetFolderError, readSnapshot, type Snapshot, settleGenesis, writeSnapshot } from './folder.ts'
import { ChainLog } from './log.ts'
import { Logged } from './logged.ts'
import { beforeTheFirst, type Made, makeBlock, type Tip, tipOf, voteFor } from './make-block.ts'
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
  /** The blocks that are executed, on their way to the disk. */
  #serving: Promise<void> = Promise.resolve()
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

  /** Makes so many blocks; resolves when they are served. Once it failed, e.g. for a full disk, it fails for ever. */
  make(blocks: number): Promise<void> {
    this.#making = this.#making.then(() => this.#make(blocks))
    return this.#making
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
      if (tx && sha256(Buffer.from(tx, 'base64')).toString('hex').toUpperCase() === hash) return place
    }
    return undefined
  }

  findBlock(hash: string): number | undefined {
    for (const height of this.#log.whereBlock(hash)) if (this.at(height)?.blockId.hash === hash) return height
    return undefined
  }

  seenCommit(): object {
    const { height, blockId, header } = new Logged(this.#log, this.head)
    return this.validator.commit(voteFor({ height, blockId }), header.time)
  }

  /** Answered by the state after the last block that is served: not while later ones are on their way to the disk. */
  async query(path: string, data: Buffer): Promise<AbciResponse> {
    await this.#serving
    const { code, codespace, log, value } = this.app.query(path, data)
    return { code, codespace, log, value: value === null ? null : Buffer.from(value).toString('base64') }
  }

  /** Waits for the blocks that are being made and leaves a snapshot. */
  async close(): Promise<void> {
    await this.#making.catch(() => {})
    if (this.#snapshotHeight !== this.head && this.#tip.height === this.head) this.#takeSnapshot()
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
      this.#serving = this.#log.append(group.map(({ logged }) => logged)).then(() => group.forEach(this.#serve, this))
      await this.#serving
      if (this.#workSinceSnapshot > Math.max(LEAST_WORK, this.#snapshotSize / SNAPSHOT_CHARS_PER_TX))
        this.#takeSnapshot()
      await nextTurn()
    }
  }

  #serve({ tip: { height }, executed, logged }: Made): void {
    this.#said = sayMore(this.#said, height, executed.results)
    this.#workSinceSnapshot += 1 + logged.txHashes.length
    this.mempool.served()
    this.#onBlock(height)
  }

  #next(): Made {
    const height = this.#tip.height + 1
    const txs = [...this.mempool.take(), ...(this.#options.traffic?.(height, this.app) ?? [])]
    const made = makeBlock(this, this.#tip, this.#timeOf(height), txs)
    this.#tip = made.tip
    return made
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
    return head === 0 ? beforeTheFirst(Date.parse(this.#genesis.time)) : tipOf(this.#log)
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
