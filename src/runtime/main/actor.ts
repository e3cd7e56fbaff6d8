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
import type { Ending, Verdict } from './verdict.ts'

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
  /** Called once when this generation ends, however it ends. A set, not a promise: what raced with a promise would stay with it. */
  mourners: Set<(error: ActorDied) => void>
  /** Why it was told to end before its time, when it was. */
  retired?: Ending
}

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

  async #birth(boot: unknown): Promise<void> {
    const generation = ++this.generation
    const questions = new MessageChannel()
    const shared = cell()
    const wires = this.#around.wire(this.name, generation)
    const birth: Birth = {
      ...{ name: this.name, generation, boot, wires },
      ...{ cell: shared.buffer, supervisor: this.#around.heartbeat, questions: questions.port2 },
    }
    const { resourceLimits, execArgv, env = {} } = this.spec
    const worker = new Worker(this.spec.entry, {
      name: this.name,
      workerData: birth,
      transferList: [questions.port2, ...wires.map(({ port }) => port)],
      env,
      ...(resourceLimits ? { resourceLimits } : {}),
      ...(execArgv ? { execArgv } : {}),
    })
    const proxy = asking<object>(questions.port1) as unknown as Proxy
    const release = (): void => {
      proxy[releaseProxy]() // or comlink keeps the port, what waits on it, and through that all of this, for ever
      questions.port1.close()
    }
    const life: Life = {
      ...{ generation, worker, proxy, cell: shared, born: performance.now() },
      mourners: new Set([release]),
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
        this.#end(life, { kind: 'failed', reason: 'was not ready in time' })
      }, within)
      life.mourners.add((error) => {
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
      life.worker.on('exit', (code) => this.#end(life, failure ? failed(failure) : exited(code), failure))
    })
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

/** How a thread ends that was told to. */
const CLEAN = 'exited with code 0'

function exited(code: number): Ending {
  return { kind: 'failed', reason: `exited with code ${code}` }
}

function failed(error: Error): Ending {
  const { code } = error as { code?: unknown }
  const reason = `${typeof code === 'string' ? `${code}: ` : ''}${error.message}`
  return { kind: code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'failed', reason }
}
