/** Finds threads whose JavaScript is blocked, says where, and has them replaced. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import type { Actor, Life } from './actor.ts'
import { DEFAULTS } from './spec.ts'

const SWEEP = 100
const PROBE_DEADLINE = 250
const PROFILE = 100
/** Of the profile's time, the share a spinning thread uses at least; below it the thread is waiting or starved. */
const SPINNING = 0.2

interface Pulse {
  life: Life
  tick: number
  /** `performance.now()` when the tick was last seen to move. */
  moved: number
  examined: boolean
}

/** Looks at every actor's tick until `signal` aborts. */
export function watchPulses(
  actors: ReadonlyMap<string, Actor>,
  signal: AbortSignal,
  onNative: (actor: Actor) => void,
): void {
  const pulses = new Map<Actor, Pulse>()
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    const late = now - last > SWEEP * 3 // this thread did not run either: nobody else can be judged
    last = now
    for (const actor of actors.values()) {
      const pulse = beat(pulses, actor, now)
      if (!pulse || pulse.examined) continue
      if (late) pulse.moved = now
      else if (now - pulse.moved > (actor.spec.stallAfter ?? DEFAULTS.stallAfter)) void examine(actor, pulse, onNative)
    }
  }, SWEEP)
  timer.unref()
  signal.addEventListener('abort', () => clearInterval(timer))
}

function beat(pulses: Map<Actor, Pulse>, actor: Actor, now: number): Pulse | undefined {
  const { life } = actor
  if (!life || actor.state !== 'up') return void pulses.delete(actor)
  const tick = Atomics.load(life.cell.tick, 0)
  const pulse = pulses.get(actor)
  if (!pulse || pulse.life !== life || pulse.tick !== tick) {
    const fresh = { life, tick, moved: now, examined: false }
    pulses.set(actor, fresh)
    return fresh
  }
  return pulse
}

async function examine(actor: Actor, pulse: Pulse, onNative: (actor: Actor) => void): Promise<void> {
  const { life, tick } = pulse
  pulse.examined = true
  const before = await cpu(life.worker)
  const still = (): boolean => actor.life === life && Atomics.load(life.cell.tick, 0) === tick
  if (before === undefined) {
    if (!still()) return
    onNative(actor)
    return actor.kill(life, 'blocked in native code')
  }
  const at = await place(life.worker)
  const after = await cpu(life.worker)
  if (!still()) return
  if (after !== undefined && (after - before) / (PROFILE * 1000) < SPINNING) {
    pulse.moved = performance.now() // waits, or the machine is starved: look again later
    pulse.examined = false
    return
  }
  actor.kill(life, 'event loop blocked', at)
}

/** CPU the thread has used, µs; undefined when it does not answer: V8's interrupts reach any JavaScript, but no native code. */
async function cpu(worker: Worker): Promise<number | undefined> {
  const usage = worker.cpuUsage().then(
    ({ user, system }) => user + system,
    () => undefined,
  )
  return await Promise.race([usage, sleep(PROBE_DEADLINE, undefined)])
}

interface Profile {
  nodes: {
    callFrame: { functionName: string; url: string; lineNumber: number }
    positionTicks?: { line: number; ticks: number }[]
  }[]
}

/** File and line where the thread spends its time, by a short CPU profile taken from outside. */
async function place(worker: Worker): Promise<string | undefined> {
  const profiling = async (): Promise<string | undefined> => {
    const handle = await worker.startCpuProfile()
    await sleep(PROFILE)
    return busiest(JSON.parse(await handle.stop()) as Profile)
  }
  return await Promise.race([profiling().catch(() => undefined), sleep(PROFILE + PROBE_DEADLINE * 4, undefined)])
}

function busiest({ nodes }: Profile): string | undefined {
  const lines = new Map<string, number>()
  for (const { callFrame, positionTicks = [] } of nodes) {
    if (!callFrame.url || callFrame.url.startsWith('node:')) continue
    if (callFrame.url.includes('/node_modules/')) continue
    const file = callFrame.url.split(/[?#]/, 1)[0]?.split('/').at(-1)
    for (const { line, ticks } of positionTicks) {
      const at = `${file}:${line}`
      lines.set(at, (lines.get(at) ?? 0) + ticks)
    }
  }
  return [...lines].sort((a, b) => b[1] - a[1])[0]?.[0]
}
