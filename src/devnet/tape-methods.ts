/** The methods a tape answers, from recorded heights. What it does not know is `Method not found`. */
import { createHash } from 'node:crypto'
import { CONTRACT_INFO, contractInfo, failedQuery } from './contract-info.ts'
import type { FaultLayer } from './faults.ts'
import type { Playhead } from './playhead.ts'
import type { RecordedHeight, Recording } from './recording.ts'
import { type Outcome, RpcError, SERVERS, type ServerDialect, type Via } from './rpc.ts'

/** Parameters by name. */
export type Params = Readonly<Record<string, unknown>>

/** Names of positional parameters, for requests that send an array. */
const POSITIONS: Readonly<Record<string, string[]>> = {
  block: ['height'],
  block_results: ['height'],
  header: ['height'],
  commit: ['height'],
  blockchain: ['minHeight', 'maxHeight'],
  tx: ['hash', 'prove'],
  abci_query: ['path', 'data', 'height', 'prove'],
}

/** A recorded chain as its node shows it now: up to the playhead, through the faults. */
export class TapeChain {
  readonly recording: Recording
  readonly #playhead: Playhead
  readonly #faults: () => FaultLayer
  readonly #server: ServerDialect
  readonly #requests = new Map<string, number>()
  #txs: Map<string, { height: number; index: number }> | undefined

