import { expect, it } from 'vitest'
import { chaos } from '../../src/testing/index.ts'

it('an order that nobody takes is withdrawn when its time is over', async () => {
  expect(await chaos('nobody', 'throw', 1, 100)).toBe(false)
})
