/** Says how the source is doing: one state out of many facts, told when it changed, at most every 100 ms. */
import type { Endpoints } from './endpoints.ts'
import { SourceError } from './errors.ts'
import type { BackfillStatus, SourceFault, SourceStatus } from './types.ts'

/** More heights behind the head than this is catching up. */
export const CATCHING_UP = 64

export class Report {
  fetchedHeight: number | null
  #backfill: BackfillStatus | undefined
  #fault: SourceError | null = null
  #wellAt = performance.now()
  #told = ''
  #timer: NodeJS.Timeout | undefined
  readonly #endpoints: Endpoints
  readonly #tell: (status: SourceStatus) => void
  readonly #unreachableAfter: number

  constructor(
    endpoints: Endpoints,
    fetchedHeight: number | null,
    unreachableAfter: number,
    tell: (status: SourceStatus) => void,
  ) {
    this.#endpoints = endpoints
    this.#tell = tell
    this.#unreachableAfter = unreachableAfter
    this.fetchedHeight = fetchedHeight
  }

  get fault(): SourceError | null {
    return this.#fault
  }

  /** Null: well again. */
  set fault(fault: SourceError | null) {
    this.#fault = fault
    this.touch()
  }

  /** Undefined: nothing is missing. */
  set backfill(status: BackfillStatus | undefined) {
    this.#backfill = status
    this.touch()
  }

  /** Something may have changed. */
  touch(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#now()
    }, 100)
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #now(): void {
    const status = this.#status()
    // counters alone are no news: they go along with the next change
    const news = JSON.stringify({
      ...status,
      endpoints: status.endpoints.map(({ requests, failures, ...rest }) => rest),
    })
    if (news === this.#told) return
    this.#told = news
    const requests = this.#endpoints.all.flatMap((endpoint) =>
      endpoint.takeTimings().map((timing) => ({ ...timing, endpoint: endpoint.alias })),
    )
    this.#tell({ ...status, requests })
  }

  #status(): SourceStatus {
    const { chainId, head: headHeight, all } = this.#endpoints
    const fault = this.#fault ?? this.#unreachable()
    return {
      state: this.#state(fault, headHeight),
      chainId,
      headHeight,
      fetchedHeight: this.fetchedHeight,
      fault: fault && plain(fault),
      ...(this.#backfill ? { backfill: this.#backfill } : {}),
      endpoints: all.map((endpoint) => endpoint.status()),
    }
  }

  #state(fault: SourceError | null, head: number | null): SourceStatus['state'] {
    if (fault) return fault.code === 'E_NO_ENDPOINT' ? 'unreachable' : 'halted'
    if (head === null || this.fetchedHeight === null) return 'connecting'
    return head - this.fetchedHeight > CATCHING_UP ? 'catching-up' : 'following'
  }

  #unreachable(): SourceError | null {
    const { all } = this.#endpoints
    if (all.some(({ up }) => up)) this.#wellAt = performance.now()
    if (performance.now() - this.#wellAt < this.#unreachableAfter) return null
    const why = all.map(
      ({ alias, setAside, lastError }) => `${alias}: ${setAside ?? lastError?.message ?? 'no answer yet'}`,
    )
    return new SourceError('E_NO_ENDPOINT', `no endpoint can be used; it is tried again by itself. ${why.join('; ')}`)
  }
}

/** The fault as it crosses threads. */
export function plain({ code, message, height }: SourceError): SourceFault {
  return { code, message, ...(height === undefined ? {} : { height }) }
}
