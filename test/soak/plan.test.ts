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

it('forty seeds plan every kind of fault, and no two of them the same', () => {
  const plans = Array.from({ length: 40 }, (_, seed) => plan(seed, 1))
  expect(new Set(plans.map((faults) => JSON.stringify(faults))).size).toBe(40)
  const kinds = new Set(plans.flat().map(({ kind }) => kind))
  const lasting = ['clock', 'disk full', 'lock', 'node', 'pause', 'read-only', 'stopped reader', 'storm']
  expect([...kinds].sort()).toEqual([...lasting, 'kill -9', 'worker'].sort())
  const names = new Set(plans.flat().map(nameOf))
  for (const name of ['worker hang', 'worker throw', 'node halfOpen', 'node lag', 'storm of 2000'])
    expect(names).toContain(name)
})

it('in a long round no process is killed after its first fifth, so that one lives long', () => {
  const kills = plan(1, 30).filter(({ kind }) => kind === 'kill -9')
  expect(kills.length).toBeGreaterThan(0)
  for (const { at } of kills) expect(at).toBeLessThan(6 * 60_000)
})
