/** A height that is on disk, as a node serves it. */
import type { NodeBlock } from '../node/source.ts'
import type { BlockId, Header } from './hashes.ts'
import type { ChainLog, ParsedBlock } from './log.ts'

/** One height in the log; its block is parsed when a part of it is asked for. */
export class Logged implements NodeBlock {
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
