import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { type AppTypes, type Client, type ClientError, createClient } from '../../src/client/index.ts'
import { ALICE, BOB, doors, event, type Rig, rig, viewsOf } from '../gateway/support.ts'

/** Commits so many events of a type; answers their ids. */
const committed = (it: Rig, count: number, type = 'transfer_created', accounts: string[] = []): string[] =>
  it.commit(Array.from({ length: count }, (_, n) => event(n, type, accounts)))

async function served(more: Parameters<typeof rig>[1] = {}, limits: Parameters<typeof rig>[0] = {}) {
  const it = rig(limits, more)
  const { ws } = await doors(it)
  const sockets: WebSocket[] = []
  const client = createClient(ws, {
    connect: (url) => {
      const socket = new WebSocket(url, 'seiche.v1')
      sockets.push(socket)
      return socket
    },
  })
  onTestFinished(() => client.close())
  const errors: ClientError[] = []
  client.on('error', (error) => errors.push(error))
  /** Ends the connection as a network does: without asking the client. */
  const cut = (): void => sockets.at(-1)?.close()
  return { ...it, it, ws, client, cut, sockets, errors }
}

/** Subscribes to everything, from the start. */
function follow(client: Client<AppTypes>, more: object = {}) {
  const ids: string[] = []
  const onEvent = ({ id }: { id: string }): void => void ids.push(id)
  return { ids, subscription: client.subscribe('blockchain_events', { since: '0-0-0', onEvent, ...more }) }
}

it('whatever is cut and whenever: a handler sees the log once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('commit', 'cut', 'reconnect', 'wait'), { maxLength: 25 }),
      async (steps) => {
        const { it, client, cut } = await served()
        const expected = committed(it, 3)
        const { ids } = follow(client)
        for (const step of steps) {
          if (step === 'commit') expected.push(...committed(it, 4))
          else if (step === 'cut') cut()
          else if (step === 'reconnect') client.reconnect()
          else await sleep(2)
        }
        expected.push(...committed(it, 1))
        await expect.poll(() => ids.length, { timeout: 20_000 }).toBe(expected.length)
        expect(ids).toEqual(expected)
        client.close()
      },
    ),
    { numRuns: 15 },
  )
}, 120_000)

it('a handler that throws is reported; the others and what follows are served', async () => {
  const { it, client, errors } = await served()
  const first = follow(client, {
    onEvent: () => {
      throw new Error('on purpose')
    },
  })
  const second = follow(client)
  await first.subscription.ready()
  const ids = committed(it, 3)
  await expect.poll(() => second.ids).toEqual(ids)
  await expect.poll(() => errors.map(({ code }) => code)).toEqual(Array(3).fill('handler_failed'))
  expect(errors[0]?.cause).toEqual(new Error('on purpose'))
})

it('the position advances when an event was handled, and a reload goes on after it', async () => {
  const stored = new Map<string, string>()
  const positions = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
  }
  const { it, ws } = await served()
  const ids = committed(it, 10)
  const visit = async (most: number): Promise<string[]> => {
    const client = createClient(ws, { positions })
    const got: string[] = []
    const stuck = Promise.withResolvers<void>()
    const subscription = client.subscribe('blockchain_events', {
      since: stored.size ? 'last' : '0-0-0',
      onEvent: async ({ id }) => {
        if (got.length === most) await stuck.promise
        got.push(id)
      },
    })
    await expect.poll(() => got.length).toBe(Math.min(most, ids.length - [...stored].length))
    await expect.poll(() => subscription.position).toBe(got.at(-1))
    client.close()
    return got
  }
  const before = await visit(4)
  expect([...stored.values()]).toEqual([`${ids[3]} test-1/H1`])
  const client = createClient(ws, { positions })
  onTestFinished(() => client.close())
  const got: string[] = []
  client.subscribe('blockchain_events', { onEvent: ({ id }) => void got.push(id) })
  await expect.poll(() => [...before, ...got]).toEqual(ids)
})

