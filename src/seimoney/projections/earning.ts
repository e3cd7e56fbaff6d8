/** What a sum earns: the yield that harvests told of, over what was held, for how long. */
import { seconds } from './fields.ts'

/** Decimal text; `at`: seconds since 1970 up to which `held_seconds` counts. */
export interface Earning {
  tvl: string
  /** Σ tvl × seconds. */
  held_seconds: string
  yielded: string
  at: number
}

const YEAR = 365n * 86_400n
const PARTS = 1_000_000n

/** Σ tvl × seconds, up to the block's time. */
export function heldSeconds({ tvl, held_seconds, at }: Earning, time: string | null): bigint {
  return BigInt(held_seconds) + BigInt(tvl) * BigInt(Math.max(0, seconds(time) - at))
}

/** Yield of a year as a share of what was held on average, not compounded, to six digits: 0.05 is 5 %. 0 when nothing was held. */
export function apy(earning: Earning, time: string | null): number {
  const held = heldSeconds(earning, time)
  return held === 0n ? 0 : Number((BigInt(earning.yielded) * YEAR * PARTS) / held) / Number(PARTS)
}
