/** Joins the ends of wires: at each birth every wire of the newborn gets a fresh port pair, and its living peer the other end. */
import { MessageChannel } from 'node:worker_threads'
import { CodedError } from '../shared/errors.ts'
import {
  type Gauge,
  gaugeMemory,
  Inlet,
  Outlet,
  readGauge,
  type WireEnd,
  type WireSpec,
  type Wires,
} from '../shared/wire.ts'
import type { Actor } from './actor.ts'

/** The name of the supervising thread as an end of a wire. */
export const MAIN = 'main'

/** Where a wire of an actor stands. */
export interface WireState extends Gauge {
  wire: string
  side: 'in' | 'out'
  credit: number
}

export class Switchboard {
  readonly #wires: Wires
  readonly #actors: ReadonlyMap<string, Actor>
  readonly #inlets = new Map<string, Inlet<unknown>>()
  readonly #outlets = new Map<string, Outlet<unknown>>()
  readonly #gauges = new Map<string, SharedArrayBuffer>()
  /** How long senders waited for credit over ports that are gone, ms. */
  readonly #stalledBefore = new Map<string, number>()
  /** The wires of each actor: asked for with every look at them. */
  readonly #byActor: ReadonlyMap<string, Pick<WireState, 'wire' | 'side' | 'credit'>[]>

  constructor(wires: Wires, actors: ReadonlyMap<string, Actor>) {
    this.#wires = wires
    this.#actors = actors
    this.#byActor = new Map(
      [...actors.keys()].map((actor) => [
        actor,
        Object.entries(wires)
          .filter(([, { from, to }]) => from === actor || to === actor)
          .map(([wire, { from, credit }]) => ({ wire, side: from === actor ? 'out' : 'in', credit })),
      ]),
    )
    for (const [name, { from, to }] of Object.entries(wires)) {
      for (const end of [from, to])
        if (end !== MAIN && !actors.has(end))
          throw new CodedError('E_NO_ACTOR', `wire "${name}" ends at "${end}", which no supervisor has as a child`)
      if (to === MAIN) this.#inlets.set(name, new Inlet())
      if (from === MAIN) this.#outlets.set(name, new Outlet())
    }
  }

  inlet<T>(wire: string): Inlet<T> {
    return end(this.#inlets, wire, 'to') as Inlet<T>
  }

  outlet<T>(wire: string): Outlet<T> {
    return end(this.#outlets, wire, 'from') as Outlet<T>
  }

  /** The newborn's ends; to be transferred to it. */
  ends(actor: string, generation: number): WireEnd[] {
    const mine: WireEnd[] = []
    for (const [wire, spec] of Object.entries(this.#wires)) {
      if (spec.from !== actor && spec.to !== actor) continue
      const { port1, port2 } = new MessageChannel()
      const gauge = gaugeMemory()
      const shared = { wire, generation, credit: spec.credit, gauge }
      const side = spec.from === actor ? 'out' : 'in'
      const before = this.#gauges.get(wire)
      if (before) this.#stalledBefore.set(wire, this.#read(wire, before).stalledMs)
      this.#gauges.set(wire, gauge)
      mine.push({ ...shared, side, port: port1 })
      this.#give(spec, { ...shared, side: side === 'out' ? 'in' : 'out', port: port2 })
    }
    return mine
  }

  /** Where the wires of an actor stand now. */
  states(actor: string): WireState[] {
    const states: WireState[] = []
    for (const { wire, side, credit } of this.#byActor.get(actor) ?? []) {
      const gauge = this.#gauges.get(wire)
      if (gauge) states.push({ wire, side, credit, ...this.#read(wire, gauge) })
    }
    return states
  }

  /** The gauge of its ports of now, with the time waited over those before. */
  #read(wire: string, memory: SharedArrayBuffer): Gauge {
    const gauge = readGauge(memory)
    return { ...gauge, stalledMs: (this.#stalledBefore.get(wire) ?? 0) + gauge.stalledMs }
  }

  close(): void {
    for (const each of [...this.#inlets.values(), ...this.#outlets.values()]) each.close()
  }

  #give(spec: WireSpec<unknown>, theirs: WireEnd): void {
    const peer = theirs.side === 'in' ? spec.to : spec.from
    if (peer === MAIN) {
      if (theirs.side === 'in') this.inlet(theirs.wire).attach(theirs)
      else this.outlet(theirs.wire).attach(theirs)
      return
    }
    const worker = this.#actors.get(peer)?.life?.worker
    if (worker) worker.postMessage({ kind: 'wire', end: theirs }, [theirs.port])
    else theirs.port.close() // not born yet: at its birth it gives this one a fresh end
  }
}

function end<T>(ends: ReadonlyMap<string, T>, wire: string, side: 'from' | 'to'): T {
  const found = ends.get(wire)
  if (!found) throw new CodedError('E_NO_WIRE', `no wire "${wire}" goes ${side} ${MAIN}`)
  return found
}
