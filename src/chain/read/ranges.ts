/** Gets a range of heights from whichever node can give it: failover, rests, results that are not there yet. */
import type { ScannedRange } from '../decode/types.ts'
import { sleep } from './bell.ts'
import type { Endpoint } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import { isRpcError, RpcError, SourceError } from './errors.ts'
import { fetchAndScan, type RangeTask } from './fetch-range.ts'
import type { Head } from './head.ts'
import type { PooledRange } from './types.ts'

/** What to fetch; {@link Ranges} adds from whom. */
export type Wanted = Omit<RangeTask, 'url' | 'headers'>

/** A range and the endpoint that all of it came from. */
export interface Fetched {
  range: ScannedRange
  endpoint: Endpoint
}

export interface RangeTiming {
  /** Between two looks for results that are not there yet, ms. */
  notReadyRetry: number
  /** After this long without results below the head the node is taken to keep none, ms. */
  notReadyPatience: number
  /** Tries of one node before the next one is asked. Default 1. */
  tries?: number
}

/** Between two tries of one node, ms. */
const RETRY_PAUSE = 50
/** What may be another the next moment; a status (429, 403, 5xx) says that the node wants to be left alone. */
const PASSING = new Set<string>(['E_RPC_UNREACHABLE', 'E_RPC_DEADLINE', 'E_RPC_MALFORMED'])

export class Ranges {
  readonly #endpoints: Endpoints
  readonly #head: Head
  readonly #timing: RangeTiming
  readonly #fetchInPool: ((task: RangeTask) => Promise<PooledRange>) | undefined
  /** How often in a row an endpoint's answer from a height on could not be read. */
  readonly #unreadable = new Map<Endpoint, { height: number; times: number }>()

  constructor(
    endpoints: Endpoints,
    head: Head,
    timing: RangeTiming,
    fetchInPool: ((task: RangeTask) => Promise<PooledRange>) | undefined,
  ) {
    this.#endpoints = endpoints
    this.#head = head
    this.#timing = timing
    this.#fetchInPool = fetchInPool
  }

