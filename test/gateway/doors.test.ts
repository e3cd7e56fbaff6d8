/** What both doors do alike; each behaviour is tried over plain WebSocket, socket.io's WebSocket and its polling. */
import { describe, expect, it } from 'vitest'
import { type Client, connect, connectIo } from './client.ts'
import { ALICE, BOB, doors, event, type LIMITS, type Rig, rig, viewsOf } from './support.ts'

type Enter = (more?: { token?: string; header?: string }) => Promise<Client>

const DOORS: [door: string, of: (urls: { ws: string; io: string }) => Enter][] = [
  [
    'websocket',
    ({ ws }) =>
      ({ token, header } = {}) =>
        connect(ws, { headers: bearer(token ?? header) }),
  ],
  ...['websocket', 'polling'].map((transport): [string, (urls: { io: string }) => Enter] => [
    `socket.io over ${transport}`,
    ({ io }) =>
      ({ token, header } = {}) =>
        connectIo(io, {
          ...{ transports: [transport], extraHeaders: bearer(header) },
          ...(token ? { auth: { token } } : {}),
        }),
  ]),
]

const bearer = (token?: string): Record<string, string> => (token ? { Authorization: `Bearer ${token}` } : {})

/** Until the views that were touched are sent: they come after the events, at most a second later. */
const VIEW = { timeout: 3_000 }

