import { expect, it } from 'vitest'
import { connect } from './client.ts'
import { ALICE, BOB, doors, event, rig } from './support.ts'

const answerTo = (id: string) => (frame: { id?: string }) => frame.id === id

it('greets with who it is and how far the log is', async () => {
  const it = rig()
  it.commit([])
  const client = await connect((await doors(it)).ws, { protocol: 'seiche.v1' })
  const { type, channel, data } = await client.frame(() => true)
  expect([type, channel, client.socket.protocol]).toEqual(['event', 'system', 'seiche.v1'])
  expect(data).toMatchObject({
    ...{ message: 'Connected to Test WebSocket', protocol: 'seiche.v1', chainId: 'test-1', epoch: 'test-1/H1' },
    ...{ clientId: expect.stringMatching(/^client_/), sync: { state: 'live' } },
  })
})

it('answers subscribe, unsubscribe and ping with the request’s id', async () => {
  const client = await connect((await doors(rig())).ws)
  client.send({ type: 'subscribe', channel: 'transfers', id: 'a' })
  expect((await client.frame(answerTo('a'))).data).toEqual({
    ...{ message: 'Subscribed to transfers', channel: 'transfers', position: '0-0-0', recovered: false },
  })
  client.send({ type: 'ping', id: 'b', data: { position: '1-0-0' } })
  expect(await client.frame(answerTo('b'))).toMatchObject({ type: 'pong', data: { position: '0-0-0' } })
  client.send({ type: 'unsubscribe', channel: 'transfers', id: 'c' })
  expect((await client.frame(answerTo('c'))).data).toEqual({
    message: 'Unsubscribed from transfers',
    channel: 'transfers',
  })
})

it('each event goes to blockchain_events once and to the channel of its first word, as the surface shapes them', async () => {
  const it = rig()
  const client = await connect((await doors(it)).ws)
  for (const channel of ['blockchain_events', 'transfers', 'pots', 'stats'])
    client.send({ type: 'subscribe', channel, id: channel })
  await client.frame(answerTo('stats'))
  const [id] = it.commit([event(3, 'transfer_created', [ALICE])])
  client.send({ type: 'ping', id: 'last' })
  await client.frame(answerTo('last'))
  const [stored] = it.reader.events({ order: 'asc', limit: 1 })
  const chainEvent = JSON.parse(stored?.text ?? '') as unknown
  expect(client.told.filter((frame) => frame.id === id)).toEqual([
    {
      type: 'data_update',
      channel: 'transfers',
      id,
      data: { type: 'new_activity', event: chainEvent },
      timestamp: expect.any(String),
    },
    { type: 'event', channel: 'blockchain_events', id, data: chainEvent, timestamp: expect.any(String) },
  ])
})

it('an address narrows a channel to what concerns it, however it is spelled; another address adds, the same again replaces', async () => {
  const it = rig()
  const { ws } = await doors(it)
  const [alice, both, everybody] = [await connect(ws), await connect(ws), await connect(ws)]
  alice.send({ type: 'subscribe', channel: 'transfers', id: '1', data: { address: ALICE.toUpperCase() } })
  for (const address of [ALICE, BOB]) both.send({ type: 'subscribe', channel: 'transfers', id: '1', data: { address } })
  for (const id of ['1', '2']) everybody.send({ type: 'subscribe', channel: 'transfers', id })
  everybody.send({ type: 'subscribe', channel: 'transfers', id: '3', data: { address: BOB } })
  for (const client of [alice, both, everybody]) {
    client.send({ type: 'ping', id: 'ready' })
    await client.frame(answerTo('ready'))
  }
  it.commit([
    event(0, 'transfer_a', [ALICE]),
    event(1, 'transfer_b', [BOB]),
    event(2, 'transfer_c', [ALICE, BOB]),
    event(3, 'transfer_d'),
  ])
  for (const client of [alice, both, everybody]) {
    client.send({ type: 'ping', id: 'done' })
    await client.frame(answerTo('done'))
  }
  expect(alice.ids('transfers')).toEqual(['1-0-0', '1-0-2'])
  expect(both.ids('transfers')).toEqual(['1-0-0', '1-0-1', '1-0-2'])
  expect(everybody.ids('transfers')).toEqual(['1-0-0', '1-0-1', '1-0-2', '1-0-3'])
})

