import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nameOf, plan } from './plan.ts'

it('the same seed plans the same faults, in order, all of them over before traffic ends', () => {
  const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 })
  fc.assert(
    fc.property(seeds, (seed) => {
      const faults = plan(seed, 1)
      expect(faults).toEqual(plan(seed, 1))
      expect(faults.length).toBeGreaterThan(5)
      expect(faults.map(({ at }) => at)).toEqual(faults.map(({ at }) => at).sort((a, b) => a - b))
      for (const fault of faults) expect(fault.at + ('lasts' in fault ? fault.lasts : 0)).toBeLessThan(60_000)
    }),
  )
})

it('twenty seeds plan every kind of fault, and no two of them the same', () => {
  const plans = Array.from({ length: 20 }, (_, seed) => plan(seed, 1))
  expect(new Set(plans.map((faults) => JSON.stringify(faults))).size).toBe(20)
  const kinds = new Set(plans.flat().map(({ kind }) => kind))
  expect([...kinds].sort()).toEqual(['kill -9', 'lock', 'node', 'pause', 'stopped reader', 'storm', 'worker'])
  const names = new Set(plans.flat().map(nameOf))
  for (const name of ['worker hang', 'worker throw', 'node halfOpen', 'node lag']) expect(names).toContain(name)
})
