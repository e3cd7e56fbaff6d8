/** Which of its states a system is in, and which may follow: initialize, then start and stop as often as you like, then shutdown. */
import { CodedError } from '../runtime/index.ts'

export type Stage = 'new' | 'initializing' | 'stopped' | 'starting' | 'running' | 'stopping' | 'ended'

export interface Steps {
  initialize(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
  /** Whatever was initialized ends. */
  end(): Promise<void>
}

const UNDER_WAY = new Set<Stage>(['initializing', 'starting', 'stopping'])

export class Lifecycle {
  readonly #steps: Steps
  #stage: Stage = 'new'
  #transition: Promise<unknown> = Promise.resolve()
  #ending: Promise<void> | undefined

  constructor(steps: Steps) {
    this.#steps = steps
  }

  get stage(): Stage {
    return this.#stage
  }

  /** False when it was initialized before. Who calls meanwhile waits for the same. @throws what the step throws; it is new again then */
  async initialize(): Promise<boolean> {
    if (this.#stage === 'initializing') return await this.#same()
    if (this.#stage === 'ended') throw this.#wrong('initialize')
    if (this.#stage !== 'new') return false
    return await this.#go('initializing', 'stopped', 'new', this.#steps.initialize)
  }

  /** False when it runs. @throws CodedError `E_WRONG_STATE` during a stop or after the end; what the step throws */
  async start(): Promise<boolean> {
    if (this.#stage === 'new' || this.#stage === 'initializing') await this.initialize()
    if (this.#stage === 'running') return false
    if (this.#stage === 'starting') return await this.#same()
    if (this.#stage !== 'stopped' || this.#ending) throw this.#wrong('start')
    return await this.#go('starting', 'running', 'stopped', this.#steps.start)
  }

  /** False when it does not run. @throws CodedError `E_WRONG_STATE` during a start */
  async stop(): Promise<boolean> {
    if (this.#stage === 'stopping') return await this.#same()
    if (this.#stage === 'starting') throw this.#wrong('stop')
    if (this.#stage !== 'running') return false
    return await this.#go('stopping', 'stopped', 'stopped', this.#steps.stop)
  }

  /** Ends it for good, from whatever stage; what is under way is waited for, and nothing is begun any more. */
  shutdown(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    while (UNDER_WAY.has(this.#stage)) await this.#transition.catch(() => undefined)
    if (this.#stage === 'running') await this.stop()
    if (this.#stage === 'new') this.#stage = 'ended'
    else await this.#go('stopping', 'ended', 'ended', this.#steps.end)
  }

  async #go(during: Stage, then: Stage, failed: Stage, step: () => Promise<void>): Promise<true> {
    this.#stage = during
    const transition = step()
    this.#transition = transition
    try {
      await transition
      this.#stage = then
      return true
    } catch (error) {
      this.#stage = failed
      throw error
    }
  }

  /** What is under way already. */
  async #same(): Promise<false> {
    await this.#transition
    return false
  }

  #wrong(verb: string): CodedError {
    return new CodedError(
      'E_WRONG_STATE',
      `cannot ${verb} while it is ${this.#ending ? 'ending' : this.#stage}; try again when that is over`,
    )
  }
}
