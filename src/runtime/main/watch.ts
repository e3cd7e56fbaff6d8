/** Finds actors that are stuck, tells how, and has them replaced. SEMANTICS.md S20–S25. */
import inspector from 'node:inspector'
import type { Actor } from './actor.ts'
import type { Life } from './life.ts'
import { cpuOf, lookInto, probe } from './probe.ts'
import { DEFAULTS } from './spec.ts'
import type { WireState } from './wiring.ts'

/** Between two looks at everybody, ms. */
const SWEEP = 25
/** An event loop that ticked within this time turns, ms. */
const TURNING = 500
/** Between two samples of CPU and heap, ms. */
const SAMPLE = 500
/** How long CPU use and the place are measured, ms. */
const MEASURE = 60
/** Of that time, the share a spinning thread uses at least; below it the thread waits or is starved. */
const SPINNING = 0.2
/** So often a thread that uses no CPU must have answered, and stood still, before it is taken for one that waits for ever. */
const WAITS = 3
/** Of its heap's limit, the share at which an actor is replaced, before V8 would end the process. */
const FULL_HEAP = 0.75

/** What was last seen of a generation. Times are `performance.now()`. */
export interface Pulse {
  life: Life
  tick: number
  /** When the tick was last seen to move. */
  moved: number
  /** When an examination that found the thread waiting allows the next. */
  again: number
  waits: number
  examining: boolean
  /** Signs of progress, counted, and when there was last one, or nothing to do. */
  signs: number
  progressed: number
  sampled: number
  sample: Sample | undefined
}

/** CPU and heap as last sampled. */
export interface Sample {
  /** Since the thread began. */
  cpuMs: number
  heapUsedBytes: number
  heapLimitBytes: number
  /** Share of the time since the sample before that its event loop was busy, 0–1. */
  eventLoopUtilization: number
  loop: ReturnType<Life['worker']['performance']['eventLoopUtilization']>
}

export interface Watched {
  actors: ReadonlyMap<string, Actor>
  wires(actor: string): WireState[]
}

/** Looks at every actor's pulse until `signal` aborts; answers what it knows of each. */
export function watchPulses({ actors, wires }: Watched, signal: AbortSignal): (actor: Actor) => Pulse | undefined {
  const pulses = new Map<Actor, Pulse>()
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    // This thread did not run either, or a debugger holds others: nobody can be judged.
    const blind = now - last > SWEEP * 12 || inspector.url() !== undefined
    last = now
    for (const actor of actors.values()) {
      const pulse = beat(pulses, actor, now)
      if (!pulse) continue
      if (blind) Object.assign(pulse, { moved: now, progressed: now, waits: 0 })
      look(actor, pulse, wires(actor.name), now)
    }
  }, SWEEP)
  timer.unref()
  signal.addEventListener('abort', () => clearInterval(timer))
  return (actor) => pulses.get(actor)
}

function beat(pulses: Map<Actor, Pulse>, actor: Actor, now: number): Pulse | undefined {
  const { life } = actor
  if (!life || actor.state !== 'up') return void pulses.delete(actor)
  let pulse = pulses.get(actor)
  if (pulse?.life !== life) {
    const times = { moved: now, again: now, progressed: now, sampled: now }
    pulse = { life, ...times, tick: 0, waits: 0, examining: false, signs: 0, sample: undefined }
    pulses.set(actor, pulse)
  }
  const tick = Atomics.load(life.cell.tick, 0)
  if (tick !== pulse.tick) Object.assign(pulse, { tick, moved: now, again: now, waits: 0 })
  return pulse
}

function look(actor: Actor, pulse: Pulse, wires: readonly WireState[], now: number): void {
  const { stallAfter = DEFAULTS.stallAfter } = actor.spec
  if (now - pulse.moved > stallAfter) {
    if (!pulse.examining && now >= pulse.again) void examine(actor, pulse, stallAfter)
    return
  }
  if (now - pulse.moved > TURNING) {
    pulse.progressed = now // it is the loop that stands still: another illness, judged above
    return
  }
  const stall = stalled(actor, pulse, wires, now)
  if (stall) void actor.retire(pulse.life, { kind: 'stalled', reason: `stalled: ${stall}` })
  if (now - pulse.sampled > SAMPLE) {
    pulse.sampled = now
    void sample(actor, pulse)
  }
}

