/** Which projections held the store's thread for ever: after two deaths of the same one it is not tried again (D11). */
import type { EndKind } from '../runtime/index.ts'

/** How an earlier generation of the store's thread ended, and what it was folding: height and part. */
export interface Death {
  kind: EndKind
  /** ISO */
  when: string
  progress: readonly [height: number, part: number]
}

const HELD_TOO_OFTEN = 2
/** Ends of a folding that never would have come to one. */
const HELD: ReadonlySet<EndKind> = new Set<EndKind>(['blocked', 'memory'])

/** Whether a projection may be tried at a height. Deaths before `since` (ISO) were of other code, or of other tables. */
export function heldAt(deaths: readonly Death[], part: number, since: string): (height: number) => boolean {
  const times = new Map<number, number>()
  for (const { kind, when, progress } of deaths)
    if (HELD.has(kind) && progress[1] === part && when > since)
      times.set(progress[0], (times.get(progress[0]) ?? 0) + 1)
  return (height) => (times.get(height) ?? 0) >= HELD_TOO_OFTEN
}