  readonly #methods: Record<string, (params: Params, via: Via) => string | Buffer> = {
    health: () => '{}',
    status: () => JSON.stringify(this.#status()),
    block: ({ height }, via) => this.#find(height, via).block,
    block_results: ({ height }, via) => this.#results(this.#find(height, via)),
    header: ({ height }, via) => JSON.stringify({ header: this.#findSigned(height, via).header }),
    commit: ({ height }, via) => JSON.stringify(this.#commit(this.#findSigned(height, via))),
    blockchain: ({ minHeight, maxHeight }, via) => JSON.stringify(this.#blockchain(minHeight, maxHeight, via)),
    tx: ({ hash }, via) => JSON.stringify(this.#tx(hash, via)),
    abci_query: ({ path, data }) => JSON.stringify({ response: this.#abciQuery(path, data) }),
  }

  constructor(recording: Recording, playhead: Playhead, faults: () => FaultLayer) {
    this.recording = recording
    this.#playhead = playhead
    this.#faults = faults
    this.#server = SERVERS[recording.dialect]
  }

  get head(): number {
    return Math.max(this.recording.from, this.#playhead.head - (this.#faults().set.lag ?? 0))
  }

  get lowest(): number {
    return Math.min(Math.max(this.recording.from, this.#faults().set.prunedBelow ?? 0), this.head)
  }

  get server(): ServerDialect {
    return this.#server
  }

  /** Requests answered, by method. */
  get requests(): ReadonlyMap<string, number> {
    return this.#requests
  }

  has(method: string): boolean {
    return Object.hasOwn(this.#methods, method)
  }

  /** Answers one request; every failure is an {@link RpcError}, worded as the recorded chain's server does. */
  answer(method: string, params: Params, via: Via): Outcome {
    this.#requests.set(method, (this.#requests.get(method) ?? 0) + 1)
    try {
      const act = this.has(method) ? this.#methods[method] : undefined
      if (!act) throw this.#server.unknownMethod(method)
      return { result: this.disguise(act(params, via)) }
    } catch (error) {
      if (error instanceof RpcError) return { error }
      throw error
    }
  }

  /** The text with the chain id that the faults want seen. */
  disguise(text: string | Buffer): string | Buffer {
    const { otherChain } = this.#faults().set
    if (otherChain === undefined) return text
    const real = JSON.stringify(this.recording.chainId)
    return text
      .toString()
      .replaceAll(`"chain_id":${real}`, `"chain_id":${JSON.stringify(otherChain)}`)
      .replaceAll(`"network":${real}`, `"network":${JSON.stringify(otherChain)}`)
  }

  /** The recorded height that a request names; without one the head. */
  #find(value: unknown, via: Via, head = this.head): RecordedHeight {
    const height = value === undefined || value === null || value === '' ? head : this.#server.height(value, via)
    if (height <= 0) throw this.#server.notPositive(height)
    if (height > head) throw this.#server.future(height, head)
    const recorded = height < this.lowest ? undefined : this.recording.heights.get(height)
    if (!recorded) throw this.#server.pruned(height, this.lowest)
    return recorded
  }

  /** Autobahn keeps no signed headers: its CometBFT store stands at height 0. */
  #findSigned(value: unknown, via: Via): RecordedHeight {
    return this.#find(value, via, this.recording.autobahn ? 0 : this.head)
  }

  #results({ height, results }: RecordedHeight): string | Buffer {
    const faults = this.#faults()
    if (height > this.#playhead.withResults || faults.withholds(height))
      throw new RpcError(-32603, 'Internal error', `could not find results for height #${height}`)
    if (!faults.set.emptyResults) return results
    return JSON.stringify({ ...JSON.parse(results.toString()), txs_results: null, finalize_block_events: null })
  }

  /** A block's signatures stand in the block after it; those of the last recorded block are not on the tape. */
  #commit({ height, header }: RecordedHeight): object {
    const next = this.recording.heights.get(height + 1)
    if (!next) throw new RpcError(-32603, 'Internal error', `the commit of height ${height} was not recorded`)
    const { block } = JSON.parse(next.block.toString()) as { block: { last_commit: unknown } }
    return { signed_header: { header, commit: block.last_commit }, canonical: height < this.head }
  }

  #blockchain(minHeight: unknown, maxHeight: unknown, via: Via): object {
    const given = (value: unknown): number =>
      value === undefined || value === null ? 0 : this.#server.height(value, via)
    const [head, lowest] = this.recording.autobahn ? [0, 0] : [this.head, this.lowest]
    const max = Math.min(given(maxHeight) || head, head)
    const min = Math.max(given(minHeight) || 1, lowest, max - BLOCKCHAIN_LIMIT + 1)
    if (min > max) throw this.#server.emptyRange(min, max)
    const metas = Array.from({ length: max - min + 1 }, (_, back) =>
      blockMeta(this.recording.heights.get(max - back) as RecordedHeight),
    )
    return { last_height: `${head}`, block_metas: metas }
  }

  #tx(value: unknown, via: Via): object {
    const hash = txHash(value, this.recording.dialect === 'plain' && via === 'json')
    this.#txs ??= indexTxs(this.recording)
    const found = this.#txs.get(hash)
    const recorded = found && found.height <= this.#playhead.withResults && this.recording.heights.get(found.height)
    const results = recorded
      ? (JSON.parse(recorded.results.toString()) as { txs_results: unknown[] | null }).txs_results
      : null
    if (!found || !recorded || !results || found.height > this.head) throw this.#server.txNotFound(hash)
    const { height, index } = found
    return { hash, height: `${height}`, index, tx_result: results[index], tx: recorded.txs[index] }
  }

  #abciQuery(path: unknown, data: unknown): object {
    const answer =
      unquote(path) === CONTRACT_INFO
        ? contractInfo(this.recording, Buffer.from(unquote(data).replace(/^0x/, ''), 'hex'))
        : failedQuery(6, 'unknown query path: unknown request')
    return { info: '', index: '0', key: null, proofOps: null, ...answer, height: `${this.head}` }
  }

  #status(): object {
    const { autobahn, chainId, dialect, heights } = this.recording
    const [latest, earliest] = [heights.get(this.head), heights.get(this.lowest)] as [RecordedHeight, RecordedHeight]
    const own = dialect === 'plain' ? { version: '0.38.19' } : { version: '0.35.0-unreleased' }
    return {
      node_info: {
        protocol_version: { p2p: '8', block: '11', app: '0' },
        id: '0'.repeat(40),
        listen_addr: 'tcp://127.0.0.1:26656',
        network: chainId,
        ...own,
        channels: '40202122233038606100',
        moniker: 'tape',
        other: { tx_index: 'on', rpc_address: 'tcp://127.0.0.1:26657' },
      },
      sync_info: {
        latest_block_hash: autobahn ? '' : latest.blockId.hash,
        latest_app_hash: latest.header.app_hash,
        latest_block_height: `${latest.height}`,
        latest_block_time: autobahn ? EPOCH : latest.header.time,
        earliest_block_hash: autobahn ? '' : earliest.blockId.hash,
        earliest_app_hash: earliest.header.app_hash,
        earliest_block_height: autobahn ? '0' : `${earliest.height}`,
        earliest_block_time: autobahn ? EPOCH : earliest.header.time,
        catching_up: autobahn,
        ...(dialect === 'plain' ? {} : { last_committed_block_height: `${latest.height}`, max_peer_block_height: '0' }),
      },
      validator_info: {
        address: latest.header.proposer_address || '0'.repeat(40),
        pub_key: { type: 'tendermint/PubKeyEd25519', value: Buffer.alloc(32).toString('base64') },
        voting_power: '1000000',
      },
    }
  }
}

/** Parameters of a JSON request, which may come by name, by position or not at all. */
export function namedParams(method: string, params: unknown): Params {
  if (Array.isArray(params)) return Object.fromEntries((POSITIONS[method] ?? []).map((name, at) => [name, params[at]]))
  return typeof params === 'object' && params !== null ? (params as Params) : {}
}

/** `blockchain` cuts a longer range to its newest heights, silently. */
const BLOCKCHAIN_LIMIT = 20

/** The block time in `status` under Autobahn. */
const EPOCH = '1970-01-01T00:00:00Z'

/** `block_size` is that of a block of one validator and near enough: the encoded block is not on the tape. */
function blockMeta({ blockId, header, txs }: RecordedHeight): object {
  const size = txs.reduce((sum, tx) => sum + Buffer.byteLength(tx, 'base64') + 4, 596)
  return { block_id: blockId, block_size: `${size}`, header, num_txs: `${txs.length}` }
}

/** POST to CometBFT carries base64 and nothing else; GET, and Sei, hex; Sei takes base64 too (44 characters, not 64). */
function txHash(value: unknown, base64Only: boolean): string {
  const text = unquote(value).replace(/^0x/i, '')
  if (!base64Only && /^[0-9a-f]{64}$/i.test(text)) return text.toUpperCase()
  return Buffer.from(text, 'base64').toString('hex').toUpperCase()
}

function unquote(value: unknown): string {
  return String(value ?? '').replace(/^"(.*)"$/, '$1')
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
