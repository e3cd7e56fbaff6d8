/** A running tree of actors. */
import { EventEmitter } from 'node:events'
import inspector from 'node:inspector'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Heartbeat, heartbeat, TICK_INTERVAL } from '../shared/cell.ts'
import { CodedError } from '../shared/errors.ts'
import type { Inlet, Outlet, Wires } from '../shared/wire.ts'
import { Actor, type Surroundings } from './actor.ts'
import type { Child, OnDeath } from './child.ts'
import { ActorDown } from './errors.ts'
import { type Hot, hotLines } from './probe.ts'
import { type ActorRef, type AskTiming, actorRef, up } from './ref.ts'
import type { ActorSpec, SupervisorSpec } from './spec.ts'
import { Supervisor } from './supervisor.ts'
import {
  type ActorBrief,
  type ActorReport,
  briefActor,
  reportActor,
  reportSupervisor,
  type SupervisorReport,
} from './tree.ts'
import { type Pulse, watchPulses } from './watch.ts'
import { Switchboard, type WireState } from './wiring.ts'
import { Zombies } from './zombies.ts'

export interface SystemOptions {
  /** Every wire between the actors, by name. Default: none. */
  wires?: Wires
  /**
   * More threads than this given up on in native code, and `exhausted` is emitted: each holds its memory, and nothing but
   * the end of the process frees them. Default 3.
   */
  maxZombies?: number
  /** Told how each question ended for who asked it. Default: nobody. */
  onAsk?: (ask: AskTiming) => void
}

/** What a system says about itself: listeners get one object. */
export interface SystemEvents {
  /** An actor was born and is ready. */
  up: [{ actor: string; generation: number }]
  /** An actor ended without being told to. */
  down: [{ actor: string; generation: number; reason: string; at: string | undefined }]
  /** A supervisor changed its state. */
  supervisor: [{ supervisor: string; state: string; error: Error | undefined }]
  /** A thread was ended and is still there, in native code. */
  zombie: [{ zombies: number }]
  /** There are more of them than `maxZombies`: end the process, by SIGKILL, since an exit would wait for them. */
  exhausted: [{ zombies: number }]
}

/** The state of the whole, as plain data. */
export interface Tree {
  actors: Record<string, ActorReport>
  supervisors: Record<string, SupervisorReport>
  /** Threads that were ended and are still there, in native code. */
  zombies: number
  /** Tells that reached nobody. */
  deadLetters: number
}

export class System extends EventEmitter<SystemEvents> {
  readonly #actors = new Map<string, Actor>()
  readonly #supervisors = new Map<string, Supervisor>()
  readonly #root: Supervisor
  readonly #switchboard: Switchboard
  readonly #heartbeat = heartbeat()
  readonly #zombies: Zombies
  #watching = new AbortController()
  #pulse: (actor: Actor) => Pulse | undefined = () => undefined
  readonly #onAsk: (ask: AskTiming) => void
  #deadLetters = 0

