/** Who may have killed earlier generations of the decoder, so that one bad transaction does not stop a chain (D10). */
import type { EndKind } from '../../runtime/index.ts'

/** A height in whose decoding a generation died. */
export interface Suspect {
  height: number
  /** By part (1 + index of the hit in its block): how many generations it held for ever. */
  held: Record<number, number>
}

/** How a generation ended, and what it was decoding: height and part. */
export interface Death {
  kind: EndKind
  progress: readonly [height: number, part: number]
}

/** A transaction that held so many generations is not decoded again. */
export const HELD_TOO_OFTEN = 2

/** Ends that say nothing about what was decoded. */
const INNOCENT: ReadonlySet<EndKind> = new Set<EndKind>(['planned', 'stalled', 'stopped'])
/** Ends of a decoding that never would have come to one. */
const HELD: ReadonlySet<EndKind> = new Set<EndKind>(['blocked', 'memory'])

/** What earlier deaths say about heights. */
export function suspectsOf(deaths: readonly Death[]): Suspect[] {
  const suspects = new Map<number, Suspect>()
  for (const { kind, progress } of deaths) {
    const [height, part] = progress
    if (height === 0 || INNOCENT.has(kind)) continue
    const suspect = suspects.get(height) ?? { height, held: {} }
    suspects.set(height, suspect)
    if (part > 0 && HELD.has(kind)) suspect.held[part] = (suspect.held[part] ?? 0) + 1
  }
  return [...suspects.values()]
}
