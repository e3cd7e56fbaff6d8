import { once } from 'node:events'
import { get } from 'node:http'
import { describe, expect, it } from 'vitest'
import { distinctLimit } from '../../src/control/rate-limit.ts'
import { IMPATIENT, slow } from '../control/slow.ts'
import { type Client, connect, connectIo } from './client.ts'
import { ALICE, BOB, doors, rig } from './support.ts'

type Enter = (urls: { ws: string; io: string }, extraHeaders?: Record<string, string>) => Promise<Client>
const DOORS: [string, Enter][] = [
  ['websocket', ({ ws }, headers = {}) => connect(ws, { headers })],
  ['socket.io', ({ io }, extraHeaders = {}) => connectIo(io, { extraHeaders })],
]
const portOf = (url: string): number => Number(new URL(url).port)
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'

describe.each(DOORS)('%s', (_, enter) => {
  const limited = () => rig({}, { accounts: distinctLimit(() => 1, 60_000) })

  it('different addresses beyond the limit are rate_limited with how long to wait; the same again are not', async () => {
    const it = limited()
    const client = await enter(await doors(it))
    expect((await client.subscribe('transfers', { address: ALICE })).type).toBe('event')
    expect((await client.subscribe('pots', { address: ALICE })).type).toBe('event')
    const { type, data } = await client.subscribe('transfers', { address: BOB })
    expect([type, data['code']]).toEqual(['error', 'rate_limited'])
    expect(data['retryAfterMs']).toBeGreaterThan(0)
    expect((await client.subscribe('transfers')).type).toBe('event')
    expect((await client.subscribe('stats', { address: BOB })).type).toBe('event') // it is ignored there
    expect(it.hub.clients().drops).toMatchObject({ rateLimited: 1 })
  })

  it('another connection from the same address shares the limit, another client behind a proxy does not', async () => {
    const urls = await doors(limited(), {}, { trustProxy: 1 })
    const from = (client: string) => enter(urls, { 'X-Forwarded-For': client })
    const answer = async (client: Client, address: string) => (await client.subscribe('transfers', { address })).type
    expect(await answer(await from('1.1.1.1'), ALICE)).toBe('event')
    expect(await answer(await from('6.6.6.6, 1.1.1.1'), BOB)).toBe('error')
    expect(await answer(await from('2.2.2.2'), BOB)).toBe('event')
  })

  it('who connects too often behind a proxy keeps nobody else out', async () => {
    const urls = await doors(rig(), { maxConnectionsPerIp: 1 }, { trustProxy: 1 })
    await enter(urls, { 'X-Forwarded-For': '1.1.1.1' })
    await expect(enter(urls, { 'X-Forwarded-For': '2.2.2.2, 1.1.1.1' })).rejects.toThrow()
    await expect(enter(urls, { 'X-Forwarded-For': '2.2.2.2' })).resolves.toBeDefined()
  })

  it('X-Forwarded-For gives nobody another address when no proxy is trusted', async () => {
    const urls = await doors(rig(), { maxConnectionsPerIp: 1 })
    await enter(urls, { 'X-Forwarded-For': '1.1.1.1' })
    await expect(enter(urls, { 'X-Forwarded-For': '2.2.2.2' })).rejects.toThrow()
  })

  it('authorize is told the address of the client', async () => {
    const seen: string[] = []
    const it = rig({}, { authorize: (_subscription, { ip }) => seen.push(ip) > 0 })
    const client = await enter(await doors(it, {}, { trustProxy: 1 }), { 'X-Forwarded-For': '1.1.1.1' })
    await client.subscribe('transfers')
    expect(seen).toEqual(['1.1.1.1'])
  })
})

it.each([
  ['says nothing at all', '', ''],
  ['never ends its headers', `GET / HTTP/1.1\r\nHost: localhost\r\n${UPGRADE}`, 'x: y\r\n'],
  ['sends a body drop by drop', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n', 'x'],
  ['asks for something else and stays', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', ''],
])('a client of the WebSocket port is ended when it %s', async (_, text, more) => {
  const { ws } = await doors(rig(), {}, { patience: IMPATIENT })
  expect(await slow(portOf(ws), text, more)).toMatch(/^(HTTP\/1.1 (400|403|408|426)|$)/)
})

it('a client of the WebSocket port that is refused and stays is ended', async () => {
  const { ws } = await doors(rig())
  const upgrade = `GET / HTTP/1.1\r\nHost: evil.example\r\n${UPGRADE}Sec-WebSocket-Key: ${'A'.repeat(22)}==\r\n\r\n`
  expect(await slow(portOf(ws), upgrade, 'x', true)).toMatch(/^HTTP\/1.1 403/)
})

it('a client that has come in may be silent for longer than a request may take', async () => {
  const urls = await doors(rig(), {}, { patience: IMPATIENT })
  const client = await connect(urls.ws)
  await slow(portOf(urls.ws), `GET / HTTP/1.1\r\nHost: localhost\r\n`) // outlasts what a request may take
  await client.settled()
  expect(client.told.at(-1)?.type).toBe('pong')
})

it('what either port answers a browser may run, load and frame nothing', async () => {
  const urls = await doors(rig())
  for (const url of [
    urls.ws.replace('ws:', 'http:'),
    `${urls.io}/socket.io/?EIO=4&transport=polling`,
    `${urls.io}/socket.io/?EIO=9`,
  ]) {
    const [response] = await once(get(url, { agent: false }), 'response')
    response.resume()
    expect(response.headers['content-security-policy']).toMatch(/^default-src 'none';.*frame-ancestors 'none'/)
  }
})