  constructor(root: SupervisorSpec, { wires = {}, maxZombies = 3, onAsk = () => undefined }: SystemOptions) {
    super()
    this.#onAsk = onAsk
    this.#zombies = new Zombies((zombies) => {
      this.emit('zombie', { zombies })
      if (zombies > maxZombies) this.emit('exhausted', { zombies })
    })
    this.#root = this.#supervisor('root', root, () => undefined)
    this.#switchboard = new Switchboard(wires, this.#actors)
  }

  /** Starts the children in order, each ready before the next. Rejects with why, and nothing runs, when one can't be. */
  async start(): Promise<void> {
    this.#watching = new AbortController()
    const { signal } = this.#watching
    const wires = (name: string): WireState[] => this.#switchboard.states(name)
    this.#pulse = watchPulses({ actors: this.#actors, wires }, signal)
    keepBeating(this.#heartbeat, signal)
    try {
      await this.#root.start()
    } catch (error) {
      this.#watching.abort()
      throw error
    }
  }

  /** Stops the children in reverse order, each within its deadline. Leaves nothing that keeps the process alive. */
  async stop(): Promise<void> {
    await this.#root.stop()
    this.#watching.abort()
    this.#switchboard.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** The stable address of an actor. Throws `E_NO_ACTOR` when no supervisor has such a child. */
  actor<Q>(name: string): ActorRef<Q> {
    return actorRef<Q>(this.#find(name), {
      deadLetter: () => {
        this.#deadLetters += 1
      },
      ended: this.#onAsk,
    })
  }

  /**
   * Replaces an actor, and under `rest_for_one` those after it, as a stop and a start: what is in work is finished.
   * Not counted as a death. Resolves when the next generation is up. @throws CodedError `E_NO_ACTOR`; ActorDown when it is not up
   */
  async restart(name: string): Promise<void> {
    const actor = this.#find(name)
    const { life } = actor
    if (!life || actor.state !== 'up') throw new ActorDown(name, actor.state)
    await actor.retire(life, { kind: 'planned', reason: 'restarted by an operator' })
    await up(actor)
  }

  /** Where a living actor spends its time, over `milliseconds`; it goes on meanwhile. @throws CodedError `E_NO_ACTOR`; ActorDown */
  async profile(name: string, milliseconds: number): Promise<Hot[]> {
    const actor = this.#find(name)
    if (!actor.life) throw new ActorDown(name, actor.state)
    return await hotLines(actor.life.worker, () => sleep(milliseconds))
  }

  /** The receiving end of a wire to `main`. */
  inlet<T>(wire: string): Inlet<T> {
    return this.#switchboard.inlet<T>(wire)
  }

  /** The sending end of a wire from `main`. */
  outlet<T>(wire: string): Outlet<T> {
    return this.#switchboard.outlet<T>(wire)
  }

  tree(): Tree {
    return {
      actors: Object.fromEntries([...this.#actors].map(([name, actor]) => [name, this.#report(actor)])),
      supervisors: Object.fromEntries([...this.#supervisors].map(([name, each]) => [name, reportSupervisor(each)])),
      zombies: this.#zombies.count,
      deadLetters: this.#deadLetters,
    }
  }

  /** The actors in short: a fraction of what {@link tree} costs. */
  brief(): Record<string, ActorBrief> {
    return Object.fromEntries([...this.#actors].map(([name, actor]) => [name, briefActor(actor, this.#pulse(actor))]))
  }

  /** The state of a supervisor; undefined when there is none of this name. */
  supervisorState(name: string): SupervisorReport['state'] | undefined {
    return this.#supervisors.get(name)?.state
  }

  #find(name: string): Actor {
    const actor = this.#actors.get(name)
    if (actor) return actor
    throw new CodedError('E_NO_ACTOR', `no actor "${name}"; there are: ${[...this.#actors.keys()].join(', ')}`)
  }

  #report(actor: Actor): ActorReport {
    const [pulse, wires] = [this.#pulse(actor), this.#switchboard.states(actor.name)]
    const deaths = [...this.#supervisors.values()].map((supervisor) => supervisor.deathsOf(actor.name))
    return reportActor(actor, { pulse, wires, recentDeaths: Math.max(...deaths) })
  }

  #supervisor(name: string, spec: SupervisorSpec, onDeath: OnDeath): Supervisor {
    const children = (childDied: OnDeath): Child[] =>
      Object.entries(spec.children).map(([child, each]) =>
        'children' in each ? this.#supervisor(child, each, childDied) : this.#actor(child, each, childDied),
      )
    const supervisor = new Supervisor(name, spec, children, onDeath, ({ state, lastFailure }) =>
      this.emit('supervisor', { supervisor: name, state, error: lastFailure }),
    )
    this.#supervisors.set(name, supervisor)
    return supervisor
  }

  #actor(name: string, spec: ActorSpec, onDeath: OnDeath): Actor {
    if (this.#actors.has(name)) throw new CodedError('E_TWICE', `two actors are called "${name}"`)
    const around: Surroundings = {
      wire: (actor, generation) => this.#switchboard.ends(actor, generation),
      heartbeat: this.#heartbeat.buffer,
      end: (worker) => this.#zombies.end(worker),
    }
    const actor = new Actor(name, spec, around, (child, error) => {
      const { generation, verdicts } = actor
      const [verdict] = verdicts
      this.emit('down', { actor: name, generation, reason: verdict?.reason ?? error.message, at: verdict?.at })
      onDeath(child, error)
    })
    actor.watch(() => {
      if (actor.state === 'up') this.emit('up', { actor: name, generation: actor.generation })
    })
    this.#actors.set(name, actor)
    return actor
  }
}

/** Shows actors that this thread lives; with a debugger attached nobody shall take a breakpoint for an illness. */
function keepBeating({ tick, debugged }: Heartbeat, signal: AbortSignal): void {
  const timer = setInterval(() => {
    Atomics.add(tick, 0, 1)
    Atomics.store(debugged, 0, inspector.url() === undefined ? 0 : 1)
  }, TICK_INTERVAL)
  timer.unref()
  signal.addEventListener('abort', () => clearInterval(timer))
}

/** A system of actors under `root`, not started yet. */
export function supervise(root: SupervisorSpec, options: SystemOptions = {}): System {
  return new System(root, options)
}
