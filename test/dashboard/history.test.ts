/** What the charts are drawn from. */
import { expect, it } from 'vitest'
import type { StageTimes } from '../../src/control/metrics.ts'
import { History, type Totals } from '../../src/dashboard/history.ts'

const NOTHING: Totals = { events: 0, head: null, committed: 0, clients: 0, sentBytes: 0, cacheHits: 0, cacheReads: 0 }

function historyOf(totals: () => Totals, pushed: () => readonly StageTimes[] = () => []) {
  const history = new History({ totals, pushed })
  return { history, named: () => history.named }
}

it('a reading tells what came since the one before, and null where nothing did', () => {
  let now: Totals = NOTHING
  const { history, named } = historyOf(() => now)
  history.read()
  expect(named()).toMatchObject({ eventsPerSecond: 0, behind: null, hitRatio: null, deliveryP50: null, commit: null })
  now = { ...NOTHING, events: 10, head: 9, committed: 7, clients: 3, cacheHits: 3, cacheReads: 4 }
  history.read()
  expect(named()).toMatchObject({ behind: 2, clients: 3, hitRatio: 0.75 })
  expect(named()['eventsPerSecond']).toBeGreaterThan(0)
  history.read()
  expect(named()).toMatchObject({ eventsPerSecond: 0, hitRatio: null })
})

it('times are those of what was pushed since the reading before; to nobody is no delivery', () => {
  const times = (delivery: number, doors: string[] = ['websocket']): StageTimes => ({
    ...{ stages: { fetch: 1, decode: 2, commit: delivery, publish: 4 }, delivery, doors },
  })
  const waiting = [[times(30), times(10), times(20), times(99, [])], []]
  const { history, named } = historyOf(
    () => NOTHING,
    () => waiting.shift() ?? [],
  )
  history.read()
  expect(named()).toMatchObject({ deliveryP50: 20, deliveryP99: 30, fetch: 1, publish: 4 })
  history.read()
  expect(named()).toMatchObject({ deliveryP50: null, fetch: null })
})

it('a quarter of an hour is kept, the oldest first', () => {
  const { history } = historyOf(() => NOTHING)
  for (let second = 0; second < 1_000; second++) history.read()
  expect(history.all).toHaveLength(900)
  expect(history.all[0]?.[0]).toBeLessThanOrEqual(history.latest?.[0] as number)
})
