/** The seven ways to be kept out, at each of the three doors: every one is told with its documented code. */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { serve } from '../control/support.ts'
import { type Client, connect, connectIo } from './client.ts'
import { doors, rig } from './support.ts'

type Headers = Record<string, string>
type Way = 'foreign Origin' | 'foreign Host' | 'no token' | 'wrong token' | 'oversized' | 'too many' | 'too fast'

const ORIGIN: Headers = { origin: 'https://evil.example' }
const HOST: Headers = { host: 'evil.example' }
const HUGE = 'x'.repeat(70_000)

describe('REST', () => {
  const API = '/api/realtime'
  const clear = `${API}/cache/clear`
  const asked = async (path: string, headers: Headers = {}, method = 'GET', body?: string): Promise<unknown[]> => {
    const limits = { maxRequestsPerMinute: 3, maxAddressesPerMinute: 1 }
    const { ask } = await serve({ adminToken: 'secret', ...limits })
    await ask(`${API}/views/transfers?address=0x${'1'.repeat(40)}`)
    if (path.endsWith('/health')) for (let n = 0; n < 2; n++) await ask(path)
    const { status, body: answer } = await ask(path, { method, headers, ...(body ? { body } : {}) })
    return [status, answer.error.code]
  }

  it.each<[Way, () => Promise<unknown[]>, unknown[]]>([
    ['foreign Origin', () => asked(`${API}/status`, ORIGIN), [403, 'origin_forbidden']],
    ['foreign Host', () => asked(`${API}/status`, HOST), [403, 'host_forbidden']],
    ['no token', () => asked(clear, {}, 'POST'), [401, 'unauthorized']],
    ['wrong token', () => asked(clear, { authorization: 'Bearer secreu' }, 'POST'), [401, 'unauthorized']],
    [
      'oversized',
      () => asked(clear, { authorization: 'Bearer secret', 'content-type': 'application/json' }, 'POST', `"${HUGE}"`),
      [413, 'body_too_large'],
    ],
    ['too many', () => asked(`${API}/views/transfers?address=0x${'2'.repeat(40)}`), [429, 'rate_limited']],
    ['too fast', () => asked(`${API}/health`), [429, 'rate_limited']],
  ])('%s', async (_, refused, expected) => expect(await refused()).toEqual(expected))
})

/** Doors that let one connection in, for one message a second, and know an operator. */
const narrow = () =>
  doors(rig({ maxMessagesPerSecond: 1 }, { isAdmin: (token) => token === 'secret' }), { maxConnectionsPerIp: 1 })

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** The code of the answer to a subscription to what only operators may have. */
async function stats(client: Client, data: object = {}): Promise<unknown> {
  return (await client.subscribe('system', { stats: true, ...data })).data['code']
}

async function fast(client: Client): Promise<unknown> {
  for (let n = 0; n < 9; n++) client.send({ type: 'ping' })
  return (await client.frame(({ type }) => type === 'error')).data['code']
}

describe('WebSocket', () => {
  /** What the handshake is answered instead of an upgrade. */
  const refused = async (url: string, headers: Headers = {}): Promise<unknown[]> => {
    const socket = new WebSocket(url, { headers }).on('error', () => undefined)
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    return [response.statusCode, JSON.parse(await textOf(response)).error.code]
  }

  it.each<[Way, (url: string) => Promise<unknown>, unknown]>([
    ['foreign Origin', (url) => refused(url, ORIGIN), [403, 'origin_forbidden']],
    ['foreign Host', (url) => refused(url, HOST), [403, 'host_forbidden']],
    ['no token', async (url) => await stats(await connect(url)), 'unauthorized'],
    ['wrong token', async (url) => await stats(await connect(url), { token: 'secreu' }), 'unauthorized'],
    ['oversized', oversized, ['message_too_large', 1009, 'message_too_large']],
    ['too many', async (url) => [await connect(url), await refused(url)][1], [503, 'too_many_connections']],
    ['too fast', async (url) => await fast(await connect(url)), 'rate_limited'],
  ])('%s', async (_, way, expected) => expect(await way((await narrow()).ws)).toEqual(expected))

  async function oversized(url: string): Promise<unknown[]> {
    const client = await connect(url)
    client.send({ type: 'ping', data: { position: HUGE } })
    const { code, reason } = await client.closed
    return [client.told.at(-1)?.data['code'], code, reason]
  }
})

describe('socket.io', () => {
  /** What the handshake is answered, which is the same for either transport. */
  const refused = async (url: string, headers: Headers = {}): Promise<unknown[]> => {
    const asked = get(`${url}/socket.io/?EIO=4&transport=polling`, { agent: false, headers })
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    return [response.statusCode, JSON.parse(await textOf(response)).message]
  }

  it.each<[Way, (url: string) => Promise<unknown>, unknown]>([
    ['foreign Origin', (url) => refused(url, ORIGIN), [403, 'origin_forbidden']],
    ['foreign Host', (url) => refused(url, HOST), [403, 'host_forbidden']],
    ['no token', async (url) => await stats(await connectIo(url)), 'unauthorized'],
    ['wrong token', async (url) => await stats(await connectIo(url, { auth: { token: 'secreu' } })), 'unauthorized'],
    ['oversized', oversized, 1009],
    ['too many', async (url) => [await connectIo(url), await refused(url)][1], [403, 'too_many_connections']],
    ['too fast', async (url) => await fast(await connectIo(url)), 'rate_limited'],
  ])('%s', async (_, way, expected) => expect(await way((await narrow()).io)).toEqual(expected))

  /** The code the connection is closed with: below socket.io's own protocol, so there is no frame that could say it. */
  async function oversized(url: string): Promise<number> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
    await once(socket, 'open')
    socket.send(`42["ping",{"position":"${HUGE}"}]`)
    return (await once(socket, 'close'))[0]
  }
})
