/** A chain on disk: three files that only grow, and the index that finds a height in them. */
import {
  closeSync,
  constants,
  fdatasync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { HashIndex } from './hash-index.ts'
import type { Header } from './hashes.ts'

const sync = promisify(fdatasync)

/** What is kept of a height. */
export interface LoggedBlock {
  /** The results of `block` and of `block_results`, as they are served. */
  block: string
  results: string
  /** Of the block and of its transactions; hex. */
  hash: string
  txHashes: readonly string[]
  /** State after the block; hex. */
  appHash: string
}

/**
 * `blocks.ndjson` and `results.ndjson` hold one answer a line; `index.ndjson` has a line for each height that is whole:
 * `[end in blocks, end in results, block hash, app hash, first 8 digits of each transaction's hash]`. It is written
 * last, so that whatever a crash left behind its last whole line is cut off.
 */
export class ChainLog {
  /** Ends of each height's lines; height 1 is at 0. */
  readonly #blockEnds: number[] = []
  readonly #resultEnds: number[] = []
  /** Transactions up to and with each height. */
  readonly #txTotals: number[] = []
  readonly #txs = new HashIndex()
  readonly #hashes = new HashIndex()
  readonly #blocks: number
  readonly #results: number
  readonly #index: number
  #indexEnd = 0
  #appHash = ''

  constructor(folder: string) {
    const open = (name: string): number => openSync(join(folder, name), constants.O_RDWR | constants.O_CREAT)
    this.#blocks = open('blocks.ndjson')
    this.#results = open('results.ndjson')
    this.#index = open('index.ndjson')
    this.#load(folder)
  }

  /** The last height; 0 when there is none. */
  get head(): number {
    return this.#blockEnds.length
  }

  /** App hash of the last height; hex. */
  get appHash(): string {
    return this.#appHash
  }

  /** Appends the next heights; when it resolves they are on disk. */
  async append(blocks: readonly LoggedBlock[]): Promise<void> {
    const before = { blocks: this.#blockEnds.at(-1) ?? 0, results: this.#resultEnds.at(-1) ?? 0 }
    write(this.#blocks, blocks.map(({ block }) => `${block}\n`).join(''), before.blocks)
    write(this.#results, blocks.map(({ results }) => `${results}\n`).join(''), before.results)
    await Promise.all([sync(this.#blocks), sync(this.#results)])
    let { blocks: blockEnd, results: resultEnd } = before
    const lines = blocks.map(({ block, results, hash, appHash, txHashes }) => {
      blockEnd += Buffer.byteLength(block) + 1
      resultEnd += Buffer.byteLength(results) + 1
      const line: IndexLine = [blockEnd, resultEnd, hash, appHash, txHashes.map((tx) => tx.slice(0, 8)).join('')]
      return line
    })
    this.#indexEnd += write(this.#index, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), this.#indexEnd)
    await sync(this.#index)
    for (const line of lines) this.#add(line)
  }

  /** The answer to `block` of a height that is there. */
  block(height: number): Buffer {
    return readBetween(this.#blocks, this.#blockEnds, height)
  }

  /** The answer to `block_results` of a height that is there. */
  results(height: number): Buffer {
    return readBetween(this.#results, this.#resultEnds, height)
  }

  txCount(height: number): number {
    return (this.#txTotals[height - 1] ?? 0) - (this.#txTotals[height - 2] ?? 0)
  }

  /** Heights and positions where a transaction with this hash may be; upper-case hex. */
  *whereTx(hash: string): Generator<{ height: number; index: number }> {
    for (const ordinal of this.#txs.candidates(hash.slice(0, 8))) {
      const height = this.#heightOfTx(ordinal)
      yield { height, index: ordinal - (this.#txTotals[height - 2] ?? 0) }
    }
  }

  /** Heights whose block may have this hash. */
  *whereBlock(hash: string): Generator<number> {
    for (const ordinal of this.#hashes.candidates(hash.slice(0, 8))) yield ordinal + 1
  }

  close(): void {
    for (const file of [this.#blocks, this.#results, this.#index]) closeSync(file)
  }

  #load(folder: string): void {
    const text = readFileSync(join(folder, 'index.ndjson'), 'utf8')
    const sizes = ['blocks.ndjson', 'results.ndjson'].map((name) => statSync(join(folder, name)).size)
    for (const line of text.split('\n').slice(0, -1)) {
      const entry = parseLine(line)
      if (!entry || entry[0] > (sizes[0] as number) || entry[1] > (sizes[1] as number)) break
      this.#add(entry)
      this.#indexEnd += Buffer.byteLength(line) + 1
    }
    ftruncateSync(this.#index, this.#indexEnd)
    ftruncateSync(this.#blocks, this.#blockEnds.at(-1) ?? 0)
    ftruncateSync(this.#results, this.#resultEnds.at(-1) ?? 0)
  }

  #add([blockEnd, resultEnd, hash, appHash, txs]: IndexLine): void {
    this.#blockEnds.push(blockEnd)
    this.#resultEnds.push(resultEnd)
    this.#hashes.add(hash.slice(0, 8))
    this.#appHash = appHash
    for (let at = 0; at < txs.length; at += 8) this.#txs.add(txs.slice(at, at + 8))
    this.#txTotals.push(this.#txs.size)
  }

  /** The first height whose total is above the ordinal. */
  #heightOfTx(ordinal: number): number {
    let [low, high] = [0, this.#txTotals.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#txTotals[middle] as number) > ordinal) high = middle
      else low = middle + 1
    }
    return low + 1
  }
}

type IndexLine = [blockEnd: number, resultEnd: number, hash: string, appHash: string, txs: string]

function parseLine(line: string): IndexLine | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function write(file: number, text: string, position: number): number {
  const bytes = Buffer.from(text)
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, position + done)
  return bytes.length
}

function readBetween(file: number, ends: readonly number[], height: number): Buffer {
  const from = ends[height - 2] ?? 0
  const line = Buffer.allocUnsafe((ends[height - 1] as number) - from - 1)
  readSync(file, line, 0, line.length, from)
  return line
}

/** What a reader needs of a logged block beyond its text. */
export interface ParsedBlock {
  block_id: { hash: string; parts: { total: number; hash: string } }
  block: { header: Header; data: { txs: string[] } }
}
