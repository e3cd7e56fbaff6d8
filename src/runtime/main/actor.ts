/** One actor as its supervisor sees it: a stable address over a sequence of threads. */
import type { Worker } from 'node:worker_threads'
import type { Birth } from '../shared/messages.ts'
import type { WireEnd } from '../shared/wire.ts'
import type { Child, OnDeath } from './child.ts'
import { ActorDied, StartTimeout } from './errors.ts'
import { beginLife, CLEAN, howItEnded, type Life } from './life.ts'
import { type ActorSpec, DEFAULTS, MEMORY } from './spec.ts'
import type { Ending, Verdict } from './verdict.ts'

export type ActorState = 'down' | 'starting' | 'up' | 'stopping'

/** A question that was not answered yet. */
export interface Pending {
  question: string
  /** `performance.now()` when it was put. */
  since: number
  /** ms */
  deadline: number
}

/** What an actor needs of the system around it. */
export interface Surroundings {
  /** Makes the wire ends of a newborn, and gives its living peers theirs. */
  wire(name: string, generation: number): WireEnd[]
  /** The heartbeat of the supervising thread. */
  heartbeat: SharedArrayBuffer
  /** Ends a thread, without waiting for it. */
  end(worker: Worker): void
}

export class Actor implements Child {
  readonly name: string
  readonly spec: ActorSpec
  readonly #around: Surroundings
  readonly #onDeath: OnDeath
  readonly #changed = new Set<() => void>()
  #life: Life | undefined
  /** The next generation, its thread begun, before it is born. */
  #next: Life | undefined
  #state: ActorState = 'down'
  generation = 0
  /** Unanswered questions, those past their deadline included. */
  asks: Map<number, Pending> = new Map()
  /** How generations ended unasked, the latest first. */
  verdicts: Verdict[] = []

  constructor(name: string, spec: ActorSpec, around: Surroundings, onDeath: OnDeath) {
    this.name = name
    this.spec = spec
    this.#around = around
    this.#onDeath = onDeath
  }

  get state(): ActorState {
    return this.#state
  }

  get alive(): boolean {
    return this.#state === 'up'
  }

  get life(): Life | undefined {
    return this.#life
  }

  /** Calls `listener` at every change of state until the answer is called. */
  watch(listener: () => void): () => void {
    this.#changed.add(listener)
    return () => this.#changed.delete(listener)
  }

  prepare(): void {
    this.#next ??= this.#begin()
  }

  async start(): Promise<void> {
    this.#become('starting')
    this.prepare()
    try {
      const boot = await this.spec.boot?.(this.verdicts)
      await this.#birth(boot)
    } catch (error) {
      this.#become('down')
      throw error
    }
  }

  async stop(): Promise<void> {
    this.#discard()
    const life = this.#life
    if (!life) return this.#become('down')
    delete life.retired
    await this.#ending(life)
    this.#become('down')
  }

  /** Ends the generation as a stop does, with time to finish; its supervisor starts the next one. */
  async retire(life: Life, ending: Ending): Promise<void> {
    if (this.#life !== life || this.#state !== 'up') return
    life.retired = ending
    await this.#ending(life)
  }

  /** Ends the generation now, whatever it does; its replacement does not wait for the thread. */
  kill(life: Life, ending: Ending): void {
    this.#end(life, ending)
  }

  async #ending(life: Life): Promise<void> {
    this.#become('stopping')
    const gone = new Promise<void>((resolve) => life.mourners.add(() => resolve()))
    life.worker.postMessage({ kind: 'stop' })
    const late: Ending = { kind: 'stopped', reason: 'did not stop in time' }
    const timer = setTimeout(() => this.#end(life, late), this.spec.shutdown ?? DEFAULTS.shutdown)
    await gone
    clearTimeout(timer)
  }

  #begin(): Life {
    return beginLife(this, this.#around.heartbeat, (life) => this.#end(life, howItEnded(life), life.failure))
  }

  async #birth(boot: unknown): Promise<void> {
    const life = this.#next ?? this.#begin() // a stop in between has discarded what was prepared
    this.#next = undefined
    this.#life = life
    this.generation = life.generation
    life.born = performance.now()
    if (life.exit === undefined) {
      const wires = this.#around.wire(this.name, life.generation)
      const birth: Birth = { kind: 'born', boot, wires }
      life.worker.postMessage(
        birth,
        wires.map(({ port }) => port),
      )
    }
    await this.#ready(life)
    if (this.#life === life) this.#become('up')
  }

  async #ready(life: Life): Promise<void> {
    const within = this.spec.startWithin ?? DEFAULTS.startWithin
    const timer = setTimeout(() => {
      life.ready.reject(new StartTimeout(this.name, within))
      this.#end(life, { kind: 'failed', reason: 'was not ready in time' })
    }, within)
    life.mourners.add((error) => life.ready.reject(error.cause ?? error))
    if (life.exit !== undefined) this.#end(life, howItEnded(life), life.failure)
    try {
      await life.ready.promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends a thread that was begun and is not to be born. */
  #discard(): void {
    const life = this.#next
    if (!life) return
    this.#next = undefined
    for (const mourner of life.mourners) mourner(new ActorDied(this.name, life.generation, NEVER_BORN))
    this.#around.end(life.worker)
  }

  #end(life: Life, how: Ending, cause?: unknown): void {
    if (this.#life !== life) return
    const [was, { retired, generation }] = [this.#state, life]
    const ending = retired ?? how
    const error = new ActorDied(this.name, generation, ending, cause)
    this.#life = undefined
    if (retired || was !== 'stopping' || how.reason !== CLEAN) this.#remember(life, ending)
    for (const mourner of life.mourners) mourner(error)
    this.asks.clear()
    this.#around.end(life.worker)
    if (was !== 'up' && !retired) return
    this.#become('down')
    this.#onDeath(this, error)
  }

  #remember({ generation, cell }: Life, ending: Ending): void {
    const [value = 0, part = 0] = cell.progress
    const verdict: Verdict = {
      at: undefined,
      ...ending,
      generation,
      when: new Date().toISOString(),
      progress: [value, part],
    }
    this.verdicts = [verdict, ...this.verdicts].slice(0, MEMORY)
  }

  #become(state: ActorState): void {
    this.#state = state
    for (const listener of [...this.#changed]) listener()
  }
}

const NEVER_BORN: Ending = { kind: 'stopped', reason: 'was not born' }
