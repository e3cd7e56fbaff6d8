/** One actor as its supervisor sees it: a stable address over a sequence of threads. */
import { MessageChannel, Worker } from 'node:worker_threads'
import { releaseProxy } from 'comlink'
import { type Cell, cell } from '../shared/cell.ts'
import type { Birth, Notice } from '../shared/messages.ts'
import { revive } from '../shared/plain-error.ts'
import { asking } from '../shared/questions.ts'
import type { WireEnd } from '../shared/wire.ts'
import type { Child, OnDeath } from './child.ts'
import { ActorDied, StartTimeout } from './errors.ts'
import { type ActorSpec, DEFAULTS, MEMORY } from './spec.ts'
import type { Verdict } from './verdict.ts'

export type ActorState = 'down' | 'starting' | 'up' | 'stopping'

type Proxy = Record<string, (...args: unknown[]) => Promise<unknown>> & { [releaseProxy](): void }

/** A living generation. */
export interface Life {
  generation: number
  worker: Worker
  cell: Cell
  /** `performance.now()` of its birth. */
  born: number
  proxy: Proxy
  /** Rejects when this generation ends, however it ends. */
  death: Promise<never>
  end(error: ActorDied): void
}

/** Makes the wire ends of a newborn, and gives its living peers theirs. */
export type Wiring = (name: string, generation: number) => WireEnd[]

export class Actor implements Child {
  readonly name: string
  readonly spec: ActorSpec
  readonly #wiring: Wiring
  readonly #onDeath: OnDeath
  readonly #changed = new Set<() => void>()
  #life: Life | undefined
  #state: ActorState = 'down'
  generation = 0
  asksInFlight: Map<number, number> = new Map()
  /** How generations ended unasked, the latest first. */
  verdicts: Verdict[] = []

  constructor(name: string, spec: ActorSpec, wiring: Wiring, onDeath: OnDeath) {
    this.name = name
    this.spec = spec
    this.#wiring = wiring
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

  async start(): Promise<void> {
    this.#become('starting')
    try {
      const boot = await this.spec.boot?.(this.verdicts)
      await this.#birth(boot)
    } catch (error) {
      this.#become('down')
      throw error
    }
  }

  async stop(): Promise<void> {
    const life = this.#life
    if (!life) return this.#become('down')
    this.#become('stopping')
    const deadline = this.spec.shutdown ?? DEFAULTS.shutdown
    const gone = life.death.catch(() => undefined)
    life.worker.postMessage({ kind: 'stop' })
    const timer = setTimeout(() => this.#end(life, 'did not stop in time'), deadline)
    await gone
    clearTimeout(timer)
    this.#become('down')
  }

  /** Ends the generation now, whatever it does; its replacement does not wait for the thread. */
  kill(life: Life, reason: string, at?: string): void {
    this.#end(life, reason, at)
  }

  async #birth(boot: unknown): Promise<void> {
    const generation = ++this.generation
    const questions = new MessageChannel()
    const shared = cell()
    const wires = this.#wiring(this.name, generation)
    const birth: Birth = { name: this.name, generation, boot, cell: shared.buffer, questions: questions.port2, wires }
    const worker = new Worker(this.spec.entry, {
      name: this.name,
      workerData: birth,
      transferList: [questions.port2, ...wires.map(({ port }) => port)],
      env: this.spec.env ?? {},
      ...(this.spec.resourceLimits ? { resourceLimits: this.spec.resourceLimits } : {}),
    })
    const { promise: death, reject } = Promise.withResolvers<never>()
    death.catch(() => undefined) // told to whoever asks; nobody has to
    const life: Life = {
      generation,
      worker,
      cell: shared,
      born: performance.now(),
      proxy: asking<object>(questions.port1) as unknown as Proxy,
      death,
      end: (error) => {
        questions.port1.close()
        reject(error)
      },
    }
    this.#life = life
    await this.#ready(life)
    if (this.#life === life) this.#become('up')
  }

  #ready(life: Life): Promise<void> {
    const within = this.spec.startWithin ?? DEFAULTS.startWithin
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new StartTimeout(this.name, within))
        this.#end(life, 'was not ready in time')
      }, within)
      life.death.catch((error: ActorDied) => {
        clearTimeout(timer)
        reject(error.cause ?? error)
      })
      let failure: Error | undefined
      life.worker.on('message', (notice: Notice) => {
        if (notice.kind === 'failed') failure = revive(notice.error)
        if (notice.kind !== 'ready') return
        clearTimeout(timer)
        resolve()
      })
      life.worker.on('error', (error) => {
        failure ??= error as Error
      })
      life.worker.on('exit', (code) =>
        this.#end(life, failure ? describe(failure) : `exited with code ${code}`, undefined, failure),
      )
    })
  }

  #end(life: Life, reason: string, at?: string, cause?: unknown): void {
    if (this.#life !== life) return
    const was = this.#state
    const error = new ActorDied(this.name, life.generation, reason, at, cause)
    this.#life = undefined
    if (was !== 'stopping' || reason !== 'exited with code 0') this.#remember(life, reason, at)
    life.end(error)
    void life.worker.terminate()
    if (was !== 'up') return
    this.#become('down')
    this.#onDeath(this, error)
  }

  #remember({ generation, cell }: Life, reason: string, at: string | undefined): void {
    const [value = 0, part = 0] = cell.progress
    const verdict: Verdict = { reason, at, generation, when: new Date().toISOString(), progress: [value, part] }
    this.verdicts = [verdict, ...this.verdicts].slice(0, MEMORY)
  }

  #become(state: ActorState): void {
    this.#state = state
    for (const listener of [...this.#changed]) listener()
  }
}

function describe(error: Error): string {
  const code = (error as { code?: unknown }).code
  return `${typeof code === 'string' ? `${code}: ` : ''}${error.message}`
}