/** The event loop stands still: blocked, waiting or starved? */
async function examine(actor: Actor, pulse: Pulse, stallAfter: number): Promise<void> {
  const { life, tick } = pulse
  const { worker } = life
  const still = (): boolean => actor.life === life && Atomics.load(life.cell.tick, 0) === tick
  pulse.examining = true
  try {
    const before = await probe(() => cpuOf(worker))
    if (before === 'late' || !still()) return
    if (before === 'silent') {
      if (await isNative(life, still)) actor.kill(life, { kind: 'blocked', reason: 'blocked in native code' })
      return
    }
    const look = await lookInto(worker, MEASURE)
    if (typeof look === 'string' || !still()) return // it is examined again
    const { cpu, at } = look.value
    if (cpu > SPINNING) return actor.kill(life, { kind: 'blocked', reason: 'event loop blocked', at })
    pulse.waits += 1
    pulse.again = performance.now() + stallAfter / WAITS
    if (pulse.waits < WAITS) return
    actor.kill(life, { kind: 'blocked', reason: 'event loop blocked: the thread waits', at })
  } finally {
    pulse.examining = false
  }
}

/** Silent once more, with more time: a starved thread would have answered. */
async function isNative({ worker }: Life, still: () => boolean): Promise<boolean> {
  return (await probe(() => cpuOf(worker), 750)) === 'silent' && still()
}

/** What an actor that turns its event loop does not get done, in words; undefined when all is well. */
function stalled(actor: Actor, pulse: Pulse, wires: readonly WireState[], now: number): string | undefined {
  const { cell } = pulse.life
  const { stuckAfter = DEFAULTS.stuckAfter } = actor.spec
  for (const { question, since, deadline } of actor.asks.values())
    if (now - since > Math.max(deadline, stuckAfter)) return `${question}() was not answered for ${stuckAfter} ms`
  const incoming = wires.filter(({ side }) => side === 'in')
  const signs = incoming.reduce((sum, { handled }) => sum + handled, Atomics.load(cell.moves, 0))
  const waiting = incoming.filter(({ sent, handled }) => sent > handled)
  const held = wires.some(({ side, waiting: senders }) => side === 'out' && senders > 0)
  const works = waiting.length > 0 || Atomics.load(cell.busy, 0) === 1
  if (!works || held || signs !== pulse.signs) Object.assign(pulse, { signs, progressed: now })
  if (now - pulse.progressed <= stuckAfter) return undefined
  const what = waiting.length ? `items wait on ${waiting.map(({ wire }) => wire).join(' and ')}` : 'it has work'
  return `${what}, but nothing was done for ${stuckAfter} ms`
}

async function sample(actor: Actor, pulse: Pulse): Promise<void> {
  const { worker } = pulse.life
  const answer = await probe(() => Promise.all([cpuOf(worker), worker.getHeapStatistics()]))
  if (typeof answer === 'string') return
  const [cpu, { used_heap_size: used, heap_size_limit: whole }] = answer.value
  const limit = (worker.resourceLimits?.maxOldGenerationSizeMb ?? 0) * 2 ** 20 || whole // what V8 counts as a limit holds the young generation thrice
  const loop = worker.performance.eventLoopUtilization()
  const { utilization } = worker.performance.eventLoopUtilization(loop, pulse.sample?.loop)
  pulse.sample = {
    ...{ cpuMs: Math.round(cpu / 1_000), heapUsedBytes: used, heapLimitBytes: limit, loop },
    eventLoopUtilization: utilization,
  }
  if (used < FULL_HEAP * limit) return
  const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20)
  const reason = `its heap is nearly full: ${megabytes(used)} of ${megabytes(limit)} MB`
  await actor.retire(pulse.life, { kind: 'memory', reason })
}