describe.each(DOORS)('%s', (door, of) => {
  const open = async (
    options?: Parameters<typeof rig>[1],
    limits?: Partial<typeof LIMITS>,
  ): Promise<{ it: Rig; enter: Enter }> => {
    const it = rig(limits, options)
    return { it, enter: of(await doors(it, limits)) }
  }

  it('subscribe answers, then shows the view, then sends what is committed after', async () => {
    const { it, enter } = await open({ views: viewsOf })
    it.commit([event(0, 'transfer_created')])
    const client = await enter()
    const { data } = await client.subscribe('transfers')
    expect(data).toMatchObject({ position: '1-block-2147483647', recovered: false })
    it.commit([event(0, 'transfer_created')])
    await client.settled()
    const [subscribed, snapshot, activity] = client.told.slice(1)
    expect(subscribed?.data['message']).toBe('Subscribed to transfers')
    expect(snapshot).toEqual({
      ...{ type: 'data_update', channel: 'transfers', timestamp: expect.any(String) },
      data: { asOf: { height: 1, time: '2026-01-01T00:00:1.1Z' }, items: ['1-0-0'] },
    })
    expect(activity).toMatchObject({ type: 'data_update', channel: 'transfers', id: '2-0-0' })
  })

  it('shows the latest events on blockchain_events, nothing on system, and nothing to who resumes where it was', async () => {
    const { it, enter } = await open({ views: viewsOf })
    it.commit([event(0, 'transfer_created')])
    const client = await enter()
    for (const channel of ['blockchain_events', 'system']) await client.subscribe(channel)
    await client.subscribe('transfers', { since: '1-0-0' })
    await client.settled()
    expect(client.views('blockchain_events')).toEqual([expect.objectContaining({ items: ['1-0-0'] })])
    expect([client.views('system'), client.views('transfers')]).toEqual([[], []])
  })

  it('a touched view follows the events that touched it, and what it shows never goes back', async () => {
    const { it, enter } = await open({ views: viewsOf })
    const client = await enter()
    for (const channel of ['transfers', 'pots']) await client.subscribe(channel)
    for (let n = 0; n < 12; n++) {
      it.commit([event(0, 'transfer_created')], n % 3 !== 0)
      await client.settled()
    }
    await expect.poll(() => client.views('transfers').at(-1)?.['items'], VIEW).toHaveLength(12)
    const heights = client.views('transfers').map(({ asOf }) => (asOf as { height: number }).height)
    expect(heights).toEqual([...new Set(heights)].sort((a, b) => a - b))
    expect(heights.length).toBeLessThan(6)
    expect(client.views('pots')).toHaveLength(1)
    for (const [n, { channel, data }] of client.told.entries()) {
      if (channel !== 'transfers' || !('asOf' in data)) continue
      const before = client.told.slice(0, n).map(({ id }) => id)
      expect(before).toEqual(expect.arrayContaining(data['items'] as string[]))
    }
  })

  it('with an address the view is about it, and follows what concerns it alone', async () => {
    const { it, enter } = await open({ views: viewsOf })
    const client = await enter()
    await client.subscribe('portfolio', { address: ALICE })
    it.commit([event(0, 'transfer_created', [BOB])])
    it.commit([event(0, 'pot_created', [ALICE])])
    await expect.poll(() => client.views('portfolio').map(({ items }) => items), VIEW).toEqual([[], ['2-0-0']])
  })

  it('who resumes gets what it missed, then the view it would have seen', async () => {
    const { it, enter } = await open({ views: viewsOf })
    const ids = it.commit([event(0, 'transfer_created'), event(1, 'transfer_created')])
    it.commit([event(0, 'transfer_created', [ALICE])])
    const client = await enter()
    await client.subscribe('transfers', { since: ids[0] })
    await client.subscribe('portfolio', { address: ALICE, since: ids[0] })
    await expect.poll(() => client.views('portfolio').map(({ items }) => items), VIEW).toEqual([['2-0-0']])
    await expect.poll(() => client.views('transfers'), VIEW).toHaveLength(1)
    const own = client.told.filter(({ channel }) => channel === 'transfers')
    expect(own.map(({ id }) => id)).toEqual(['1-0-1', '2-0-0', undefined])
  })

  it('an operator’s broadcast is marked as such and reaches each subscriber once', async () => {
    const { it, enter } = await open()
    const [first, second, other] = [await enter(), await enter(), await enter()]
    for (const address of [ALICE, BOB]) await first.subscribe('transfers', { address })
    await second.subscribe('transfers')
    await other.subscribe('pots')
    expect(it.hub.broadcast('transfers', { text: 'hello' })).toBe(2)
    for (const client of [first, second, other]) await client.settled()
    const heard = (client: Client) => client.told.filter(({ data }) => data['source'] === 'operator')
    expect(heard(first)).toEqual([
      {
        ...{ type: 'data_update', channel: 'transfers', timestamp: expect.any(String) },
        data: { source: 'operator', data: { text: 'hello' } },
      },
    ])
    expect([heard(second).length, heard(other).length]).toEqual([1, 0])
    expect(() => it.hub.broadcast('blockchain_events', {})).toThrow(/only the chain/)
    expect(() => it.hub.broadcast('__proto__', {})).toThrow(/no channel/)
  })

  it('says when history has changed, and shows the views anew', async () => {
    let items = 1
    const { it, enter } = await open({
      views: (reader) => ({ ...viewsOf(reader), read: () => ({ asOf: { height: 0, time: null }, items }) }),
    })
    const client = await enter()
    await client.subscribe('transfers')
    items = 2
    it.hub.historyChanged({ contract: 'wasm1market', from: 1, to: 9 })
    const { data } = await client.frame(({ data }) => 'history_changed' in data)
    expect(data).toEqual({ history_changed: { contract: 'wasm1market', from: 1, to: 9 } })
    await expect.poll(() => client.views('transfers').map(({ items }) => items)).toEqual([1, 2])
  })

  it('authorize is asked with address and handshake; a no is unauthorized, with the reason it gave', async () => {
    const asked: unknown[] = []
    const { enter } = await open({
      authorize: ({ channel, address }, { auth, headers }) => {
        const token = auth['token'] ?? headers.authorization
        asked.push([channel, address, token])
        return channel === 'pots' ? 'pots are closed' : channel !== 'portfolio'
      },
    })
    const client = await enter({ token: 'me' })
    const answers = [
      await client.subscribe('transfers'),
      await client.subscribe('pots'),
      await client.subscribe('portfolio', { address: ALICE.toUpperCase() }),
    ]
    expect(answers.map(({ type, data }) => [type, data['code'], data['code'] && data['message']])).toEqual([
      ['event', undefined, undefined],
      ['error', 'unauthorized', 'pots are closed'],
      ['error', 'unauthorized', 'you may not subscribe to this'],
    ])
    const token = door === 'websocket' ? 'Bearer me' : 'me'
    expect(asked).toEqual([
      ['transfers', undefined, token],
      ['pots', undefined, token],
      ['portfolio', ALICE, token],
    ])
  })

  it('until authorize has decided nothing is sent, and what a client asks next waits its turn', async () => {
    const decide = new Map<string, (verdict: boolean | Promise<boolean>) => void>()
    const { it, enter } = await open({
      views: viewsOf,
      authorize: ({ channel }) => new Promise<boolean>((resolve) => decide.set(channel, resolve)),
      onFault: (error) => expect(String(error)).toContain('broken'),
    })
    const client = await enter()
    for (const [n, channel] of ['transfers', 'pots', 'stats'].entries())
      client.send({ type: 'subscribe', channel, id: `s${n}` })
    client.send({ type: 'ping', id: 'p' })
    await expect.poll(() => decide.has('transfers')).toBe(true)
    it.commit([event(0, 'transfer_created')])
    expect(client.told).toHaveLength(1)
    decide.get('transfers')?.(true)
    await expect.poll(() => decide.has('pots')).toBe(true)
    it.commit([event(0, 'transfer_created')])
    decide.get('pots')?.(Promise.reject(new Error('broken')))
    await expect.poll(() => decide.has('stats')).toBe(true)
    decide.get('stats')?.(false)
    await client.frame(({ id }) => id === 'p')
    const answers = client.told.filter(({ id }) => id !== undefined && /^[sp]/.test(id))
    expect(answers.map(({ id, type }) => [id, type])).toEqual([
      ...[
        ['s0', 'event'],
        ['s1', 'error'],
        ['s2', 'error'],
      ],
      ['p', 'pong'],
    ])
    expect(client.ids('transfers')).toEqual(['2-0-0'])
    expect(client.views('pots')).toEqual([])
  })

  it('stats come once a second to operators alone, and end with the subscription', async () => {
    let read = 0
    const { enter } = await open({ isAdmin: (token) => token === 'secret', stats: () => ({ read: ++read }) })
    const [stranger, holder, header] = [
      await enter(),
      await enter({ token: 'secret' }),
      await enter({ header: 'secret' }),
    ]
    expect((await stranger.subscribe('system', { stats: true })).data['code']).toBe('unauthorized')
    expect((await stranger.subscribe('system', { stats: true, token: 'wrong' })).data['code']).toBe('unauthorized')
    for (const client of [holder, header]) {
      expect((await client.subscribe('system', { stats: true })).data['message']).toBe('Subscribed to system')
      expect((await client.frame(({ data }) => 'stats' in data)).data['stats']).toEqual({ read: expect.any(Number) })
    }
    expect((await stranger.subscribe('system', { stats: true, token: 'secret' })).type).toBe('event')
    await stranger.frame(({ data }) => 'stats' in data)
    for (const client of [stranger, holder, header]) client.send({ type: 'unsubscribe', channel: 'system', id: 'end' })
    for (const client of [stranger, holder, header]) await client.frame(({ id }) => id === 'end')
    const before = read
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    expect(read).toBe(before)
  })

  it('acknowledged positions say how far a client is behind; one beyond the head is not believed', async () => {
    const { it, enter } = await open()
    for (let n = 0; n < 10; n++) it.commit([event(0, 'transfer_created')])
    const client = await enter()
    await client.subscribe('transfers')
    const [own = ''] = Object.keys(it.hub.clients().subscriptions)
    const told = async (position?: string) => {
      if (position) client.send({ type: 'ping', data: { position } })
      await client.settled()
      const { acknowledged, lag } = it.hub.clients().clients[own] as { acknowledged: string; lag: number }
      return [acknowledged, lag]
    }
    expect(await told()).toEqual([null, null])
    expect(await told('4-0-0')).toEqual(['4-0-0', 6])
    expect(await told('2-0-0')).toEqual(['4-0-0', 6])
    expect(await told('9999-0-0')).toEqual(['10-block-2147483647', 0])
    it.commit()
    expect((await told())[1]).toBe(1)
  })

  it('clients and metrics count what there is and what was sent', async () => {
    const { it, enter } = await open({}, { maxMessagesPerSecond: 30 })
    const kind = door === 'websocket' ? 'websocket' : 'socket.io'
    it.commit([])
    const client = await enter()
    for (const address of [ALICE, BOB]) await client.subscribe('transfers', { address })
    await client.subscribe('blockchain_events', { since: '0-0-0', epoch: 'x' })
    it.commit([event(0, 'transfer_created', [ALICE]), event(1, 'transfer_created', [BOB])])
    await client.subscribe('blockchain_events', { since: '2-0-0' })
    for (let n = 0; n < 60; n++) client.send({ type: 'ping' })
    await client.frame(({ data }) => data['code'] === 'rate_limited')
    const { clientCount, subscriptions, drops, limits } = it.hub.clients()
    expect({ clientCount, subscriptions: Object.values(subscriptions) }).toEqual({
      ...{ clientCount: 1, subscriptions: [['transfers', 'blockchain_events']] },
    })
    expect(limits).toEqual({ maxMessagesPerSecond: 30, maxBufferedBytes: 1_048_576, maxSubscriptions: 5 })
    expect(drops).toEqual({ conflated: 0, serverBusy: 0, rateLimited: expect.any(Number) })
    const { connections, framesSent, sentBytes, resumes, subscriptions: counts } = it.hub.metrics()
    expect(connections).toEqual({ websocket: 0, 'socket.io': 0, [kind]: 1 })
    expect(counts).toMatchObject({ transfers: 2, blockchain_events: 1, pots: 0 })
    expect(framesSent[kind]).toMatchObject({ system: 4, data_update: 2, event: 1 })
    expect(sentBytes[kind]).toBeGreaterThan(1_000)
    expect(resumes).toEqual({ memory: 1, ledger: 0, expired: 1 })
    client.end()
    await expect.poll(() => it.hub.metrics().connectionsClosed[kind]).toEqual({ client: 1 })
    expect(it.hub.clientCount).toBe(0)
  })
})
