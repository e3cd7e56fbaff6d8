/** The source of blocks: every height once, in order, linked to the one before, from nodes that fail, lag and lie. */
import type { Gap } from '../../events/types.ts'
import type { Dialect, ScannedRange } from '../decode/types.ts'
import { Backfilling } from './backfill.ts'
import { sleep } from './bell.ts'
import { type ChainEnd, firstBrokenLink } from './continuity.ts'
import { type Answer, answersSideBySide } from './disagreement.ts'
import type { Endpoint } from './endpoint.ts'
import { Endpoints } from './endpoints.ts'
import { SourceError } from './errors.ts'
import { RANGE_LIMIT } from './fetch-range.ts'
import { Head } from './head.ts'
import { REQUEST_DEADLINE, type SourceOptions, type SourcePorts, type SourceTiming } from './options.ts'
import { type Fetched, Ranges, type Wanted } from './ranges.ts'
import { CATCHING_UP, Report } from './report.ts'
import { answered, creationHeight, lowestKept } from './start-height.ts'

export { lookupTx } from './lookup-tx.ts'
export type { SourceOptions, SourcePorts, SourceTiming } from './options.ts'

const TIMING: SourceTiming = {
  silence: 10_000,
  reconnect: 500,
  notReadyRetry: 20,
  notReadyPatience: 5_000,
  faultRetry: 3_000,
  unreachableAfter: 3_000,
}

/** Ranges asked for at the same time while catching up. */
const AHEAD = 4

/**
 * Reads the chain until the signal aborts. Trouble with nodes never throws: it fails over, backs off, and shows in
 * `ports.status`; a halted source is looked at again every few seconds and goes on by itself.
 * @throws only what `ports.emit` throws, and our own bugs.
 */
export async function runSource(
  options: SourceOptions,
  ports: SourcePorts,
  timing: Partial<SourceTiming> = {},
): Promise<void> {
  const source = new Source(options, ports, { ...TIMING, ...timing })
  try {
    await Promise.all([source.run(), source.backfill()])
  } catch (error) {
    if (!ports.signal.aborted) throw error
  } finally {
    await source.close()
  }
}

class Source {
  readonly #options: SourceOptions
  readonly #ports: SourcePorts
  readonly #timing: SourceTiming
  readonly #endpoints: Endpoints
  readonly #closing = new AbortController()
  /** Ends with the source, however it ends. */
  readonly #signal: AbortSignal
  readonly #head: Head
  readonly #ranges: Ranges
  readonly #backfilling: Backfilling
  readonly #report: Report
  readonly #addresses: string[]
  readonly #following: Promise<void>
  /** The block that the next one must follow; null before the first one of an empty log. */
  #end: ChainEnd | null
  #dialect: Dialect | undefined
  /** Something was handed on. */
  #flows = false
  /** Left out before the next block. */
  #gap: Gap | undefined

