/** Reports on actors and supervisors as plain data, for operators. */
import type { Cell } from '../shared/cell.ts'
import type { Actor, ActorState } from './actor.ts'
import type { Supervisor, SupervisorState } from './supervisor.ts'
import type { Verdict } from './verdict.ts'
import type { Pulse } from './watch.ts'
import type { WireState } from './wiring.ts'

export interface ActorReport {
  state: ActorState
  generation: number
  /** Births after the first. */
  restarts: number
  /** Deaths within its supervisor's period. */
  recentDeaths: number
  /** Since its last birth, ms; null when it is down. */
  uptimeMs: number | null
  /** Since its event loop was last seen to turn, ms; null when it is down. */
  tickAgeMs: number | null
  /** Share of the last half second its event loop was busy, 0–1; null until sampled. A hint, not a verdict. */
  eventLoopUtilization: number | null
  /** CPU time of this generation; null until sampled. */
  cpuMs: number | null
  /** JavaScript heap in use and its limit; null until sampled. */
  heapUsedBytes: number | null
  heapLimitBytes: number | null
  /** What it last said it works on. */
  progress: number | null
  asksInFlight: number
  /** Age of the oldest unanswered question, ms. */
  oldestAskMs: number | null
  /** How late its event loop ran a timer in the last ten seconds, ms; null while there are no samples. */
  eventLoopLag: { p50: number; p99: number } | null
  /**
   * Its wires: of `credit` items, how many are on their way or in work; whether the sender waits for credit, and for how
   * long senders have, in all.
   */
  wires: Record<string, { side: 'in' | 'out'; credit: number; inFlight: number; waiting: boolean; stalledMs: number }>
  /** Why the last generation that ended unasked did so. */
  lastVerdict: Verdict | null
}

/** An actor in short: what is asked for often. */
export type ActorBrief = Pick<
  ActorReport,
  'state' | 'generation' | 'restarts' | 'eventLoopUtilization' | 'heapUsedBytes'
>

export interface SupervisorReport {
  state: SupervisorState
  /** Deaths of children within its period. */
  deaths: number
  lastFailure: string | null
  /** In the order of their start: actors and supervisors. */
  children: string[]
}

/** What is known of an actor beside itself. */
export interface Known {
  pulse: Pulse | undefined
  wires: readonly WireState[]
  recentDeaths: number
}

export function briefActor({ life, generation, state }: Actor, pulse: Pulse | undefined): ActorBrief {
  const sample = pulse?.life === life ? pulse?.sample : undefined
  return {
    ...{ state, generation, restarts: Math.max(0, generation - 1) },
    eventLoopUtilization: sample?.eventLoopUtilization ?? null,
    heapUsedBytes: sample?.heapUsedBytes ?? null,
  }
}

export function reportActor(actor: Actor, { pulse, wires, recentDeaths }: Known): ActorReport {
  const { life, generation } = actor
  const now = performance.now()
  const asked = [...actor.asks.values()].map(({ since }) => since)
  const sample = pulse?.life === life ? pulse?.sample : undefined
  return {
    state: actor.state,
    generation,
    restarts: Math.max(0, generation - 1),
    recentDeaths,
    uptimeMs: life ? Math.round(now - life.born) : null,
    tickAgeMs: life && pulse?.life === life ? Math.round(now - pulse.moved) : null,
    eventLoopUtilization: sample?.eventLoopUtilization ?? null,
    cpuMs: sample?.cpuMs ?? null,
    heapUsedBytes: sample?.heapUsedBytes ?? null,
    heapLimitBytes: sample?.heapLimitBytes ?? null,
    eventLoopLag: life ? lagOf(life.cell) : null,
    progress: life ? (life.cell.progress[0] ?? null) : null,
    asksInFlight: asked.length,
    oldestAskMs: asked.length ? Math.round(now - Math.min(...asked)) : null,
    wires: Object.fromEntries(
      wires.map(({ wire, side, credit, sent, handled, waiting, stalledMs }) => [
        wire,
        { side, credit, inFlight: Math.max(0, sent - handled), waiting: waiting > 0, stalledMs },
      ]),
    ),
    lastVerdict: actor.verdicts[0] ?? null,
  }
}

function lagOf({ tick, lags }: Cell): ActorReport['eventLoopLag'] {
  const sorted = lags.slice(0, Math.min(tick[0] ?? 0, lags.length)).sort()
  const at = (share: number): number => sorted[Math.floor(share * sorted.length)] ?? 0
  return sorted.length ? { p50: at(0.5), p99: at(0.99) } : null
}

export function reportSupervisor({ state, deaths, lastFailure, children }: Supervisor): SupervisorReport {
  return { state, deaths, lastFailure: lastFailure?.message ?? null, children: children.map(({ name }) => name) }
}