it('a handler slower than the chain: the server is left and asked again, nothing is lost', async () => {
  const { it, client } = await served()
  const expected: string[] = []
  for (let n = 0; n < 70; n++) expected.push(...committed(it, 100))
  const gate = Promise.withResolvers<void>()
  const { ids } = follow(client)
  const slow: string[] = []
  follow(client, {
    onEvent: async ({ id }: { id: string }) => {
      await gate.promise
      slow.push(id)
    },
  })
  await expect.poll(() => ids.length, { timeout: 20_000 }).toBe(expected.length)
  gate.resolve()
  await expect.poll(() => slow.length, { timeout: 20_000 }).toBe(expected.length)
  expect(slow).toEqual(expected)
  expect(ids).toEqual(expected)
}, 60_000)

it('a view comes at first and when it changed, resumed or not', async () => {
  const { it, client } = await served({ views: viewsOf })
  const [first] = committed(it, 1)
  const views: { items: string[] }[] = []
  const subscription = client.subscribe('transfers', {
    since: '0-0-0',
    onView: (view) => void views.push(view as never),
  })
  await subscription.ready()
  await expect.poll(() => views[0]?.items).toEqual([first])
  const [second] = committed(it, 1)
  await expect.poll(() => views.at(-1)?.items).toEqual([second, first])
})

it('two addresses of one channel get their own; the same one twice is one subscription', async () => {
  const { it, client, hub, sockets } = await served()
  const got: Record<string, string[]> = { alice: [], again: [], bob: [], all: [] }
  const take = (name: string) => ({ onEvent: ({ id }: { id: string }) => void got[name]?.push(id) })
  const subscriptions = [
    client.subscribe('transfers', { address: ALICE, ...take('alice') }),
    client.subscribe('transfers', { address: ALICE, ...take('again') }),
    client.subscribe('transfers', { address: BOB, ...take('bob') }),
    client.subscribe('blockchain_events', take('all')),
  ]
  for (const subscription of subscriptions) await subscription.ready()
  const ofAlice = committed(it, 2, 'transfer_created', [ALICE])
  const ofBob = committed(it, 1, 'transfer_created', [BOB])
  await expect.poll(() => got['all']).toEqual([...ofAlice, ...ofBob])
  await expect.poll(() => got).toEqual({ alice: ofAlice, again: ofAlice, bob: ofBob, all: [...ofAlice, ...ofBob] })
  expect(sockets).toHaveLength(2)
  expect(hub.metrics().subscriptions).toMatchObject({ transfers: 2, blockchain_events: 1 })
  subscriptions[0]?.close()
  await sleep(20)
  expect(hub.metrics().subscriptions).toMatchObject({ transfers: 2 })
  subscriptions[1]?.close()
  await expect.poll(() => hub.metrics().subscriptions).toMatchObject({ transfers: 1 })
})

it('what is refused for good is closed and says why; the rest goes on', async () => {
  const { it, client, errors } = await served()
  const wrong = client.subscribe('nonsense', {})
  await expect(wrong.ready()).rejects.toMatchObject({ code: 'invalid_channel' })
  expect(wrong.status).toBe('closed')
  expect(errors).toEqual([expect.objectContaining({ code: 'invalid_channel' })])
  const { ids, subscription } = follow(client)
  await subscription.ready({ timeoutMs: 5_000 })
  const expected = committed(it, 1)
  await expect.poll(() => ids).toEqual(expected)
})

