import { expect, it } from 'vitest'
import { growth } from './memory.ts'

const looks = (of: (n: number) => number) => Array.from({ length: 50 }, (_, n) => ({ anonymous: of(n), total: 100 }))

it('memory that grows is told in per cent, from the second fifth of a life to its last', () => {
  expect(growth(looks((n) => 100 + n))).toEqual({ anonymous: expect.closeTo((100 * 30) / 115, 5), total: 0 })
})

it('what a process takes while it warms up, or for a moment, is no growth', () => {
  expect(growth(looks((n) => (n < 10 ? n : n % 7 === 0 ? 400 : 100)))).toEqual({ anonymous: 0, total: 0 })
})

it('a short life says nothing about growth', () => {
  expect(growth(looks(() => 1).slice(0, 10))).toBeUndefined()
})
