/**
 * The history of contracts that were configured later than others, fetched while the source is at the head and has
 * nothing else to do (D5): one range at a time, of at most half an endpoint's budget.
 */
import type { MissingHistory } from '../../events/types.ts'
import type { Dialect } from '../decode/types.ts'
import { sleep } from './bell.ts'
import type { Endpoint } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import { RpcError, SourceError } from './errors.ts'
import { RANGE_LIMIT } from './fetch-range.ts'
import type { Head } from './head.ts'
import type { SourcePorts } from './options.ts'
import type { Ranges } from './ranges.ts'
import { CATCHING_UP, plain, type Report } from './report.ts'
import { answered, creationHeight, lowestKept } from './start-height.ts'
import { nextStretch, type Piece } from './stretch.ts'

export interface BackfillingOptions {
  endpoints: Endpoints
  head: Head
  /** Its own: what is known of nodes' answers to the head's heights says nothing about these. */
  ranges: Ranges
  report: Report
  emit: SourcePorts['emit']
  /** ms */
  requestDeadline: number
  /** Between two looks at a fault, ms. */
  faultRetry: number
  signal: AbortSignal
}

export class Backfilling {
  readonly #options: BackfillingOptions
  #dialect: Dialect | undefined

  constructor(options: BackfillingOptions) {
    this.#options = options
  }

  /** Hands on all that is missing, in order of height, and what is not to be had as gaps. */
  async run(missing: readonly MissingHistory[]): Promise<void> {
    if (!missing.length) return
    await this.#calm()
    const pieces: Piece[] = []
    for (const history of missing) pieces.push(...(await this.#piecesOf(history)))
    let next = await this.#leap(pieces, 0, await this.#lowestKept())
    for (;;) {
      const stretch = nextStretch(pieces, next, this.#limit())
      if (!stretch) break
      this.#tell(pieces, stretch.from, null)
      try {
        await this.#calm()
        next = await this.#handOn(stretch)
      } catch (error) {
        if (!(error instanceof SourceError)) throw error
        this.#options.signal.throwIfAborted()
        next = await this.#afterFault(error, pieces, stretch.from)
      }
    }
    this.#options.report.backfill = undefined
  }

  /** Waits until the source is at the head and well: what is new goes first. */
  async #calm(): Promise<void> {
    const { endpoints, head, report, signal } = this.#options
    const isCalm = (): boolean =>
      !report.fault && endpoints.head !== null && endpoints.head - (report.fetchedHeight ?? 0) <= CATCHING_UP
    while (!isCalm()) await head.changed.wait(500, signal)
    signal.throwIfAborted()
  }

  /** What is to be fetched of a contract; of one without any history it is told at once. */
  async #piecesOf({ contract, address, origin: known, heights, logStart }: MissingHistory): Promise<Piece[]> {
    const { signal } = this.#options
    const created = (): Promise<number | undefined> =>
      answered(this.#options, (rpc) => creationHeight([{ name: contract, address }], rpc, signal))
    const origin = known ?? (await created()) ?? logStart
    const pieces = heights
      .filter(({ to }) => to >= origin)
      .map(({ from, to }) => ({ contract, address, from: Math.max(from, origin), to }))
    if (!pieces.length) await this.#say([address])
    return pieces
  }

  /** The lowest height that a node still has: not all of them say so in their status. */
  async #lowestKept(): Promise<number> {
    const { endpoints, signal } = this.#options
    const kept = endpoints.right.map(async ({ rpc, earliest }) => {
      try {
        return Math.max(earliest ?? 1, await lowestKept(rpc, signal))
      } catch (error) {
        if (!(error instanceof RpcError)) throw error
        return earliest ?? 1
      }
    })
    return Math.min(...(await Promise.all(kept)))
  }

  /** Leaves out what is missing from `next` up to before `kept`; answers where to go on. */
  async #leap(pieces: readonly Piece[], next: number, kept: number): Promise<number> {
    for (const { address, from, to } of pieces.filter((piece) => piece.to >= next && piece.from < kept)) {
      const gap = { from: Math.max(from, next), to: Math.min(to, kept - 1), reason: 'every node has pruned it' }
      await this.#say([address], gap)
    }
    return Math.max(next, kept)
  }

  async #say(contracts: string[], gap?: { from: number; to: number; reason: string }): Promise<void> {
    const chainId = this.#options.endpoints.chainId ?? ''
    const nothing = { chainId, dialect: undefined, blocks: [], bytes: new Uint8Array() }
    await this.#options.emit({ ...nothing, backfill: { contracts }, ...(gap ? { gap } : {}) })
  }

  /** Fetches a stretch, or a first part of it; answers where to go on. */
  async #handOn({ from, to, addresses }: NonNullable<ReturnType<typeof nextStretch>>): Promise<number> {
    const { ranges, requestDeadline, emit, signal } = this.#options
    const wanted = { from, to, addresses, dialect: this.#dialect, deadlineMs: requestDeadline }
    const { range, endpoint } = await ranges.fetch(wanted, true, signal)
    this.#dialect ??= range.dialect
    await emit({ ...range, dialect: range.dialect ?? this.#dialect, backfill: { contracts: addresses } })
    await this.#rest(endpoint, range.blocks.length)
    return (range.blocks.at(-1)?.height ?? to) + 1
  }

  async #afterFault(error: SourceError, pieces: readonly Piece[], next: number): Promise<number> {
    const { endpoints, faultRetry, signal } = this.#options
    if (error.code === 'E_PRUNED' && endpoints.earliest !== null)
      return await this.#leap(pieces, next, endpoints.earliest)
    this.#tell(pieces, next, error)
    await sleep(faultRetry, signal)
    return next
  }

  #tell(pieces: readonly Piece[], height: number, fault: SourceError | null): void {
    this.#options.report.backfill = {
      contracts: [...new Set(pieces.map(({ contract }) => contract))],
      ...{ height, to: Math.max(...pieces.map(({ to }) => to)), fault: fault && plain(fault) },
    }
  }

  /** Heights to ask for at once: where calls are counted, few enough that the head finds some left. */
  #limit(): number {
    const budgets = this.#options.endpoints.right.map(
      ({ options }) => options.requestsPerSecond ?? Number.POSITIVE_INFINITY,
    )
    return Math.max(1, Math.min(RANGE_LIMIT, Math.floor(Math.min(...budgets) / 2) - OVERHEAD))
  }

  async #rest({ options: { requestsPerSecond } }: Endpoint, heights: number): Promise<void> {
    if (requestsPerSecond) await sleep((2_000 * (heights + OVERHEAD)) / requestsPerSecond, this.#options.signal)
  }
}

/** Calls for a range beside one for each height, at least. */
const OVERHEAD = 2
