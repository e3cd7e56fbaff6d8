import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Views } from '../../src/views/types.ts'
import { enter } from './deaf-door.ts'
import { ALICE, BOB, event, type Rig, rig, viewsOf } from './support.ts'

const subscribe = (channel: string, address?: string) => ({ type: 'subscribe', channel, data: { address } })
const CAP = 1_048_576

describe('by the clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] })
  })
  afterEach(() => void vi.useRealTimers())

  it('a view goes out at most once a second, and the last change is never left out', async () => {
    const it = rig({}, { views: viewsOf })
    const client = enter(it.hub)
    client.session.message(subscribe('transfers'))
    for (let n = 0; n < 25; n++) {
      it.commit([event(0, 'transfer_created')])
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(client.views('transfers').map(({ height }) => height)).toEqual([0, 1, 11, 21])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(client.views('transfers').at(-1)?.height).toBe(25)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(client.views('transfers')).toHaveLength(5)
  })

  it('one that cannot be read is read again a second later', async () => {
    let broken = true
    const faults: string[] = []
    const it = rig(
      {},
      {
        views: (reader) => ({
          ...viewsOf(reader),
          read: (...asked) => {
            if (broken) throw new Error('locked')
            return viewsOf(reader).read(...asked)
          },
        }),
        onFault: (error) => faults.push(String(error)),
      },
    )
    const client = enter(it.hub)
    client.session.message(subscribe('transfers'))
    await vi.advanceTimersByTimeAsync(500)
    expect([client.views('transfers'), faults]).toEqual([[], ['Error: locked']])
    broken = false
    await vi.advanceTimersByTimeAsync(1_000)
    expect(client.views('transfers')).toHaveLength(1)
  })

  it('a task’s refresh sends what changed by time, not what did not, and nothing older', async () => {
    let [height, fees] = [7, 1]
    const it = rig(
      {},
      { views: (reader) => ({ ...viewsOf(reader), read: () => ({ asOf: { height, time: null }, fees }) }) },
    )
    const client = enter(it.hub)
    client.session.message(subscribe('stats'))
    const refresh = async (now: [height: number, fees: number], name?: string) => {
      ;[height, fees] = now
      it.hub.refresh(name)
      await vi.advanceTimersByTimeAsync(1_100)
      return client.views('stats').map(({ height, data }) => [height, data['fees']])
    }
    expect(await refresh([7, 1])).toEqual([[7, 1]])
    expect(await refresh([7, 2], 'stats')).toEqual([
      [7, 1],
      [7, 2],
    ])
    expect(await refresh([6, 3])).toHaveLength(2)
    expect(await refresh([8, 3], 'transfers')).toHaveLength(2)
    expect(await refresh([8, 3])).toEqual([
      [7, 1],
      [7, 2],
      [8, 3],
    ])
  })

  type Step = { commit: ('alice' | 'bob' | 'nobody')[]; inline: boolean } | { wait: number } | { slow: boolean }
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      commit: fc.array(fc.constantFrom('alice' as const, 'bob' as const, 'nobody' as const), { maxLength: 3 }),
      inline: fc.boolean(),
    }),
    fc.record({ wait: fc.nat(1_500) }),
    fc.record({ slow: fc.boolean() }),
  )

  it('whatever happens: heights rise, nothing comes twice, and in the end everybody sees how it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const it = rig({}, { views: viewsOf })
        const views = viewsOf(it.reader)
        const client = enter(it.hub)
        const shown: [string, string | undefined][] = [
          ['transfers', undefined],
          ['portfolio', ALICE],
        ]
        for (const [channel, address] of shown) client.session.message(subscribe(channel, address))
        for (const each of steps) {
          if ('wait' in each) await vi.advanceTimersByTimeAsync(each.wait)
          else if ('slow' in each) client.wait(each.slow ? CAP / 2 : 0)
          else {
            const accounts = { alice: [ALICE], bob: [BOB], nobody: [] }
            it.commit(
              each.commit.map((who, n) => event(n, 'transfer_created', accounts[who])),
              each.inline,
            )
          }
        }
        client.wait(0)
        await vi.advanceTimersByTimeAsync(3_000)
        for (const [channel, address] of shown) {
          const seen = client.views(channel)
          const heights = seen.map(({ height }) => height)
          expect(heights).toEqual([...new Set(heights)].sort((a, b) => a - b))
          expect(seen.at(-1)?.data['items']).toEqual(views.read(channel, address)['items'])
        }
      }),
      { numRuns: 100 },
    )
  }, 60_000)
})

it('for a slow client a view waits, and only the newest is kept and counted', async () => {
  const it = rig({}, { views: viewsOf })
  const client = enter(it.hub)
  client.session.message(subscribe('stats'))
  client.wait(CAP / 2)
  for (let n = 0; n < 3; n++) {
    it.commit([event(0, 'transfer_created')])
    it.hub.refresh()
    await expect.poll(() => it.hub.metrics().framesConflated['stats'] ?? 0, { timeout: 3_000 }).toBe(n)
    await new Promise((resolve) => setTimeout(resolve, 1_050))
  }
  expect(client.views('stats').map(({ height }) => height)).toEqual([0])
  client.wait(0)
  await expect.poll(() => client.views('stats').map(({ height }) => height)).toEqual([0, 3])
  expect(it.hub.clients().drops.conflated).toBe(2)
})

it('for a client beyond its cap nothing waits: it is told and closed as busy', () => {
  const it = rig({}, { views: viewsOf })
  const client = enter(it.hub)
  client.session.message(subscribe('transfers'))
  client.wait(2 * CAP)
  it.commit([event(0, 'transfer_created')])
  expect([client.closed(), client.told.at(-1)?.data['code']]).toEqual(['server_busy', 'server_busy'])
  expect(it.hub.metrics().connectionsClosed.websocket).toEqual({ server_busy: 1 })
})

it('events go first: many views are read a few at a time, and none before the events of their commit', async () => {
  let reads = 0
  const spin = (views: Views): Views => ({
    ...views,
    read: (name, address) => {
      reads += 1
      for (const until = performance.now() + 2; performance.now() < until; );
      return views.read(name, address)
    },
  })
  const it: Rig = rig({ maxSubscriptions: 100 }, { views: (reader) => spin(viewsOf(reader)) })
  const client = enter(it.hub)
  const accounts = Array.from({ length: 40 }, (_, n) => `0x${n.toString(16).padStart(40, '0')}`)
  for (const account of accounts) client.session.message(subscribe('portfolio', account))
  client.session.message(subscribe('blockchain_events'))
  reads = 0
  it.commit([event(0, 'transfer_created')])
  it.hub.refresh()
  for (let turns = 1; reads < 40; turns++) {
    expect(reads).toBeLessThanOrEqual(2 * (turns - 1))
    const [id] = it.commit([event(0, 'pot_created')])
    expect(client.told.at(-1)?.id).toBe(id)
    await turn()
  }
})
