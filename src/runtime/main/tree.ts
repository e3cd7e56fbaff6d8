/** Reports on actors and supervisors as plain data, for operators. */
import type { Actor, ActorState } from './actor.ts'
import type { Supervisor, SupervisorState } from './supervisor.ts'
import type { Verdict } from './verdict.ts'

export interface ActorReport {
  state: ActorState
  generation: number
  /** Births after the first. */
  restarts: number
  /** Since its last birth, ms; null when it is down. */
  uptimeMs: number | null
  /** Share of time its event loop was busy since birth, 0–1; null when it is down. A hint, not a verdict. */
  eventLoopUtilization: number | null
  /** What it last said it works on. */
  progress: number | null
  asksInFlight: number
  /** Age of the oldest question in flight, ms. */
  oldestAskMs: number | null
  /** Why the last generation that ended unasked did so. */
  lastVerdict: Verdict | null
}

export interface SupervisorReport {
  state: SupervisorState
  /** Deaths of children within its period. */
  deaths: number
  lastFailure: string | null
}

export function reportActor(actor: Actor): ActorReport {
  const { life, generation } = actor
  const now = performance.now()
  const asked = [...actor.asksInFlight.values()]
  return {
    state: actor.state,
    generation,
    restarts: Math.max(0, generation - 1),
    uptimeMs: life ? Math.round(now - life.born) : null,
    eventLoopUtilization: life ? life.worker.performance.eventLoopUtilization().utilization : null,
    progress: life ? (life.cell.progress[0] ?? null) : null,
    asksInFlight: asked.length,
    oldestAskMs: asked.length ? Math.round(now - Math.min(...asked)) : null,
    lastVerdict: actor.verdicts[0] ?? null,
  }
}

export function reportSupervisor({ state, restarts, lastFailure }: Supervisor): SupervisorReport {
  return { state, deaths: restarts, lastFailure: lastFailure?.message ?? null }
}
