import { io, type Socket } from 'socket.io-client'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { FastPath } from '../../src/gateway/fast-path.ts'
import { Frame } from '../../src/gateway/frames.ts'
import type { Acknowledgement, ClientToServerEvents, ServerToClientEvents } from '../../src/gateway/socketio.ts'
import { ALICE, doors, event, rig } from './support.ts'

type Client = Socket<ServerToClientEvents, ClientToServerEvents>

function connect(
  url: string,
  options: object = {},
): { client: Client; ids: string[]; system: Record<string, unknown>[] } {
  const client: Client = io(url, { forceNew: true, reconnection: false, ...options })
  const ids: string[] = []
  const system: Record<string, unknown>[] = []
  client.on('event', ({ id }) => ids.push(String(id)))
  client.on('system', ({ data }) => system.push(data))
  onTestFinished(() => void client.close())
  return { client, ids, system }
}

const ask = (client: Client, request: Parameters<ClientToServerEvents['subscribe']>[0]): Promise<Acknowledgement> =>
  client.timeout(5_000).emitWithAck('subscribe', request)

describe.each([
  ['polling', undefined],
  ['websocket', undefined],
  ['websocket', false],
] as const)('over %s, the fast path %s', (transport, open) => {
  it('greets, acknowledges, pushes the same events as the other door, and resumes', async () => {
    const it = rig()
    const fastPath = new FastPath(open === false ? { open } : {})
    const { io: url } = await doors(it, {}, { fastPath })
    const history = it.commit([event(0, 'transfer_created'), event(1, 'transfer_created')])
    const { client, ids, system } = connect(url, { transports: [transport] })
    expect(await ask(client, { channel: 'blockchain_events', since: '0-0-0' })).toEqual({
      ...{ ok: true, channel: 'blockchain_events', position: '0-0-0', recovered: true },
    })
    await expect.poll(() => ids).toEqual(history)
    const later = it.commit([event(0, 'pot_created', [ALICE])])
    await expect.poll(() => ids).toEqual([...history, ...later])
    expect(system[0]).toMatchObject({ message: 'Connected to Test WebSocket', protocol: 'seiche.v1' })
    expect(fastPath.open).toBe(open ?? (transport === 'websocket' ? true : undefined))
  })
})

it('a socket.io that writes something else than was expected closes the fast path: everybody is served its own way', async () => {
  const refused: string[] = []
  const fastPath = new FastPath({ onRefused: (why) => refused.push(why) })
  const expected = vi.spyOn(Frame.prototype, 'socketioFrame', 'get').mockReturnValue(Buffer.from('of an older version'))
  onTestFinished(() => expected.mockRestore())
  const it = rig()
  const { io: url } = await doors(it, {}, { fastPath })
  const clients = Array.from({ length: 3 }, () => connect(url, { transports: ['websocket'] }))
  for (const { client } of clients) await ask(client, { channel: 'blockchain_events' })
  const ids = Array.from({ length: 50 }, () => it.commit([event(0, 'pot_created'), event(1, 'pot_created')])).flat()
  for (const client of clients) await expect.poll(() => client.ids).toEqual(ids)
  expect(fastPath.open).toBe(false)
  expect(refused).toEqual([expect.stringContaining('its own way')])
})

it('upgrades from polling to WebSocket in the middle of a stream, and loses nothing', async () => {
  const it = rig()
  const { io: url } = await doors(it)
  const { client, ids } = connect(url)
  await ask(client, { channel: 'blockchain_events' })
  const expected: string[] = []
  while (client.io.engine.transport.name !== 'websocket' || expected.length < 200) {
    expected.push(...it.commit([event(0, 'transfer_created'), event(1, 'transfer_created')]))
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await expect.poll(() => ids.length).toBe(expected.length)
  expect(ids).toEqual(expected)
})

it('auth.since is the default of every subscription', async () => {
  const it = rig()
  const { io: url } = await doors(it)
  const [, second] = it.commit([event(0, 'transfer_created'), event(1, 'transfer_created')])
  const { client, ids } = connect(url, { auth: { since: '1-0-0', epoch: 'test-1/H1' } })
  expect(await ask(client, { channel: 'blockchain_events' })).toMatchObject({
    ok: true,
    recovered: true,
    position: '1-0-0',
  })
  await expect.poll(() => ids).toEqual([second])
})

it('what is wrong is acknowledged as such, and an error event besides', async () => {
  const it = rig()
  const { io: url } = await doors(it)
  const { client } = connect(url)
  const errors: unknown[] = []
  client.on('error', ({ data }) => errors.push(data.code))
  expect(await ask(client, { channel: 'nope' })).toMatchObject({ ok: false, error: { code: 'invalid_channel' } })
  expect(await ask(client, { channel: 'transfers', since: 'x' })).toMatchObject({
    ok: false,
    error: { code: 'invalid_message' },
  })
  expect(await ask(client, null as never)).toMatchObject({ ok: false, error: { code: 'channel_required' } })
  await expect.poll(() => errors).toEqual(['invalid_channel', 'invalid_message', 'channel_required'])
})

it('unsubscribe ends a channel; data_update carries a channel’s own events', async () => {
  const it = rig()
  const { io: url } = await doors(it)
  const { client } = connect(url)
  const updates: unknown[] = []
  client.on('data_update', (frame) => updates.push(frame))
  await ask(client, { channel: 'transfers' })
  const [id] = it.commit([event(0, 'transfer_created')])
  await expect
    .poll(() => updates)
    .toEqual([
      expect.objectContaining({
        type: 'data_update',
        channel: 'transfers',
        id,
        data: expect.objectContaining({ type: 'new_activity' }),
      }),
    ])
  expect(await client.timeout(5_000).emitWithAck('unsubscribe', { channel: 'transfers' })).toEqual({
    ok: true,
    channel: 'transfers',
  })
  it.commit([event(0, 'transfer_created')])
  expect(await client.timeout(5_000).emitWithAck('ping', {})).toMatchObject({ ok: true })
  expect(updates).toHaveLength(1)
})

it('a foreign page may not connect', async () => {
  const { io: url } = await doors(rig())
  const { client } = connect(url, { extraHeaders: { Origin: 'https://evil.example' } })
  const error = await new Promise<Error>((resolve) => client.on('connect_error', resolve))
  expect(error).toBeInstanceOf(Error)
  expect(client.connected).toBe(false)
})

it('drain: clients are told and disconnected', async () => {
  const it = rig()
  const { io: url } = await doors(it)
  const { client, system } = connect(url)
  const gone = new Promise((resolve) => client.on('disconnect', resolve))
  await ask(client, { channel: 'transfers' })
  it.hub.drain()
  await gone
  expect(system.at(-1)).toHaveProperty('draining')
})
