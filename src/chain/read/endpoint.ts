/** One node as we know it: which heights it has, whether it answers, whether it may be believed. */
import { Unread } from '../../telemetry/unread.ts'
import { RpcError } from './errors.ts'
import { RANGE_LIMIT } from './fetch-range.ts'
import { createLimiter, type Limiter } from './limiter.ts'
import { askStatus } from './node-status.ts'
import { Rpc } from './rpc.ts'
import { openTransport } from './transport.ts'
import type { EndpointStatus, RpcTiming } from './types.ts'

export interface EndpointOptions {
  /** `http://` or `https://`; POST goes to exactly this URL. */
  url: string
  /** Sent with every request and with the WebSocket's upgrade. */
  headers?: Record<string, string> | undefined
  /** Budget of JSON-RPC calls, each entry of a batch counted. Default: no limit. */
  requestsPerSecond?: number | undefined
}

/** Rest after the first failure, ms; doubled with each further one. */
const FIRST_REST = 50
const LONGEST_REST = 5_000
/** How long an endpoint that lied is not believed, ms. */
const DISTRUST = 60_000

export class Endpoint {
  readonly options: EndpointOptions
  readonly alias: string
  readonly rpc: Rpc
  chainId: string | null = null
  latest: number | null = null
  earliest: number | null = null
  /** True once it has answered or failed to. */
  tried = false
  /** When it was last asked for its status (`performance.now()`). */
  probedAt: number = Number.NEGATIVE_INFINITY
  /** This endpoint's budget of calls. */
  readonly limiter: Limiter
  #probing: Promise<void> | undefined
  #probeError: Error | undefined
  #workError: Error | undefined
  #failuresInARow = 0
  #stride = RANGE_LIMIT
  #failures = 0
  #pooledRequests = 0
  readonly #timings = new Unread<RpcTiming>(1_000)
  #restUntil = 0
  #wrongChain: string | undefined
  #distrusted: { reason: string; until: number } | undefined

  constructor(options: EndpointOptions, deadline: number) {
    this.options = options
    this.alias = new URL(options.url).origin
    this.rpc = new Rpc(openTransport({ ...options, deadline }), (timing) => this.#timings.push(timing))
    this.limiter = createLimiter(options.requestsPerSecond)
  }

  /** Asks for the status and remembers the answer or the failure; never throws. One at a time. */
  probe(signal: AbortSignal): Promise<void> {
    this.#probing ??= this.#probe(signal).finally(() => {
      this.#probing = undefined
    })
    return this.#probing
  }

  async #probe(signal: AbortSignal): Promise<void> {
    this.probedAt = performance.now()
    try {
      this.limiter.charge(1)
      Object.assign(this, await askStatus(this.rpc, signal))
      this.#probeError = undefined
    } catch (error) {
      if (signal.aborted) return
      this.#probeError = error as Error
      this.#rest(error)
    }
    this.tried = true
  }

  /** Calls that the pool made on connections of its own. */
  countPooled(requests: number, timings: readonly RpcTiming[]): void {
    this.#pooledRequests += requests
    this.#timings.push(...timings)
  }

  /** Requests that ended since this was asked before. */
  takeTimings(): RpcTiming[] {
    return this.#timings.read()
  }

  /** A range came whole. */
  succeeded(): void {
    this.#workError = undefined
    this.#failuresInARow = 0
    this.#stride = Math.min(2 * this.#stride, RANGE_LIMIT)
  }

  /** A request failed: leave it alone for a while, longer each time, or as long as it asks. */
  failed(error: unknown): void {
    this.#workError = error as Error
    this.#stride = 1
    this.#rest(error)
  }

  /** Most heights to ask for at once: one after a failure, doubled by each success, so that a weak node still gets through. */
  get stride(): number {
    return this.#stride
  }

  /** Least time between two `status`, ms: they may take a quarter of the budget. */
  get leastProbeInterval(): number {
    return 4_000 / (this.options.requestsPerSecond ?? Number.POSITIVE_INFINITY)
  }

  #rest(error: unknown): void {
    this.#failures++
    if (!this.resting) this.#failuresInARow++ // requests that fail together are one failure
    const backoff = Math.min(FIRST_REST * 2 ** (this.#failuresInARow - 1), LONGEST_REST)
    const asked = error instanceof RpcError ? (error.retryAfter ?? 0) : 0
    this.#restUntil = performance.now() + Math.max(backoff * (0.75 + Math.random() / 2), asked)
  }

  get resting(): boolean {
    return performance.now() < this.#restUntil
  }

  /** Compares with the chain that is indexed. Looked at anew with each status: a node may be replaced. */
  judgeChain(expected: string): void {
    this.#wrongChain =
      this.chainId && this.chainId !== expected ? `it serves the chain ${this.chainId}, not ${expected}` : undefined
  }

  /** It contradicted a block that another endpoint confirms. */
  distrust(reason: string): void {
    this.#distrusted = { reason, until: performance.now() + DISTRUST }
  }

  get servesOtherChain(): boolean {
    return this.#wrongChain !== undefined
  }

  get setAside(): string | undefined {
    const distrusted =
      this.#distrusted && performance.now() < this.#distrusted.until ? this.#distrusted.reason : undefined
    return this.#wrongChain ?? distrusted
  }

  /** The chain is known and right, and it may be believed; it may be down all the same. */
  get right(): boolean {
    return this.chainId !== null && !this.setAside
  }

  get up(): boolean {
    return this.right && !this.lastError
  }

  get lastError(): Error | undefined {
    return this.#workError ?? this.#probeError
  }

  status(): EndpointStatus {
    const { alias, up, setAside, latest, earliest } = this
    return {
      alias,
      up,
      ...(setAside ? { setAside } : {}),
      latestHeight: latest,
      earliestHeight: earliest,
      requests: this.rpc.requests + this.#pooledRequests,
      failures: this.#failures,
    }
  }

  async close(): Promise<void> {
    this.limiter.close()
    await this.rpc.close()
  }
}
