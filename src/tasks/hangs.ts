/** Which task earlier generations of the scheduler's thread died of, so that it is not run again at once for ever. */
import type { EndKind, Verdict } from '../runtime/index.ts'

/** What the scheduler is told of a death: {@link Verdict} as it is. */
export type Death = Verdict

/** Deaths of one task, since it last went well, that open its circuit. */
export const HELD_TOO_OFTEN = 2

/** Ends that say nothing about the task that ran. */
const INNOCENT: ReadonlySet<EndKind> = new Set<EndKind>(['planned', 'stopped', 'stalled'])

/** After a death, tasks run one at a time for so long, ms: then it is certain which one the next death is of. */
export const CAUTION = 600_000

/** The number that stands for a task in the thread's progress, where only numbers go: FNV-1a of its id, never 0. */
export function partOf(id: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(id)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash + 1
}

/** The deaths that this task is to blame for since `wentWell` (ms since 1970), the latest first. */
export function blamed(deaths: readonly Death[], id: string, wentWell: number): Death[] {
  const part = partOf(id)
  return deaths.filter(
    ({ kind, progress, when }) => progress[1] === part && !INNOCENT.has(kind) && Date.parse(when) > wentWell,
  )
}

/** Whether a task was to blame for a death within {@link CAUTION}. */
export function cautious(deaths: readonly Death[], now: number): boolean {
  return deaths.some(
    ({ kind, progress, when }) => progress[1] !== 0 && !INNOCENT.has(kind) && now - Date.parse(when) < CAUTION,
  )
}

/** A death in words, for the task's `lastError`. */
export function describe({ reason, at }: Death): string {
  return `the scheduler's thread died while this task ran: ${reason}${at ? ` at ${at}` : ''}`
}
