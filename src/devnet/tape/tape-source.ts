/** A recorded chain as the source of a node: up to the playhead. */
import { createHash } from 'node:crypto'
import type { Dialect } from '../../chain/decode/types.ts'
import type { AbciResponse, NodeBlock, Source } from '../node/source.ts'
import type { Recording } from '../recording.ts'
import { CONTRACT_INFO, contractInfo, failedQuery } from './contract-info.ts'
import type { Playhead } from './playhead.ts'

export class TapeSource implements Source {
  readonly chainId: string
  readonly dialect: Dialect
  readonly autobahn: boolean
  readonly bareNotices = true
  readonly moniker = 'tape'
  readonly from: number
  readonly genesis = undefined
  readonly mempool = undefined
  readonly #recording: Recording
  readonly #playhead: Playhead
  #txs: Map<string, { height: number; index: number }> | undefined

  constructor(recording: Recording, playhead: Playhead) {
    this.chainId = recording.chainId
    this.dialect = recording.dialect
    this.autobahn = recording.autobahn
    this.from = recording.from
    this.#recording = recording
    this.#playhead = playhead
  }

  get head(): number {
    return this.#playhead.head
  }

  get withResults(): number {
    return this.#playhead.withResults
  }

  /** Its key is not on the tape. */
  get validator(): Source['validator'] {
    const proposer = this.at(this.head)?.header.proposer_address
    return { address: proposer || '0'.repeat(40), publicKey: Buffer.alloc(32), power: 1_000_000 }
  }

  at(height: number): NodeBlock | undefined {
    return this.#recording.heights.get(height)
  }

  txCount(height: number): number {
    return this.at(height)?.txs.length ?? 0
  }

  appHash(height: number): Buffer | undefined {
    const hash = this.at(height + 1)?.header.app_hash
    return hash === undefined ? undefined : Buffer.from(hash, 'hex')
  }

  findTx(hash: string): { height: number; index: number } | undefined {
    this.#txs ??= indexTxs(this.#recording)
    return this.#txs.get(hash)
  }

  findBlock(hash: string): number | undefined {
    return [...this.#recording.heights.values()].find(({ blockId }) => blockId.hash === hash)?.height
  }

  /** The signatures of the block shown last are in the next one, unless that was not recorded. */
  seenCommit(): object | undefined {
    const next = this.at(this.head + 1)
    return next && JSON.parse(next.block.toString()).block.last_commit
  }

  async query(path: string, data: Buffer): Promise<AbciResponse> {
    return path === CONTRACT_INFO
      ? contractInfo(this.#recording, data)
      : failedQuery(6, 'unknown query path: unknown request')
  }
}

function indexTxs({ heights }: Recording): Map<string, { height: number; index: number }> {
  return new Map(
    [...heights.values()].flatMap(({ height, txs }) =>
      txs.map((tx, index) => {
        const hash = createHash('sha256').update(Buffer.from(tx, 'base64')).digest('hex').toUpperCase()
        return [hash, { height, index }] as const
      }),
    ),
  )
}
