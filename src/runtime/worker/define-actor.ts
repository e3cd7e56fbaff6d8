/** The actor's own thread: an entry module calls {@link defineActor} once, at its top level. */
import { parentPort, workerData } from 'node:worker_threads'
import { cell, heartbeat, keepTicking } from '../shared/cell.ts'
import { CodedError } from '../shared/errors.ts'
import type { Birth, Cradle, Notice, Order } from '../shared/messages.ts'
import { flatten } from '../shared/plain-error.ts'
import { answer } from '../shared/questions.ts'
import { Inlet, Outlet, type WireEnd } from '../shared/wire.ts'
import { watchSupervisor } from './watch-supervisor.ts'

/** What an actor's body is given. */
export interface ActorContext<Boot> {
  name: string
  /** 1 at the first birth, one more at each rebirth. */
  generation: number
  /** What the spec's `boot` answered for this birth. */
  boot: Boot
  /** Aborted when the actor shall stop: finish the item in work, leave nothing open. */
  signal: AbortSignal
  /** The receiving end of a wire that ends here. Throws on any other name. */
  inlet<T>(wire: string): Inlet<T>
  /** The sending end of a wire that begins here. Throws on any other name. */
  outlet<T>(wire: string): Outlet<T>
  /**
   * Says what is being worked on, and which part of it, where the supervisor can read it even while this thread hangs.
   * If the actor dies of it, `boot` of the next generation is told. Saying it again is a sign of life, too.
   */
  progress(value: number, part?: number): void
  /** Says that there is work now, or none, beside what waits on the wires: who has work must progress. */
  busy(busy: boolean): void
  /** Calls `onStuck` once when the supervising thread has stood still for `after` ms; never under a debugger. */
  watchSupervisor(after: number, onStuck: (milliseconds: number) => void): void
  /** Runs `work` beside the body: if it rejects, the actor dies of that error. */
  run(work: Promise<unknown>): void
}

/** What the body answers: the questions the actor answers from now on, and what to do when it is told to stop. */
export type Behaviour<Q> = Q & { [STOP]?: () => void | Promise<void> }

/** Key of the optional stop handler in a behaviour: awaited, within the spec's `shutdown` deadline, before the thread ends. */
export const STOP: unique symbol = Symbol('stop')

/**
 * Makes this thread the actor. The body runs once, when it is this actor's turn to start, which may be a while after its
 * module was loaded; when it has returned, the actor is ready and answers what it returned.
 * What the body, a wire's handler, a `run` promise or anything else on the thread throws ends this generation.
 */
export function defineActor<Q extends object, Boot = undefined>(
  body: (context: ActorContext<Boot>) => Behaviour<Q> | Promise<Behaviour<Q>>,
): void {
  if (!parentPort) throw new CodedError('E_NOT_AN_ACTOR', 'defineActor() runs on a thread that a supervisor started')
  const port = parentPort
  const cradle = workerData as Cradle
  const inlets = new Map<string, Inlet<unknown>>()
  const outlets = new Map<string, Outlet<unknown>>()
  const stopping = new AbortController()
  const shared = cell(cradle.cell)
  const endTicking = keepTicking(shared)
  let behaviour: Behaviour<Q> | undefined

  const tell = (notice: Notice): void => port.postMessage(notice)
  const die = (error: unknown): void => {
    tell({ kind: 'failed', error: flatten(error) })
    process.exit(1)
  }
  const attach = (end: WireEnd): void => {
    if (end.side === 'in') open(inlets, end.wire, () => new Inlet()).attach(end)
    else open(outlets, end.wire, () => new Outlet()).attach(end)
  }
  const stop = async (): Promise<void> => {
    if (stopping.signal.aborted) return
    stopping.abort()
    for (const outlet of outlets.values()) outlet.finish()
    await Promise.all([...inlets.values()].map((inlet) => inlet.finish()))
    await behaviour?.[STOP]?.()
    for (const end of [...inlets.values(), ...outlets.values()]) end.close()
    endTicking()
    tell({ kind: 'stopped' })
    process.exit(0)
  }

  process.on('uncaughtException', die)
  process.on('unhandledRejection', die)
  const born = async ({ boot, wires }: Birth): Promise<void> => {
    for (const end of wires) attach(end)
    behaviour = await body({ ...context, boot: boot as Boot })
    answer(behaviour, cradle.questions)
    tell({ kind: 'ready' })
  }
  const context: Omit<ActorContext<Boot>, 'boot'> = {
    name: cradle.name,
    generation: cradle.generation,
    signal: stopping.signal,
    inlet: <T>(name: string) => known(inlets, name) as Inlet<T>,
    outlet: <T>(name: string) => known(outlets, name) as Outlet<T>,
    progress: (value, part = 0) => {
      shared.progress.set([value, part])
      Atomics.add(shared.moves, 0, 1)
    },
    busy: (busy) => {
      Atomics.store(shared.busy, 0, busy ? 1 : 0)
    },
    watchSupervisor: (after, onStuck) => watchSupervisor(heartbeat(cradle.supervisor), after, onStuck),
    run: (work) => {
      work.catch((error: unknown) => {
        if (!stopping.signal.aborted || (error as Error | undefined)?.name !== 'AbortError') die(error)
      })
    },
  }
  port.on('message', (order: Order) => {
    if (order.kind === 'wire') attach(order.end)
    else (order.kind === 'born' ? born(order) : stop()).catch(die)
  })
}

function open<T>(ends: Map<string, T>, name: string, make: () => T): T {
  const end = ends.get(name) ?? make()
  ends.set(name, end)
  return end
}

function known<T>(ends: Map<string, T>, name: string): T {
  const end = ends.get(name)
  if (!end)
    throw new CodedError(
      'E_NO_WIRE',
      `no wire ${JSON.stringify(name)} has an end of that kind here; there are: ${[...ends.keys()].join(', ')}`,
    )
  return end
}