it('ready gives up when it is told to', async () => {
  const client = createClient('ws://127.0.0.1:9')
  onTestFinished(() => client.close())
  await expect(client.subscribe('transfers', {}).ready({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout' })
})

it('events are pulled one by one, and the loop may end when it likes', async () => {
  const { it, client, hub } = await served()
  const expected = committed(it, 5)
  const got: string[] = []
  for await (const { id } of client.events('blockchain_events', { since: '0-0-0' })) {
    got.push(id)
    if (got.length === 3) break
  }
  expect(got).toEqual(expected.slice(0, 3))
  await expect.poll(() => hub.metrics().subscriptions).toMatchObject({ blockchain_events: 0 })
})

it('says how it is: connecting, connected, reconnecting, closed', async () => {
  const { client, cut } = await served()
  const said: string[] = []
  client.on('status', ({ status }) => said.push(status))
  expect(client.status).toBe('idle')
  const { subscription } = follow(client)
  await subscription.ready()
  cut()
  await expect.poll(() => said.filter((status) => status === 'connected').length, { timeout: 5_000 }).toBe(2)
  client.close()
  expect(client.status).toBe('closed')
  expect(said.filter((status, n) => status !== said[n - 1])).toEqual([
    'connecting',
    'connected',
    'reconnecting',
    'connected',
    'closed',
  ])
})

it('what followed the position is gone: the app is told, and decides', async () => {
  const { it, ws, writer } = await served({ retain: { events: 1_000 } })
  for (let n = 0; n < 15; n++) committed(it, 100)
  while (writer.cut());
  const client = createClient(ws)
  onTestFinished(() => client.close())
  const got: string[] = []
  const gaps: string[] = []
  const subscription = client.subscribe('blockchain_events', {
    since: '1-0-0',
    onEvent: ({ id }) => void got.push(id),
    onGap: ({ earliest }) => void gaps.push(earliest),
  })
  await expect(subscription.ready()).rejects.toMatchObject({ code: 'resume_expired' })
  expect(subscription.status).toBe('gap')
  await expect.poll(() => gaps).toHaveLength(1)
  subscription.restart(gaps[0] ?? '')
  await subscription.ready()
  const last = committed(it, 1).at(-1)
  await expect.poll(() => got.at(-1)).toBe(last)
  expect(got.length).toBeGreaterThan(1_000)
})

it('a server that has another history than before is no place to resume', async () => {
  const stored = { getItem: () => '1-0-0 other/H9', setItem: () => undefined }
  const { it, ws } = await served()
  committed(it, 3)
  const client = createClient(ws, { positions: stored })
  onTestFinished(() => client.close())
  const gap = Promise.withResolvers<{ earliest: string }>()
  client.subscribe('blockchain_events', { onGap: gap.resolve })
  expect(await gap.promise).toEqual({ earliest: '0-0-0' })
})

it('a server that drains says when to come back; what is committed meanwhile is not missed', async () => {
  const { it, hub, client } = await served()
  const said: number[] = []
  client.on('status', ({ retryInMs }) => {
    if (retryInMs !== undefined) said.push(retryInMs)
  })
  const { ids, subscription } = follow(client)
  await subscription.ready()
  await hub.drain()
  await expect.poll(() => said.length).toBeGreaterThan(0)
  expect(said[0]).toBeGreaterThanOrEqual(500)
  const expected = committed(it, 3)
  hub.open()
  await expect.poll(() => ids, { timeout: 10_000 }).toEqual(expected)
}, 30_000)

it('who joins from further back gets all of it; who has it already gets nothing twice', async () => {
  const { it, client } = await served()
  const expected = committed(it, 5)
  const first = follow(client)
  await expect.poll(() => first.ids).toEqual(expected)
  const second = follow(client)
  await expect.poll(() => second.ids).toEqual(expected)
  expected.push(...committed(it, 1))
  await expect.poll(() => [first.ids, second.ids]).toEqual([expected, expected])
})

it('a pong tells the end of the log: what is still being replayed is not taken for known', async () => {
  const socket = {
    ...{ readyState: 1, send: () => undefined, close: () => undefined },
    onmessage: null as ((message: { data: string }) => void) | null,
  }
  const say = (frame: object): void => socket.onmessage?.({ data: JSON.stringify(frame) })
  const client = createClient('ws://nowhere', { connect: () => socket as unknown as WebSocket })
  onTestFinished(() => client.close())
  const { ids, subscription } = follow(client)
  say({ type: 'event', channel: 'system', data: { epoch: 'test-1/H1', sync: { indexedHeight: 9 } } })
  await sleep(1)
  say({ type: 'event', channel: 'system', id: '1', data: { position: '0-0-0', recovered: true } })
  await subscription.ready()
  say({ type: 'pong', data: { position: '9-block-2147483647' } })
  say({ type: 'event', channel: 'blockchain_events', id: '3-0-1', data: { id: '3-0-1' } })
  await expect.poll(() => ids).toEqual(['3-0-1'])
})
