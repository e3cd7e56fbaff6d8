/** Events that concern more accounts than an event carries (D13). */
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { defineApp, type JoinState } from '../../src/events/app.ts'
import type { EventRecord } from '../../src/events/types.ts'
import { enter } from './deaf-door.ts'
import { ALICE, app, BOB, event, rig, viewsOf } from './support.ts'

/** Everybody whom an event's text names has joined, and is concerned by all that follow. */
const crowded = defineApp({
  ...app,
  catalogue: {
    ...app.catalogue,
    join: ({ data }: EventRecord, state: JoinState) => {
      for (const account of String(data['joined'] ?? '').match(/\w+/g) ?? []) state.weigh('all', account, '1')
      return { data: {}, accounts: [], audience: state.members('all', 1_000), incomplete: false, crowd: 'all' }
    },
  },
})

/** 1,100 accounts that stand before ALICE and BOB. */
const CROWD = Array.from({ length: 1_100 }, (_, n) => `wasm1a${String(n).padStart(4, '0')}`)

const joining = (accounts: string[]): EventRecord => ({
  ...event(0, 'transfer_created'),
  data: { joined: accounts.join() },
})

const subscribe = (channel: string, address: string, since?: string) => ({
  type: 'subscribe',
  channel,
  data: { address, since },
})

it('a member who listens gets what concerns the crowd, live, in its view, from memory and from the log; a stranger nothing', async () => {
  const it = rig({}, { app: crowded, views: viewsOf })
  it.commit([joining([...CROWD, ALICE])])
  const [member, stranger] = [ALICE, BOB].map((address) => {
    const client = enter(it.hub)
    for (const channel of ['transfers', 'portfolio']) client.session.message(subscribe(channel, address))
    return {
      ...client,
      ids: () => client.told.flatMap(({ id, channel }) => (channel === 'transfers' && id ? [id] : [])),
    }
  }) as [ReturnType<typeof enter> & { ids(): string[] }, ReturnType<typeof enter> & { ids(): string[] }]
  await turn()
  const ids = [...it.commit([event(0, 'transfer_created')]), ...it.commit([event(0, 'transfer_created')], false)]
  await turn()
  expect([member.ids(), stranger.ids()]).toEqual([ids, []])
  expect(member.views('portfolio').at(-1)?.data['items']).toEqual([...ids.toReversed(), '1-0-0'])
  expect(stranger.views('portfolio').map(({ data }) => data['items'])).toEqual([[]])

  const resumed = async (address: string, since: string) => {
    const client = enter(it.hub)
    client.session.message(subscribe('transfers', address, since))
    for (let turns = 0; turns < 5; turns++) await turn()
    return client.told.flatMap(({ id }) => id ?? [])
  }
  expect([await resumed(ALICE, '1-0-0'), await resumed(BOB, '1-0-0')]).toEqual([ids, []])
  it.syncing()
  it.commit([])
  it.live()
  expect([await resumed(ALICE, '0-0-0'), await resumed(BOB, '0-0-0')]).toEqual([['1-0-0', ...ids], []])
  expect(it.hub.metrics().resumes).toEqual({ memory: 2, ledger: 2, expired: 0 })
})

it('who has a routing row is no more asked for than before, and gets nothing twice', () => {
  const it = rig({}, { app: crowded })
  it.commit([joining(CROWD)])
  const query = { order: 'asc', limit: 10 } as const
  it.commit([event(0, 'transfer_created')])
  expect(it.reader.events({ ...query, account: CROWD[0] ?? '' }).map(({ id }) => id)).toEqual(['1-0-0', '2-0-0'])
  expect(it.reader.events({ ...query, account: CROWD[1_050] ?? '' }).map(({ id }) => id)).toEqual(['1-0-0', '2-0-0'])
  expect(it.reader.events({ ...query, account: BOB })).toEqual([])
})
