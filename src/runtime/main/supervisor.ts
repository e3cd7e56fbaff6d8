/** Keeps its children up: who dies is started again, by the strategy, until it dies too often. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CodedError } from '../shared/errors.ts'
import type { Child, OnDeath } from './child.ts'
import { ActorDied } from './errors.ts'
import { DEFAULTS, type SupervisorSpec } from './spec.ts'

export type SupervisorState = 'stopped' | 'starting' | 'running' | 'restarting' | 'failed'

export class Supervisor implements Child {
  readonly name: string
  readonly children: Child[]
  readonly #spec: SupervisorSpec
  readonly #onDeath: OnDeath
  readonly #onChange: (supervisor: Supervisor) => void
  #state: SupervisorState = 'stopped'
  #deaths: { at: number; child: string }[] = []
  #stopping = new AbortController()
  #recovery: Promise<void> | undefined
  lastFailure: Error | undefined

  constructor(
    name: string,
    spec: SupervisorSpec,
    makeChildren: (onDeath: OnDeath) => Child[],
    onDeath: OnDeath,
    onChange: (supervisor: Supervisor) => void,
  ) {
    this.name = name
    this.#spec = spec
    this.#onDeath = onDeath
    this.#onChange = onChange
    this.children = makeChildren((child, error) => this.#childDied(child, error))
  }

  get state(): SupervisorState {
    return this.#state
  }

  /** A failed supervisor that will try again looks after itself: its parent need not. */
  get alive(): boolean {
    return this.#state === 'running' || this.#state === 'restarting' || this.#retries
  }

  /** Deaths of children within the period. */
  get deaths(): number {
    this.#forget()
    return this.#deaths.length
  }

  /** Deaths of one child within the period. */
  deathsOf(name: string): number {
    this.#forget()
    return this.#deaths.filter(({ child }) => child === name).length
  }

  #forget(): void {
    const since = performance.now() - this.#spec.period
    this.#deaths = this.#deaths.filter(({ at }) => at >= since)
  }

  prepare(): void {
    for (const child of this.children) child.prepare()
  }

  async start(): Promise<void> {
    this.#stopping = new AbortController()
    this.#deaths = []
    this.#become('starting')
    try {
      await this.#startFrom(0)
    } catch (error) {
      await this.#stopFrom(0)
      this.#become('stopped')
      throw error
    }
    this.#settle()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#become('stopped')
    await this.#stopFrom(0)
    await this.#recovery
    await this.#stopFrom(0) // what a recovery had begun to start meanwhile
  }

  /** Everything was started: running, unless somebody died on the way. */
  #settle(): void {
    this.#become('running')
    if (this.children.some((child) => !child.alive)) this.#recoverSoon()
  }

  get #retries(): boolean {
    return this.#spec.retryAfter !== undefined && this.#state === 'failed'
  }

  #childDied(child: Child, error: Error): void {
    if (!(error instanceof ActorDied && error.kind === 'planned')) this.#count(child, error)
    if (this.#state === 'running') this.#recoverSoon()
  }

  #count(child: Child, error: Error): void {
    this.#deaths.push({ at: performance.now(), child: child.name })
    this.lastFailure = error
  }

  #recoverSoon(): void {
    this.#become('restarting')
    this.#recovery = this.#recover().finally(() => {
      this.#recovery = undefined
    })
  }

  async #recover(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const first = this.children.findIndex((child) => !child.alive)
      const child = this.children[first]
      if (!child) return this.#become('running')
      if (this.deaths > this.#spec.intensity) return await this.#fail()
      if (this.#spec.strategy === 'rest_for_one') await this.#stopFrom(first + 1)
      await this.#pause()
      if (this.#stopping.signal.aborted) return
      try {
        await this.#startFrom(first)
      } catch (error) {
        this.#count(this.children.find(({ alive }) => !alive) ?? child, error as Error)
      }
    }
  }

  async #fail(): Promise<void> {
    await this.#stopFrom(0)
    if (this.#stopping.signal.aborted) return
    this.#become('failed')
    const error = new CodedError(
      'E_INTENSITY',
      `"${this.name}" failed: ${this.deaths} deaths within ${this.#spec.period} ms`,
      {
        cause: this.lastFailure,
      },
    )
    if (this.#spec.retryAfter === undefined) return this.#onDeath(this, error)
    void this.#tryAgain(this.#spec.retryAfter)
  }

  async #tryAgain(after: number): Promise<void> {
    const { signal } = this.#stopping
    for (;;) {
      await sleep(after, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      this.#deaths = []
      try {
        await this.#startFrom(0)
        return signal.aborted ? undefined : this.#settle()
      } catch (error) {
        this.lastFailure = error as Error
        await this.#stopFrom(0)
      }
    }
  }

  async #startFrom(index: number): Promise<void> {
    const down = this.children.slice(index).filter(({ alive }) => !alive)
    for (const child of down) child.prepare()
    for (const child of down) if (!child.alive && !this.#stopping.signal.aborted) await child.start()
  }

  async #stopFrom(index: number): Promise<void> {
    for (const child of this.children.slice(index).reverse()) await child.stop()
  }

  /** None at the first death in the period; then doubled with each, with full jitter above the minimum. */
  async #pause(): Promise<void> {
    if (this.deaths <= 1) return
    const { min, max } = this.#spec.backoff ?? DEFAULTS.backoff
    const ceiling = Math.min(max, min * 2 ** (this.deaths - 2))
    const pause = min + Math.random() * (ceiling - min)
    await sleep(pause, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }

  #become(state: SupervisorState): void {
    if (this.#state === state) return
    this.#state = state
    this.#onChange(this)
  }
}
