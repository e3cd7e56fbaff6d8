/** Who may have killed earlier generations of the decoder, so that one bad transaction does not stop a chain (D10). */

/** A height in whose decoding a generation died. */
export interface Suspect {
  height: number
  /** By part (1 + index of the hit in its block): how many generations it held for ever. */
  held: Record<number, number>
}

/** How a generation ended, and what it was decoding: height and part. */
export interface Death {
  reason: string
  progress: readonly [height: number, part: number]
}

/** A transaction that held so many generations is not decoded again. */
export const HELD_TOO_OFTEN = 2

const INNOCENT = /^(restarted by an operator|stalled: |did not stop in time)/
const HELD = /blocked|heap|OUT_OF_MEMORY/

/** What earlier deaths say about heights. */
export function suspectsOf(deaths: readonly Death[]): Suspect[] {
  const suspects = new Map<number, Suspect>()
  for (const { reason, progress } of deaths) {
    const [height, part] = progress
    if (height === 0 || INNOCENT.test(reason)) continue
    const suspect = suspects.get(height) ?? { height, held: {} }
    suspects.set(height, suspect)
    if (part > 0 && HELD.test(reason)) suspect.held[part] = (suspect.held[part] ?? 0) + 1
  }
  return [...suspects.values()]
}