  constructor(options: SourceOptions, ports: SourcePorts, timing: SourceTiming) {
    const { endpoints, checkpoint, pollInterval = 500, requestDeadline = REQUEST_DEADLINE } = options
    this.#options = options
    this.#ports = ports
    this.#timing = timing
    this.#signal = AbortSignal.any([ports.signal, this.#closing.signal])
    this.#endpoints = new Endpoints(endpoints, options.chainId ?? options.storedChainId, requestDeadline)
    this.#end = checkpoint.height > 0 ? checkpoint : null
    this.#report = new Report(this.#endpoints, this.#end?.height ?? null, timing.unreachableAfter, ports.status)
    this.#head = new Head(this.#endpoints, { ...timing, pollInterval }, this.#signal, () => this.#report.touch())
    const ranges = (): Ranges =>
      new Ranges(this.#endpoints, this.#head, { ...timing, tries: options.maxRetries ?? 1 }, ports.fetchInPool)
    this.#ranges = ranges()
    this.#backfilling = new Backfilling({
      ...{ endpoints: this.#endpoints, head: this.#head, ranges: ranges(), report: this.#report, emit: ports.emit },
      ...{ requestDeadline, faultRetry: timing.faultRetry, signal: this.#signal },
    })
    this.#addresses = options.contracts.map(({ address }) => address)
    this.#following = this.#head.run()
  }

  async run(): Promise<never> {
    for (;;) {
      try {
        await this.#requireChain()
        await this.#follow(this.#end ? this.#end.height + 1 : await this.#startHeight())
      } catch (error) {
        if (!(error instanceof SourceError)) throw error
        this.#signal.throwIfAborted()
        if (this.#leapsOver(error)) continue
        this.#report.fault = error
        this.#ports.busy(false)
        await sleep(this.#timing.faultRetry, this.#signal)
      }
    }
  }

  /** What the log lacks of contracts that were configured later. */
  async backfill(): Promise<void> {
    await this.#backfilling.run(this.#options.missing ?? [])
  }

  /** Heights that every node has pruned are left out, where that is accepted. */
  #leapsOver({ code, height }: SourceError): boolean {
    const { earliest } = this.#endpoints
    if (code !== 'E_PRUNED' || !this.#options.acceptGap || height === undefined || earliest === null) return false
    this.#gap = { from: height, to: earliest - 1, reason: 'every node has pruned it' }
    this.#end = { height: earliest - 1, hash: null, time: this.#end?.time ?? null }
    return true
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#following
    this.#report.close()
    await this.#endpoints.close()
  }

  /** Waits for an endpoint of our chain. */
  async #requireChain(): Promise<void> {
    while (!this.#endpoints.right.length) {
      this.#endpoints.requireRightChain()
      await this.#head.changed.wait(1_000, this.#signal)
    }
    if (this.#report.fault?.code === 'E_WRONG_CHAIN') this.#report.fault = null
  }

  async #startHeight(): Promise<number> {
    if (this.#options.startHeight !== undefined) return this.#options.startHeight
    const asked = { endpoints: this.#endpoints, head: this.#head, signal: this.#signal }
    const start = await answered(asked, async (rpc) => {
      const created = await creationHeight(this.#options.contracts, rpc, this.#signal)
      const lowest = await lowestKept(rpc, this.#signal)
      return Math.max(created ?? 1, lowest, this.#endpoints.earliest ?? 1)
    })
    return start ?? this.#endpoints.earliest ?? 1
  }

  /** Fetches from `next` on, several ranges ahead, and hands on in order. Ends by a fault or the signal. */
  async #follow(next: number): Promise<never> {
    const attempt = new AbortController()
    const signal = AbortSignal.any([this.#signal, attempt.signal])
    const ahead: { wanted: Wanted; fetched: Promise<Fetched> }[] = []
    try {
      for (let ask = next; ; ) {
        // One height at a time after a fault: what is known to be broken is not asked for twenty times. And at the
        // beginning: after a restart everybody waits for the first block.
        const [ranges, heights] = this.#report.fault || !this.#flows ? [1, 1] : [AHEAD, RANGE_LIMIT]
        while (ahead.length < ranges && ask <= this.#headHeight) {
          const wanted = this.#wanted(ask, Math.min(ask + heights - 1, this.#headHeight))
          ahead.push({ wanted, fetched: this.#fetch(wanted, signal) })
          ask = wanted.to + 1
        }
        const first = ahead.shift()
        this.#ports.busy(first !== undefined)
        if (first) await this.#handOnAll(first.wanted, first.fetched, signal)
        else await this.#untilHead(ask)
      }
    } catch (error) {
      await this.#handOnUpTo(error, next)
      throw error
    } finally {
      attempt.abort()
      await Promise.allSettled(ahead.map(({ fetched }) => fetched))
    }
  }

  get #headHeight(): number {
    return this.#endpoints.head ?? 0
  }

  #wanted(from: number, to: number): Wanted {
    const deadlineMs = this.#options.requestDeadline ?? REQUEST_DEADLINE
    return { from, to, addresses: this.#addresses, dialect: this.#dialect, deadlineMs }
  }

  #fetch(wanted: Wanted, signal: AbortSignal): Promise<Fetched> {
    const fetched = this.#ranges.fetch(wanted, this.#headHeight - wanted.from > CATCHING_UP, signal)
    fetched.catch(() => {}) // it is awaited in its turn
    return fetched
  }

  /** At the tip: everything is prepared, only the block is missing. */
  async #untilHead(height: number): Promise<void> {
    this.#endpoints.requireRightChain()
    this.#endpoints.requireKept(height)
    this.#endpoints.preferred?.limiter.reserve(2, this.#signal)
    if (this.#headHeight < height) await this.#head.changed.wait(1_000, this.#signal)
  }

  /** A weak node gives a range in parts. */
  async #handOnAll(wanted: Wanted, first: Promise<Fetched>, signal: AbortSignal): Promise<void> {
    let height = await this.#handOn(wanted, await first)
    while (height < wanted.to) {
      const rest = { ...wanted, from: height + 1 }
      height = await this.#handOn(rest, await this.#fetch(rest, signal))
    }
  }

  /** Returns the last height handed on. */
  async #handOn(wanted: Wanted, fetched: Fetched): Promise<number> {
    const range = await this.#linked(wanted, fetched)
    const last = range.blocks.at(-1)
    if (!last) throw new Error(`a range without heights: ${wanted.from} to ${wanted.to}`)
    this.#dialect ??= range.dialect
    const gap = this.#gap
    await this.#ports.emit({ ...range, dialect: range.dialect ?? this.#dialect, ...(gap ? { gap } : {}) })
    this.#gap = undefined
    this.#end = { height: last.height, hash: last.hash, time: last.time }
    this.#report.fetchedHeight = last.height
    this.#report.fault = null
    this.#flows = true
    this.#ports.progress(last.height)
    return last.height
  }

  /** The heights before one that cannot be passed are sound: they are not held back. */
  async #handOnUpTo(error: unknown, start: number): Promise<void> {
    const next = this.#end ? this.#end.height + 1 : start
    if (!(error instanceof SourceError) || error.height === undefined || error.height <= next) return
    const wanted = this.#wanted(next, error.height - 1)
    await this.#handOnAll(wanted, this.#ranges.fetch(wanted, false, this.#signal), this.#signal)
  }

  /**
   * The range if it follows what was handed on, else another endpoint's that does: then the first one lied.
   * @throws SourceError `E_CHAIN_MISMATCH`
   */
  async #linked(wanted: Wanted, { range, endpoint }: Fetched): Promise<ScannedRange> {
    const broken = firstBrokenLink(this.#end, range.blocks)
    if (!broken) return range
    const answer = (from: Fetched): Answer => ({ alias: from.endpoint.alias, blocks: from.range.blocks })
    const liars = new Map<Endpoint, Answer>([[endpoint, answer({ range, endpoint })]])
    for (;;) {
      const other = await this.#ranges.fetchElsewhere(wanted, new Set(liars.keys()), this.#signal)
      if (!other) {
        const told = answersSideBySide([...liars.values()])
        const message = `${broken}: the nodes serve another history than this log holds (chain restarted, rolled back?); point it at the right chain or use another data folder; ${told}`
        throw new SourceError('E_CHAIN_MISMATCH', message, wanted.from)
      }
      if (!firstBrokenLink(this.#end, other.range.blocks)) {
        for (const [liar, its] of liars)
          liar.distrust(`its blocks do not link: ${answersSideBySide([answer(other), its])}`)
        return other.range
      }
      liars.set(other.endpoint, answer(other))
    }
  }
}
