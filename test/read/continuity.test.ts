import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ScannedBlock } from '../../src/chain/decode/types.ts'
import { compareTimes, firstBrokenLink } from '../../src/chain/read/continuity.ts'

const block = (height: number, part: Partial<ScannedBlock> = {}): ScannedBlock => ({
  height,
  hash: `H${height}`,
  parentHash: `H${height - 1}`,
  time: `2026-01-01T00:00:00.${String(height).padStart(3, '0')}Z`,
  txCount: 0,
  hits: [],
  ...part,
})

it('a chain links from any first block on; a gap, a foreign parent or an earlier time breaks it', () => {
  const sound = [block(5), block(6), block(7)]
  expect(firstBrokenLink(null, sound)).toBeUndefined()
  expect(firstBrokenLink(block(4), sound)).toBeUndefined()
  expect(firstBrokenLink(block(3), sound)).toContain('height 5')
  expect(firstBrokenLink(block(4, { hash: 'X' }), sound)).toContain('predecessor')
  expect(firstBrokenLink(null, [block(5), block(6, { time: '2026-01-01T00:00:00.004999999Z' })])).toContain('before')
})

it('where a node keeps no links (Autobahn, a fresh log) heights and times still hold', () => {
  expect(
    firstBrokenLink({ height: 4, hash: null, time: null }, [block(5), block(6, { parentHash: '' })]),
  ).toBeUndefined()
})

it('times compare to the nanosecond, whatever the length of their fractions', () => {
  const second = fc.integer({ min: 0, max: 4_000_000_000 })
  const nanos = fc.integer({ min: 0, max: 999_999_999 })
  const write = (seconds: number, nano: number, cut: boolean): string => {
    const fraction = String(nano).padStart(9, '0')
    const shown = cut ? fraction.replace(/0+$/, '') : fraction
    return new Date(seconds * 1000).toISOString().replace(/\.000Z$/, shown ? `.${shown}Z` : 'Z')
  }
  fc.assert(
    fc.property(second, nanos, second, nanos, fc.boolean(), (s1, n1, s2, n2, cut) => {
      expect(compareTimes(write(s1, n1, cut), write(s2, n2, !cut))).toBe(Math.sign(s1 - s2 || n1 - n2))
    }),
  )
})
