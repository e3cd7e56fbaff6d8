/** The server for tests of clients, used as its users will: with the client of this package, no chain anywhere. */
import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import { accountFromHex } from '../../src/events/accounts.ts'
import { startTestServer, type TestServer } from '../../src/testing/index.ts'
import { connect, connectIo } from '../gateway/client.ts'

const ALICE = accountFromHex('0x00000000000000000000000000000000000000a1', 'sei') ?? ''

async function started(): Promise<TestServer> {
  const server = await startTestServer()
  onTestFinished(() => server.close())
  return server
}

function following(server: TestServer, since = '0-0-0') {
  const client = createClient(server.ws)
  onTestFinished(() => client.close())
  const ids: string[] = []
  const gaps: string[] = []
  const subscription = client.subscribe('transfers', {
    since,
    onEvent: ({ id }: { id: string }) => void ids.push(id),
    onGap: ({ earliest }: { earliest: string }) => void gaps.push(earliest),
  })
  return { client, subscription, ids, gaps }
}

it('sends what the test emits to who subscribed, through both doors', async () => {
  const server = await started()
  const [websocket, socketio] = [await connect(server.ws), await connectIo(server.io)]
  for (const client of [websocket, socketio]) await client.subscribe('blockchain_events')
  const ids = await server.emit(
    { type: 'transfer_created', data: { amount: '5', denom: 'usei' }, accounts: [] },
    { type: 'pot_created', contract: 'pots' },
  )
  expect(ids).toEqual(['1-0-0', '1-0-1'])
  for (const client of [websocket, socketio]) {
    await expect.poll(() => client.ids()).toEqual(ids)
    expect(client.told.find(({ id }) => id === '1-0-0')?.data).toMatchObject({
      ...{ type: 'transfer_created', data: { amount: '5', denom: 'usei' }, contract: 'test' },
    })
  }
})

it('after a drop a client comes back and misses nothing', async () => {
  const server = await started()
  const { subscription, ids } = following(server)
  await subscription.ready()
  const before = await server.emit({ type: 'transfer_created' })
  await expect.poll(() => ids).toEqual(before)
  expect(server.drop()).toBe(1)
  const missed = [
    ...(await server.emit({ type: 'transfer_claimed' })),
    ...(await server.emit({ type: 'transfer_expired' })),
  ]
  await expect.poll(() => ids, { timeout: 10_000 }).toEqual([...before, ...missed])
})

it('what has expired cannot be resumed from, and the client is told where the log begins', async () => {
  const server = await started()
  const ids = []
  for (let n = 0; n < 5; n++) ids.push(...(await server.emit({ type: 'transfer_created' })))
  server.expire(ids[2] ?? '')
  const { gaps, ids: seen, subscription } = following(server, ids[0])
  await expect.poll(() => gaps).toHaveLength(1)
  subscription.restart(gaps[0] ?? '')
  await expect.poll(() => seen).toEqual(ids.slice(3))
  expect(() => server.expire('yesterday')).toThrow('expected a position')
})

it('under lag clients hear late, and in order', async () => {
  const server = await started()
  const client = await connect(server.ws)
  await client.subscribe('transfers')
  server.lag(150)
  const late = server.emit({ type: 'transfer_created' })
  server.lag(0)
  const next = server.emit({ type: 'transfer_created' })
  await client.settled()
  expect(client.ids('transfers')).toEqual([])
  await Promise.all([late, next])
  await expect.poll(() => client.ids('transfers')).toEqual(['1-0-0', '2-0-0'])
})

it('an event of an account reaches who asked for it, and nobody who asked for another', async () => {
  const server = await started()
  const [hers, others] = [await connect(server.ws), await connect(server.ws)]
  await hers.subscribe('transfers', { address: ALICE })
  await others.subscribe('transfers', { address: '0x0000000000000000000000000000000000000001' })
  await server.emit({ type: 'transfer_created', accounts: [ALICE] })
  await expect.poll(() => hers.ids('transfers')).toEqual(['1-0-0'])
  await others.settled()
  expect(others.ids('transfers')).toEqual([])
})

it('once closed it leaves nothing: its ports are free', async () => {
  const server = await startTestServer()
  const client = await connect(server.ws)
  const closed = once(client.socket, 'close')
  await server.close()
  await closed
  await expect(fetch(server.io)).rejects.toThrow()
})
