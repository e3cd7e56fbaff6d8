/** Does a block follow the one before? Hash links, heights and times; what a chain with instant finality never breaks. */
import type { ScannedBlock } from '../decode/types.ts'

/** The block that the next one must follow; a hash or time that nobody told is null or empty. */
export interface ChainEnd {
  height: number
  hash: string | null
  time: string | null
}

/** Why `block` cannot follow `end`; undefined when it does. */
export function brokenLink(end: ChainEnd, block: ScannedBlock): string | undefined {
  if (block.height !== end.height + 1) return `height ${block.height} does not follow ${end.height}`
  if (end.hash && block.parentHash && block.parentHash !== end.hash)
    return `block ${block.height} names ${block.parentHash} as its predecessor, but block ${end.height} is ${end.hash}`
  if (end.time && compareTimes(block.time, end.time) < 0)
    return `block ${block.height} is of ${block.time}, before block ${end.height} of ${end.time}`
  return undefined
}

/** The first broken link of `blocks` after `end` (null: nothing before, any first height). */
export function firstBrokenLink(end: ChainEnd | null, blocks: readonly ScannedBlock[]): string | undefined {
  for (const block of blocks) {
    const broken = end && brokenLink(end, block)
    if (broken) return broken
    end = block
  }
  return undefined
}

/** Compares two RFC 3339 times in nanoseconds: their fractions have any length, and Date would cut them. */
export function compareTimes(a: string, b: string): number {
  const [left, right] = [nanoseconds(a), nanoseconds(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

function nanoseconds(time: string): bigint {
  const [, seconds = time, fraction = '', zone = 'Z'] = /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/i.exec(time) ?? []
  return BigInt(Date.parse(seconds + zone)) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9))
}
