/** A chain as its node shows it now: up to the head, through the faults. */
import type { FaultLayer } from '../faults.ts'
import { bareBlock } from './autobahn.ts'
import { type Outcome, RpcError, SERVERS, type ServerDialect, type Via } from './rpc.ts'
import type { NodeBlock, Source } from './source.ts'

/** Parameters by name. */
export type Params = Readonly<Record<string, unknown>>

/** Answers a `result`, or its JSON text. */
export type Method = (node: ChainNode, params: Params, via: Via) => unknown

export class ChainNode {
  readonly source: Source
  readonly faults: () => FaultLayer
  readonly server: ServerDialect
  readonly #methods: Readonly<Record<string, Method>>
  readonly #requests = new Map<string, number>()
  #others = false

  constructor(source: Source, faults: () => FaultLayer, methods: Readonly<Record<string, Method>>) {
    this.source = source
    this.faults = faults
    this.server = SERVERS[source.dialect]
    this.#methods = methods
  }

  /** The height that `status` shows. */
  get head(): number {
    const behind = this.#others ? (this.faults().set.twoHeads ?? 0) : 0
    return Math.max(this.source.from, this.faults().headOf(this.source.head) - behind)
  }

  get lowest(): number {
    return Math.min(Math.max(this.source.from, this.faults().set.prunedBelow ?? 0), this.head)
  }

  get autobahn(): boolean {
    return this.source.autobahn || (this.faults().set.autobahn ?? false)
  }

  /** Head and lowest height of what has signed headers; Autobahn keeps none: its CometBFT store stands at height 0. */
  get signed(): { head: number; lowest: number } {
    return this.autobahn ? { head: 0, lowest: 0 } : { head: this.head, lowest: this.lowest }
  }

  /** Whether this request is the other face's; see {@link Faults.twoFaces}. */
  get others(): boolean {
    return this.#others
  }

  /** Requests answered, by method. */
  get requests(): ReadonlyMap<string, number> {
    return this.#requests
  }

  /** A request begins: of two nodes behind one address one or the other is chosen. */
  turn(): void {
    this.#others = this.faults().toss()
  }

  has(method: string): boolean {
    return Object.hasOwn(this.#methods, method)
  }

  /** Answers one request; every failure is an {@link RpcError}, worded as the chain's server does. */
  async answer(method: string, params: Params, via: Via): Promise<Outcome> {
    this.#requests.set(method, (this.#requests.get(method) ?? 0) + 1)
    try {
      const act = this.has(method) ? this.#methods[method] : undefined
      if (!act) throw this.server.unknownMethod(method)
      const result = await act(this, params, via)
      const text = typeof result === 'string' || Buffer.isBuffer(result) ? result : JSON.stringify(result)
      return { result: this.disguise(text) }
    } catch (error) {
      if (error instanceof RpcError) return { error }
      throw error
    }
  }

  /** The text with the chain id that the faults want seen. */
  disguise(text: string | Buffer): string | Buffer {
    const { otherChain } = this.faults().set
    if (otherChain === undefined) return text
    const real = JSON.stringify(this.source.chainId)
    return text
      .toString()
      .replaceAll(`"chain_id":${real}`, `"chain_id":${JSON.stringify(otherChain)}`)
      .replaceAll(`"network":${real}`, `"network":${JSON.stringify(otherChain)}`)
  }

  /** The height that a request names; without one the head. */
  find(value: unknown, via: Via, { head, lowest } = { head: this.head, lowest: this.lowest }): NodeBlock {
    const height = value === undefined || value === null || value === '' ? head : this.server.height(value, via)
    if (height <= 0) throw this.server.notPositive(height)
    if (height > head) throw this.server.future(height, head)
    const found = height < lowest ? undefined : this.source.at(height)
    if (!found) throw this.server.pruned(height, lowest)
    return this.autobahn && !this.source.autobahn ? bareBlock(found) : found
  }

  /** Whether the results of a height are there for who asks now. */
  hasResults(height: number): boolean {
    return height <= this.source.withResults && height <= this.head
  }
}
