/** What a supervisor is told about its children. */
import type { ResourceLimits } from 'node:worker_threads'
import type { Verdict } from './verdict.ts'

/** One actor: one thread. */
export interface ActorSpec {
  /** The module that calls `defineActor`. */
  entry: URL
  /**
   * Asked anew at every birth, structured-cloned into the actor: this is how it starts from the checkpoint. It is told
   * how earlier generations of this actor ended unasked, the latest first, at most {@link MEMORY}. Default: nothing.
   */
  boot?: (deaths: readonly Verdict[]) => unknown
  /** A thread whose event loop stood still this long is examined, ms. Default 2000. */
  stallAfter?: number
  /**
   * An actor that has work (items on its wires, a question past its deadline, or what it says by `busy`), waits for nobody's
   * credit and shows no progress for this long is stalled: it is stopped, then ended, then replaced, ms. Default 30000.
   */
  stuckAfter?: number
  /** How long a stop may take before the thread is ended, ms. Default 5000. */
  shutdown?: number
  /** How long a birth may take until ready, ms. Default 20000. */
  startWithin?: number
  /** V8 limits of the thread. Best effort. Default: a young generation of 12 MB, the rest V8's own. */
  resourceLimits?: ResourceLimits
  /** Options of Node for the thread and for threads that it starts. Default: the process's. */
  execArgv?: string[]
  /** Environment of the thread. Default: none of the process's. */
  env?: Record<string, string>
}

/** A supervisor and its children, in the order of their start; they stop in reverse order. */
export interface SupervisorSpec {
  /** `one_for_one`: who dies is restarted alone. `rest_for_one`: it and those started after it. */
  strategy: 'one_for_one' | 'rest_for_one'
  /** More than this many deaths within `period` ms, and the supervisor itself has failed. */
  intensity: number
  period: number
  /** Pause before a restart, ms: none at the first death in the period, then from `min` doubled with each up to `max`, with jitter. Default 50 … 5000. */
  backoff?: { min: number; max: number }
  /** A failed nested supervisor is started again after this, ms. Default: never, it fails its parent. */
  retryAfter?: number
  children: Readonly<Record<string, ActorSpec | SupervisorSpec>>
}

export const DEFAULTS = {
  stallAfter: 2_000,
  stuckAfter: 30_000,
  shutdown: 5_000,
  startWithin: 20_000,
  backoff: { min: 50, max: 5_000 },
  /** V8 takes up to 192 MB where there is much memory: a decoder that kept 35 was seen to occupy 83, the rest garbage. */
  resourceLimits: { maxYoungGenerationSizeMb: 12 },
} as const

/** How many deaths are remembered of an actor. */
export const MEMORY = 10
