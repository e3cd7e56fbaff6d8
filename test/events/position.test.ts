import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BLOCK_TX_INDEX, compare, formatPosition, ORIGIN, parsePosition } from '../../src/events/position.ts'
import { comparePositions } from '../../src/index.ts'

const position = fc.record({
  height: fc.nat(2 ** 40),
  txIndex: fc.oneof(fc.nat(50), fc.constant(BLOCK_TX_INDEX)),
  eventIndex: fc.nat(BLOCK_TX_INDEX),
})

it('every position is read back from its text', () => {
  fc.assert(
    fc.property(position, (each) => {
      expect(parsePosition(formatPosition(each))).toEqual(each)
    }),
  )
})

it('texts compare as their positions do: by height, transaction, event; the block’s own after its transactions', () => {
  fc.assert(
    fc.property(position, position, (a, b) => {
      const order = Math.sign(comparePositions(formatPosition(a), formatPosition(b)))
      expect(order).toBe(Math.sign(compare(a, b)))
      expect(Math.sign(comparePositions(formatPosition(b), formatPosition(a)))).toBe(order === 0 ? 0 : -order)
    }),
  )
  expect(['10-0-0', '9-block-0', '9-2-11', '9-2-9', '9-10-0'].toSorted(comparePositions)).toEqual([
    ...['9-2-9', '9-2-11', '9-10-0', '9-block-0', '10-0-0'],
  ])
})

it('the origin stands before everything', () => {
  fc.assert(
    fc.property(position, (each) => {
      expect(compare(ORIGIN, each)).toBeLessThanOrEqual(0)
    }),
  )
})

it.each([
  '',
  '1',
  '1-2',
  '1-2-3-4',
  '-1-2-3',
  '01-2-3',
  '1-2-03',
  '1-Block-3',
  '1-block',
  '1e3-0-0',
  ' 1-2-3',
  '1-2-3\n',
  '1-2147483648-0',
  `${'9'.repeat(20)}-0-0`,
])('%j is no position', (text) => {
  expect(parsePosition(text)).toBeUndefined()
  expect(() => comparePositions(text, '0-0-0')).toThrow(RangeError)
})