  /**
   * The range or a first part of it, however long it takes: what may pass is tried again, each endpoint resting after a failure.
   * @throws SourceError when every endpoint that can be asked has a fault that waiting does not mend.
   */
  async fetch(wanted: Wanted, inPool: boolean, signal: AbortSignal): Promise<Fetched> {
    const incapable = new Map<Endpoint, SourceError>()
    for (;;) {
      const endpoint = this.#endpoints.choose(wanted.from, wanted.to, incapable)
      if (endpoint) {
        const fetched = await this.#from(endpoint, wanted, inPool, signal, incapable)
        if (fetched) return fetched
        this.#requireReadable(wanted.from)
      } else {
        this.#endpoints.requireRightChain()
        this.#endpoints.requireKept(wanted.from)
        for (const fault of incapable.values()) throw fault
        await Promise.race([this.#head.refresh(), sleep(1_000, signal)])
        if (!this.#endpoints.choose(wanted.from, wanted.to, incapable)) await this.#head.changed.wait(100, signal)
      }
    }
  }

  /** The range from an endpoint not in `except`, tried once each; undefined when none gives it. */
  async fetchElsewhere(
    wanted: Wanted,
    except: ReadonlySet<Endpoint>,
    signal: AbortSignal,
  ): Promise<Fetched | undefined> {
    const tried = new Map([...except].map((endpoint) => [endpoint, undefined]))
    await this.#head.refresh()
    for (;;) {
      const endpoint = this.#endpoints.choose(wanted.from, wanted.to, tried)
      if (!endpoint) return undefined
      tried.set(endpoint, undefined)
      const fetched = await this.#from(endpoint, wanted, false, signal, new Map())
      if (fetched) return fetched
    }
  }

  /** One endpoint's try, results not there yet waited for; undefined when another should be tried. */
  async #from(
    endpoint: Endpoint,
    wanted: Wanted,
    inPool: boolean,
    signal: AbortSignal,
    incapable: Map<Endpoint, SourceError>,
  ): Promise<Fetched | undefined> {
    const { url, headers = {} } = endpoint.options
    const to = Math.min(wanted.to, wanted.from + endpoint.stride - 1)
    const task: RangeTask = { ...wanted, to, url, headers }
    const begun = performance.now()
    for (let tries = 1; ; tries++) {
      try {
        await endpoint.limiter.admit(leastRequests(task), signal)
        const range = await this.#run(endpoint, task, inPool, signal)
        if (range.chainId !== this.#endpoints.chainId) throw otherChain(range.chainId)
        endpoint.succeeded()
        return { range, endpoint }
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof SourceError) incapable.set(endpoint, error)
        else if (isRpcError(error, 'E_RPC_NOT_READY')) {
          if (await this.#mayStillCome(endpoint, to, begun, signal)) continue
          if ((endpoint.latest ?? 0) < to) return undefined // it took back what it claimed: one of several behind one address
          if (FUTURE_HEIGHT.test(error.message)) endpoint.distrust(`it claims heights that it lacks: ${error.message}`)
          else incapable.set(endpoint, neverCame(endpoint, wanted.from, error))
        } else if (error instanceof RpcError) {
          if (PASSING.has(error.code) && tries < (this.#timing.tries ?? 1)) {
            await sleep(RETRY_PAUSE * tries, signal)
            continue
          }
          endpoint.failed(error)
          if (error.code === 'E_RPC_MALFORMED') this.#countUnreadable(endpoint, wanted.from)
          if (error.code === 'E_RPC_OTHER_CHAIN') endpoint.distrust(error.message)
          void this.#head.probe(endpoint) // pruned and replaced nodes show in their status
        } else throw error
        return undefined
      }
    }
  }

  #countUnreadable(endpoint: Endpoint, height: number): void {
    const before = this.#unreadable.get(endpoint)
    this.#unreadable.set(endpoint, { height, times: before?.height === height ? before.times + 1 : 1 })
  }

  /** @throws SourceError `E_POISON_BLOCK` when no endpoint gives anything that can be read, again and again */
  #requireReadable(height: number): void {
    const { right } = this.#endpoints
    const given = right.map((endpoint) => this.#unreadable.get(endpoint))
    if (!right.length || given.some((each) => each?.height !== height || each.times < UNREADABLE_TIMES)) return
    this.#unreadable.clear()
    const message = `block ${height} cannot be read from any node: add another one, or leave it out with: seiche skip --height ${height}`
    throw new SourceError('E_POISON_BLOCK', message, height)
  }

  async #run(endpoint: Endpoint, task: RangeTask, inPool: boolean, signal: AbortSignal): Promise<ScannedRange> {
    if (inPool && this.#fetchInPool) {
      try {
        const { requests, ...range } = await this.#fetchInPool(task)
        endpoint.countPooled(leastRequests(task) + hitHeights(range), requests)
        return range
      } catch {
        signal.throwIfAborted() // else: here once more, where errors keep their class and a broken pool does not matter
      }
    }
    const range = await fetchAndScan(task, signal, endpoint.rpc)
    if (task.from < task.to) endpoint.limiter.charge(hitHeights(range))
    return range
  }

  /** CometBFT announces a block some milliseconds before its results can be had. */
  async #mayStillCome(endpoint: Endpoint, height: number, begun: number, signal: AbortSignal): Promise<boolean> {
    await sleep(this.#timing.notReadyRetry, signal)
    const waited = performance.now() - begun
    if (waited > 10 * this.#timing.notReadyRetry) await this.#head.probe(endpoint) // was the head a lie?
    return (endpoint.latest ?? 0) >= height && waited < this.#timing.notReadyPatience
  }
}

/** Damage on the way passes; what cannot be read so often in a row is so at the node. */
const UNREADABLE_TIMES = 5

/** One height: `block` and `block_results`. More: `blockchain` and `block_results`, then `block` for hits. */
function leastRequests({ from, to }: RangeTask): number {
  return from === to ? 2 : to - from + 2
}

function hitHeights({ blocks }: ScannedRange): number {
  return blocks.filter(({ hits }) => hits.length).length
}

/** The node's own words against its status. */
const FUTURE_HEIGHT = /must be less than or equal to/

function otherChain(chainId: string): RpcError {
  return new RpcError('E_RPC_OTHER_CHAIN', `its blocks are of the chain ${chainId}`)
}

function neverCame(endpoint: Endpoint, height: number, cause: Error): SourceError {
  const message = `${endpoint.alias} has no results for height ${height} although it has the block (${cause.message}): does it discard ABCI responses? Use an endpoint that keeps them`
  return new SourceError('E_SOURCE_INCAPABLE', message, height, { cause })
}
