/** A running tree of actors. */
import { EventEmitter } from 'node:events'
import { CodedError } from '../shared/errors.ts'
import type { Inlet, Outlet, Wires } from '../shared/wire.ts'
import { Actor } from './actor.ts'
import type { Child, OnDeath } from './child.ts'
import { type ActorRef, actorRef } from './ref.ts'
import type { ActorSpec, SupervisorSpec } from './spec.ts'
import { Supervisor } from './supervisor.ts'
import { type ActorReport, reportActor, reportSupervisor, type SupervisorReport } from './tree.ts'
import { watchPulses } from './watch.ts'
import { Switchboard } from './wiring.ts'

export interface SystemOptions {
  /** Every wire between the actors, by name. Default: none. */
  wires?: Wires
}

/** What a system says about itself: listeners get one object. */
export interface SystemEvents {
  /** An actor was born and is ready. */
  up: [{ actor: string; generation: number }]
  /** An actor ended without being told to. */
  down: [{ actor: string; generation: number; reason: string; at: string | undefined }]
  /** A supervisor changed its state. */
  supervisor: [{ supervisor: string; state: string; error: Error | undefined }]
}

/** The state of the whole, as plain data. */
export interface Tree {
  actors: Record<string, ActorReport>
  supervisors: Record<string, SupervisorReport>
  /** Threads given up on while they were in native code. */
  zombies: number
  /** Tells that reached nobody. */
  deadLetters: number
}

export class System extends EventEmitter<SystemEvents> {
  readonly #actors = new Map<string, Actor>()
  readonly #supervisors = new Map<string, Supervisor>()
  readonly #root: Supervisor
  readonly #switchboard: Switchboard
  #watching = new AbortController()
  #zombies = 0
  #deadLetters = 0

  constructor(root: SupervisorSpec, { wires = {} }: SystemOptions) {
    super()
    this.#root = this.#supervisor('root', root, () => undefined)
    this.#switchboard = new Switchboard(wires, this.#actors)
  }

  /** Starts the children in order, each ready before the next. Rejects with why, and nothing runs, when one can't be. */
  async start(): Promise<void> {
    this.#watching = new AbortController()
    watchPulses(this.#actors, this.#watching.signal, () => {
      this.#zombies += 1
    })
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
    const actor = this.#actors.get(name)
    if (!actor)
      throw new CodedError('E_NO_ACTOR', `no actor "${name}"; there are: ${[...this.#actors.keys()].join(', ')}`)
    return actorRef<Q>(actor, () => {
      this.#deadLetters += 1
    })
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
      actors: Object.fromEntries([...this.#actors].map(([name, actor]) => [name, reportActor(actor)])),
      supervisors: Object.fromEntries([...this.#supervisors].map(([name, each]) => [name, reportSupervisor(each)])),
      zombies: this.#zombies,
      deadLetters: this.#deadLetters,
    }
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
    const wiring = (actor: string, generation: number) => this.#switchboard.ends(actor, generation)
    const actor = new Actor(name, spec, wiring, (child, error) => {
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

/** A system of actors under `root`, not started yet. */
export function supervise(root: SupervisorSpec, options: SystemOptions = {}): System {
  return new System(root, options)
}
