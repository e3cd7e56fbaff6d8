/** The nodes of one chain: which chain that is, how far it is, and whom to ask for which heights. */
import { Endpoint, type EndpointOptions } from './endpoint.ts'
import { SourceError } from './errors.ts'

export class Endpoints {
  readonly all: readonly Endpoint[]
  #chainId: string | null

  /** `expected`: the configured chain id, else the stored one; null pins that of the first endpoint that answers. */
  constructor(options: readonly EndpointOptions[], expected: string | null, deadline: number) {
    this.all = options.map((one) => new Endpoint(one, deadline))
    this.#chainId = expected
  }

  get chainId(): string | null {
    return this.#chainId
  }

  /** Asks one endpoint for its status, then looks at what that means for all. Never throws. */
  async probe(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
    await endpoint.probe(signal)
    this.#chainId ??= this.#firstAnswer()
    if (this.#chainId !== null) for (const each of this.all) each.judgeChain(this.#chainId)
  }

  /** In the order of configuration, so that a fast second endpoint of another chain is not taken for the right one. */
  #firstAnswer(): string | null {
    for (const { chainId, tried } of this.all) {
      if (chainId !== null) return chainId
      if (!tried) return null
    }
    return null
  }

  get right(): Endpoint[] {
    return this.#chainId === null ? [] : this.all.filter((endpoint) => endpoint.right)
  }

  /** Whom to ask first: the first in order that is right and answers, else that is right. */
  get preferred(): Endpoint | undefined {
    const { right } = this
    return right.find(({ up, resting }) => up && !resting) ?? right[0]
  }

  /** Highest height a right endpoint has shown. */
  get head(): number | null {
    return this.right.reduce<number | null>(
      (head, { latest }) => (latest === null ? head : Math.max(head ?? 0, latest)),
      null,
    )
  }

  /** Lowest height a right endpoint still has. */
  get earliest(): number | null {
    return this.right.reduce<number | null>(
      (lowest, { earliest }) => (earliest === null ? lowest : Math.min(lowest ?? earliest, earliest)),
      null,
    )
  }

  /** A right endpoint that has all of `from … to` and may be asked now. */
  choose(from: number, to: number, except: ReadonlyMap<Endpoint, unknown>): Endpoint | undefined {
    return this.right.find(
      (endpoint) =>
        !endpoint.resting && !except.has(endpoint) && (endpoint.earliest ?? 1) <= from && (endpoint.latest ?? 0) >= to,
    )
  }

  /**
   * Every endpoint has answered and none is of our chain.
   * @throws SourceError `E_WRONG_CHAIN`
   */
  requireRightChain(): void {
    if (!this.all.length || !this.all.every(({ servesOtherChain }) => servesOtherChain)) return
    const served = [...new Set(this.all.map(({ chainId }) => chainId))].join(', ')
    const message = `the endpoints serve ${served}, but this log is of ${this.#chainId}: correct the endpoints or chain id, or use another data folder`
    throw new SourceError('E_WRONG_CHAIN', message)
  }

  /**
   * No right endpoint keeps this height any more.
   * @throws SourceError `E_PRUNED`
   */
  requireKept(height: number): void {
    const { earliest, right } = this
    if (earliest === null || height >= earliest || !this.all.every(({ tried }) => tried)) return
    const kept = right.map((endpoint) => `${endpoint.alias} from ${endpoint.earliest}`).join(', ')
    const message = `height ${height} is pruned everywhere (${kept}): add an endpoint that keeps it, such as an archive node`
    throw new SourceError('E_PRUNED', message, height)
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((endpoint) => endpoint.close()))
  }
}