it('an 0x address is its bech32; on a channel that ignores addresses anything goes', async () => {
  const it = rig()
  const client = await connect((await doors(it)).ws)
  client.send({ type: 'subscribe', channel: 'transfers', id: '1', data: { address: `0x${'ab'.repeat(20)}` } })
  client.send({ type: 'subscribe', channel: 'stats', id: '2', data: { address: 'nonsense' } })
  expect((await client.frame(answerTo('1'))).data['message']).toBe('Subscribed to transfers')
  expect((await client.frame(answerTo('2'))).data['message']).toBe('Subscribed to stats')
})

it('unsubscribing an address ends that one; without an address all of the channel', async () => {
  const it = rig()
  const client = await connect((await doors(it)).ws)
  for (const address of [ALICE, BOB]) client.send({ type: 'subscribe', channel: 'transfers', data: { address } })
  client.send({ type: 'unsubscribe', channel: 'transfers', id: '1', data: { address: ALICE } })
  await client.frame(answerTo('1'))
  it.commit([event(0, 'transfer_a', [ALICE]), event(1, 'transfer_b', [BOB])])
  client.send({ type: 'unsubscribe', channel: 'transfers', id: '2' })
  await client.frame(answerTo('2'))
  it.commit([event(0, 'transfer_b', [BOB])])
  client.send({ type: 'ping', id: '3' })
  await client.frame(answerTo('3'))
  expect(client.ids('transfers')).toEqual(['1-0-1'])
})

const REFUSED: [code: string, message: unknown][] = [
  ['invalid_message', 'not json'],
  ['invalid_message', Buffer.from([1, 2, 3])],
  ['invalid_message', '[]'],
  ['invalid_message', { channel: 'transfers' }],
  ['invalid_message', { type: 'subscribe', channel: 'transfers', data: { since: '1-2' } }],
  ['invalid_message', { type: 'subscribe', channel: 'transfers', data: { since: 7 } }],
  ['unknown_type', { type: 'publish' }],
  ['channel_required', { type: 'subscribe' }],
  ['channel_required', { type: 'unsubscribe', channel: '' }],
  ['invalid_channel', { type: 'subscribe', channel: 'nope' }],
  ['invalid_channel', { type: 'subscribe', channel: '__proto__' }],
  ['invalid_channel', { type: 'unsubscribe', channel: 'constructor' }],
  ['address_required', { type: 'subscribe', channel: 'portfolio' }],
  ['invalid_address', { type: 'subscribe', channel: 'transfers', data: { address: 'wasm1nope' } }],
  [
    'invalid_address',
    { type: 'subscribe', channel: 'transfers', data: { address: 'sei1pytelukfdc0c5yu43ka7svuj66xfyn329vvd9q' } },
  ],
  ['resume_expired', { type: 'subscribe', channel: 'transfers', data: { since: '0-0-0', epoch: 'other/H1' } }],
]

it.each(REFUSED)('%s: %j', async (code, message) => {
  const it = rig()
  it.commit([])
  const client = await connect((await doors(it)).ws)
  client.send(message)
  const { data } = await client.frame(({ type }) => type === 'error')
  expect(data).toMatchObject({ code, message: expect.any(String) })
  if (code === 'resume_expired') expect(data['earliest']).toBe('0-0-0')
  client.send({ type: 'ping', id: 'alive' })
  expect((await client.frame(answerTo('alive'))).type).toBe('pong')
})

it('too many subscriptions, too many messages and too large a message are refused with their codes', async () => {
  const it = rig({ maxMessagesPerSecond: 20 })
  const { ws } = await doors(it)
  const client = await connect(ws)
  for (const channel of ['blockchain_events', 'transfers', 'pots', 'stats', 'system'])
    client.send({ type: 'subscribe', channel })
  client.send({ type: 'subscribe', channel: 'transfers', id: 'again' })
  expect((await client.frame(answerTo('again'))).type).toBe('event')
  client.send({ type: 'subscribe', channel: 'transfers', id: 'sixth', data: { address: ALICE } })
  expect((await client.frame(answerTo('sixth'))).data['code']).toBe('too_many_subscriptions')
  for (let n = 0; n < 60; n++) client.send({ type: 'ping', id: `p${n}` })
  expect((await client.frame(({ data }) => data['code'] === 'rate_limited')).data['retryAfterMs']).toBe(1_000)
  const large = await connect(ws)
  large.send({ type: 'ping', data: { position: 'x'.repeat(20_000) } })
  expect((await large.closed).code).toBe(1009)
})

