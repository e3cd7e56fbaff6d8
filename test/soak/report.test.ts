import { expect, it } from 'vitest'
import { report, totals } from './report.ts'
import type { Outcome } from './round.ts'

const memory = { anonymous: 100, total: 200 }
const outcome: Outcome = {
  ...{ seed: 7, minutes: 1, rate: 5, events: 10, blocks: 320, logged: 3_000, restarts: 2, reborn: 4, connections: 900 },
  ...{ stormed: 1_900, refused: 12, folder: '', problems: [] },
  memory: { first: memory, last: memory, peak: 210, growth: null },
  faults: { 'disk full': { injected: 3, obeyed: 2 }, 'kill -9': { injected: 1, obeyed: 1 } },
}

it('a fault is summed up over all rounds, with how often it came to pass', () => {
  expect(totals([outcome, { faults: { 'disk full': { injected: 1, obeyed: 1 } } }])).toEqual([
    ['disk full', 4, 3],
    ['kill -9', 1, 1],
  ])
})

it('the report says which commit ran, and of a seed that failed what is wrong', () => {
  const lost = 'a client got 1 of 2 events'
  const text = report([outcome, { ...outcome, seed: 8, problems: [lost] }], 'abc')
  expect(text).toContain('1 of 2 seeds passed. Commit abc;')
  expect(text).toMatch(/^\| 7 \| 1 \| disk full 2\/3, kill -9 1\/1 \|.*\| passed \|$/m)
  expect(text).toContain(`## Seed 8\n\n- ${lost}`)
})
