import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Batch } from '../../src/gateway/frames.ts'
import type { Door, Session } from '../../src/gateway/session.ts'
import { ALICE, BOB, event, type Rig, rig } from './support.ts'

/** A client without a network: what was written to it is what it has. */
interface Listener {
  session: Session
  ids: string[]
  since: string | undefined
  /** Ids that the hub had heard of before it subscribed. */
  before: number
  account: string | undefined
}

function listen({ hub }: Rig, since: string | undefined, before: number, account?: string): Listener {
  const ids: string[] = []
  const door: Door = {
    handshake: { door: 'websocket', ip: '', headers: {}, url: '', auth: {} },
    write: (batches: readonly Batch[]) => {
      for (const { frames } of batches)
        for (const { text, name } of frames)
          if (name === 'event') ids.push(String((JSON.parse(text) as { id: string }).id))
    },
    buffered: () => 0,
    drain: () => turn(),
    close: () => undefined,
  }
  const session = hub.connect(door)
  if (!session) throw new Error('the hub is draining')
  session.message({ type: 'subscribe', channel: 'blockchain_events', data: { address: account, since } })
  return { session, ids, since, before, account }
}

type Step =
  | { do: 'commit'; events: number; inline: boolean | 'unheard' }
  | { do: 'join'; back: number | null; account: boolean }
  | { do: 'turn' }
  | { do: 'syncing' | 'live' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ do: fc.constant('commit' as const), events: fc.nat(4) },
      inline: fc.constantFrom(true, true, false, 'unheard' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('join' as const), back: fc.option(fc.nat(12)), account: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('syncing' as const, 'live' as const) }) },
)

it('whatever is committed, missed, resumed or behind: who resumes gets everything after it, once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const it = rig()
      const all: { id: string; accounts: string[] }[] = []
      const listeners: Listener[] = []
      let heard = 0
      for (const each of steps) {
        if (each.do === 'commit') {
          const accounts = (n: number) => (n % 2 ? [ALICE] : [BOB])
          const records = Array.from({ length: each.events }, (_, n) => event(n, 'transfer_created', accounts(n)))
          for (const [n, id] of it.commit(records, each.inline).entries()) all.push({ id, accounts: accounts(n) })
          if (each.inline !== 'unheard') heard = all.length
        } else if (each.do === 'join') {
          const since = each.back === null ? undefined : (all[all.length - 1 - each.back]?.id ?? '0-0-0')
          listeners.push(listen(it, since, heard, each.account ? ALICE : undefined))
        } else if (each.do === 'turn') await turn()
        else it[each.do]()
      }
      it.commit()
      it.live()
      for (let turns = 0; turns < 20; turns++) await turn()
      for (const { ids, since, account } of listeners) {
        if (since === undefined) continue
        const from = since === '0-0-0' ? 0 : all.findIndex(({ id }) => id === since) + 1
        const expected = all.slice(from).filter(({ accounts }) => account === undefined || accounts.includes(account))
        expect(ids).toEqual(expected.map(({ id }) => id))
      }
      for (const { ids, since, before } of listeners) {
        if (since !== undefined) continue
        const later = all.slice(before).map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        expect(ids.every((id) => later.includes(id))).toBe(true)
      }
    }),
    { numRuns: 150 },
  )
}, 60_000)

it('without since, a client that subscribed while live gets exactly what is committed afterwards', () => {
  const it = rig()
  it.commit([event(0, 'transfer_created')])
  const listener = listen(it, undefined, 1)
  const ids = [
    ...it.commit([event(0, 'pot_created'), event(1, 'pot_created')]),
    ...it.commit([event(0, 'pot_created')], false),
  ]
  expect(listener.ids).toEqual(ids)
})

it('a cursor beyond the end of the log waits: nothing at or below it is ever sent', async () => {
  const it = rig()
  it.commit([event(0, 'transfer_created')])
  const listener = listen(it, '3-0-1', 1)
  await turn()
  it.commit([event(0, 'transfer_created')])
  it.commit([event(0, 'transfer_created'), event(1, 'transfer_created'), event(2, 'transfer_created')])
  for (let turns = 0; turns < 5; turns++) await turn()
  expect(listener.ids).toEqual(['3-0-2'])
})

it('while syncing nothing is pushed to who asked for no history, and who did goes on reading', async () => {
  const it = rig()
  it.syncing()
  const [newcomer, reader] = [listen(it, undefined, 0), listen(it, '0-0-0', 0)]
  it.commit([event(0, 'transfer_created')])
  for (let turns = 0; turns < 5; turns++) await turn()
  expect([newcomer.ids, reader.ids]).toEqual([[], ['1-0-0']])
  it.live()
  await turn()
  it.commit([event(0, 'transfer_created')])
  for (let turns = 0; turns < 5; turns++) await turn()
  expect([newcomer.ids, reader.ids]).toEqual([['2-0-0'], ['1-0-0', '2-0-0']])
})