it('foreign pages and hosts, and more connections than allowed, are refused at the door', async () => {
  const it = rig()
  const { ws } = await doors(it, { maxConnectionsPerIp: 2 })
  const refused = async (headers: Record<string, string>) =>
    await connect(ws, { headers }).catch((error: Error) => error.message)
  expect(await refused({ Origin: 'https://evil.example' })).toContain('403')
  expect(await refused({ Host: 'evil.example' })).toContain('403')
  await connect(ws, { headers: { Origin: 'https://app.example.org' } })
  await connect(ws, { headers: { Origin: 'http://localhost:5173' } })
  expect(await refused({})).toContain('503')
  const small = await doors(it, { maxConnections: 1 })
  await connect(small.ws)
  await expect(connect(small.ws)).rejects.toThrow('503')
})

it('resume over thousands of events hands over to live without a gap, while more is committed', async () => {
  const it = rig()
  const events = () => Array.from({ length: 100 }, (_, n) => event(n, 'transfer_created'))
  const ids = Array.from({ length: 40 }, () => it.commit(events())).flat()
  const client = await connect((await doors(it)).ws)
  client.send({ type: 'subscribe', channel: 'blockchain_events', data: { since: '0-0-0', epoch: 'test-1/H1' } })
  for (let n = 0; n < 20; n++) {
    ids.push(...it.commit(events(), n % 3 !== 0))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await client.frame(({ id }) => id === ids.at(-1))
  expect(client.ids()).toEqual(ids)
})

it('slow-client: who stops reading is closed as busy, loses nothing by resuming, and slows nobody', async () => {
  const it = rig()
  const { ws } = await doors(it)
  const [slow, healthy] = [await connect(ws), await connect(ws)]
  for (const client of [slow, healthy]) client.send({ type: 'subscribe', channel: 'blockchain_events', id: '1' })
  await Promise.all([slow, healthy].map((client) => client.frame(answerTo('1'))))
  slow.socket.pause()
  const ids: string[] = []
  const large = (n: number) => ({ ...event(n, 'transfer_created'), data: { memo: 'x'.repeat(3_000) } })
  while (it.hub.clients().drops.serverBusy === 0) {
    ids.push(...it.commit(Array.from({ length: 50 }, (_, n) => large(n))))
    await healthy.frame(({ id }) => id === ids.at(-1))
  }
  expect(healthy.ids()).toEqual(ids)
  slow.socket.resume()
  await slow.closed
  const seen = slow.ids()
  expect(seen).toEqual(ids.slice(0, seen.length))
  const again = await connect(ws)
  again.send({ type: 'subscribe', channel: 'blockchain_events', data: { since: seen.at(-1) ?? '0-0-0' } })
  await again.frame(({ id }) => id === ids.at(-1))
  expect([...seen, ...again.ids()]).toEqual(ids)
})

it('draining says so to everybody and closes with 1012', async () => {
  const it = rig()
  const client = await connect((await doors(it)).ws)
  await client.frame(() => true)
  it.hub.drain()
  expect((await client.frame(({ data }) => 'draining' in data)).data['draining']).toEqual({
    retryAfterMs: expect.any(Number),
  })
  expect(await client.closed).toEqual({ code: 1012, reason: 'restart' })
})

it('every 100 blocks a position, so that quiet clients stay resumable', async () => {
  const it = rig()
  it.commit([event(0, 'transfer_created')])
  const client = await connect((await doors(it)).ws)
  await client.frame(() => true)
  for (let n = 0; n < 100; n++) it.commit()
  const { data } = await client.frame(({ data: { position } }) => position !== undefined)
  const resumed = await connect((await doors(it)).ws)
  resumed.send({ type: 'subscribe', channel: 'blockchain_events', data: { since: data['position'] }, id: '1' })
  expect((await resumed.frame(answerTo('1'))).data['recovered']).toBe(true)
})
