/** Follows the head: notices wake us, polling makes sure. */
import { Bell, sleep } from './bell.ts'
import type { Endpoint } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import { Notices, type NoticeTiming } from './notices.ts'

export interface HeadTiming extends NoticeTiming {
  /** Between two `status` of the preferred endpoint while no notices come, ms; ten times that otherwise, and for the others. */
  pollInterval: number
}

/** A notice is believed at once for the next few heights; a greater jump is looked up in `status` first. */
const BELIEVED_STEP = 4
const SLOW = 10

export class Head {
  /** Rings whenever anything was learned of an endpoint. */
  readonly changed: Bell = new Bell()
  readonly #endpoints: Endpoints
  readonly #timing: HeadTiming
  readonly #notices: Notices
  readonly #signal: AbortSignal
  readonly #looked: () => void

  /** `looked` is called after every look at the endpoints and everything learned. */
  constructor(endpoints: Endpoints, timing: HeadTiming, signal: AbortSignal, looked: () => void) {
    this.#endpoints = endpoints
    this.#timing = timing
    this.#signal = signal
    this.#looked = looked
    this.#notices = new Notices(
      () => endpoints.preferred,
      (endpoint, height) => this.#heard(endpoint, height),
      timing,
    )
  }

  /** Polls and listens until aborted. */
  async run(): Promise<void> {
    const listening = this.#notices.run(this.#signal)
    while (!this.#signal.aborted) {
      for (const endpoint of this.#endpoints.all) if (this.#isDue(endpoint)) void this.probe(endpoint)
      this.#looked()
      await sleep(this.#timing.pollInterval, this.#signal).catch(() => {})
    }
    await listening
  }

  /** Asks one endpoint for its status now. */
  async probe(endpoint: Endpoint): Promise<void> {
    await this.#endpoints.probe(endpoint, this.#signal)
    this.changed.ring()
  }

  /** Asks all that were not asked within a poll interval. */
  async refresh(): Promise<void> {
    const stale = performance.now() - this.#timing.pollInterval
    const due = this.#endpoints.all.filter(({ probedAt, resting }) => !resting && probedAt < stale)
    await Promise.all(due.map((endpoint) => this.probe(endpoint)))
  }

  #isDue(endpoint: Endpoint): boolean {
    if (endpoint.resting) return false
    const { pollInterval } = this.#timing
    const age = performance.now() - endpoint.probedAt
    if (age < endpoint.leastProbeInterval) return false
    const awaited =
      !endpoint.tried ||
      endpoint.lastError !== undefined ||
      (endpoint === this.#endpoints.preferred && !this.#notices.live)
    return awaited || age >= SLOW * pollInterval
  }

  #heard(endpoint: Endpoint, height: number | undefined): void {
    const known = endpoint.latest
    if (height === undefined || known === null || height > known + BELIEVED_STEP) return void this.probe(endpoint)
    if (height <= known) return
    endpoint.latest = height
    this.changed.ring()
  }
}
