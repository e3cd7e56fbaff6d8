/** Both doors of the gateway: messages, frames and packets of every kind, and one who does nothing wrong beside them. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect as open } from 'node:net'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { connect } from '../gateway/client.ts'
import { ALICE, doors, event, type LIMITS, type Rig, rig, viewsOf } from '../gateway/support.ts'
import { damaged, damages, objectOf, text, value, word } from './arbitrary.ts'
import { harmless, inputs, parts, SEED, TIMEOUT } from './round.ts'

const WIDE: Partial<typeof LIMITS> = {
  ...{ maxMessagesPerSecond: 1e9, maxSubscriptions: 50, maxConnections: 1e6, maxConnectionsPerIp: 1e6 },
  maxNewPerSecondPerIp: 1e9,
}

interface House {
  urls: { ws: string; io: string }
  faults: unknown[]
  /** Fails when one who does nothing wrong was told an error, or misses what was committed. */
  unharmed(): Promise<void>
}

async function house(): Promise<House> {
  const faults: unknown[] = []
  const it: Rig = rig(WIDE, { views: viewsOf, isAdmin: () => false, onFault: (error) => faults.push(error) })
  const urls = await doors(it, WIDE)
  const bystander = await connect(urls.ws)
  await bystander.subscribe('blockchain_events')
  const unharmed = async (): Promise<void> => {
    const ids = it.commit([event(0, 'transfer_created', [ALICE])])
    await bystander.settled()
    expect(bystander.ids().at(-1)).toBe(ids[0])
    expect(bystander.told.filter(({ type }) => type === 'error')).toEqual([])
    expect(faults).toEqual([])
  }
  return { urls, faults, unharmed }
}

/** Draws the inputs in parts, and looks after each part whether anybody was harmed. */
async function round<T>(
  drawn: { arbitrary: fc.Arbitrary<T>; parser: Parameters<typeof inputs>[0]; size?: number },
  { unharmed }: House,
  send: (part: T[]) => Promise<void>,
): Promise<void> {
  const { arbitrary, parser, size } = drawn
  await harmless(
    async () => {
      const first = fc.sample(arbitrary, { numRuns: Math.ceil(inputs(parser) / 10), seed: SEED })
      for (let n = 0; n < first.length; n += 50) await send(first.slice(n, n + 50))
    },
    async () => {
      for (const part of parts(arbitrary, parser, size)) {
        await send(part)
        await unharmed()
      }
    },
  )
}

const likely = fc.record(
  {
    type: fc.constantFrom('subscribe', 'subscribe', 'unsubscribe', 'ping'),
    channel: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom('transfers', 'pots', 'portfolio', 'stats', 'system', 'blockchain_events'),
      },
      value,
    ),
    data: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record(
          { address: fc.oneof(fc.constant(ALICE), word), since: fc.oneof(fc.constant('0-0-0'), word) },
          { requiredKeys: [] },
        ),
      },
      objectOf('address', 'since', 'epoch', 'position', 'stats', 'token'),
    ),
    id: value,
  },
  { requiredKeys: ['type'] },
)
const messages = fc.oneof(
  { weight: 4, arbitrary: likely.map((any) => JSON.stringify(any)) },
  { weight: 3, arbitrary: fc.tuple(likely, damages).map(([any, damage]) => damaged(JSON.stringify(any), damage)) },
  objectOf('type', 'channel', 'data', 'id').map((any) => JSON.stringify(any)),
  text,
)

it('websocket: each message is answered', { timeout: TIMEOUT }, async () => {
  const it = await house()
  const socket = new WebSocket(it.urls.ws)
  let answers = 0
  let mark = ''
  socket.on('message', (bytes) => {
    const { type, channel, id, data } = JSON.parse(String(bytes)) as Frame
    if (id === mark) socket.emit('marked')
    else if (type === 'error' || type === 'pong' || (channel === 'system' && data.message !== undefined)) answers += 1
  })
  await once(socket, 'message') // the welcome
  await round({ arbitrary: messages, parser: 'messages', size: 200 }, it, async (part) => {
    answers = 0
    mark = `mark ${randomUUID()}`
    const marked = once(socket, 'marked')
    for (const message of part) socket.send(message)
    socket.send(JSON.stringify({ type: 'ping', id: mark }))
    await marked
    expect(answers).toBe(part.length)
  })
  socket.terminate()
})

/** A frame of RFC 6455 §5.2, each field as it may not be: reserved bits, opcodes, mask, length. */
const frame = fc
  .record({
    first: fc.oneof(fc.constantFrom(0x81, 0x01, 0x00, 0x80, 0x82, 0x88, 0x89, 0x8a, 0xc1, 0x83), fc.nat(255)),
    masked: fc.constantFrom(true, true, true, false),
    length: fc.constantFrom<'right' | 'short' | 'long' | '16' | '64' | 'huge'>(
      'right',
      'right',
      'short',
      'long',
      '16',
      '64',
      'huge',
    ),
    payload: fc.oneof(
      messages.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 140 }).map((bytes) => Buffer.from(bytes)),
    ),
  })
  .map(({ first, masked, length, payload }) => {
    const size = payload.length + { right: 0, short: -1, long: 3, '16': 0, '64': 0, huge: 0 }[length]
    const mask = masked ? 0x80 : 0
    const key = Buffer.from(masked ? [1, 2, 3, 4] : [])
    const body = masked ? payload.map((byte, n) => byte ^ (1 + (n % 4))) : payload
    return Buffer.concat([Buffer.from([first, ...lengthOf(length, Math.max(0, size), mask)]), key, body])
  })

function lengthOf(form: string, size: number, mask: number): number[] {
  if (form === 'huge') return [mask | 127, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1]
  if (form === '64') return [mask | 127, 0, 0, 0, 0, 0, 0, size >> 8, size & 255]
  return form === '16' || size > 125 ? [mask | 126, size >> 8, size & 255] : [mask | size]
}

const upgrade = (damage: string): string =>
  `GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${damage}\r\n`
const offers = fc.constantFrom(
  ...[
    '',
    '',
    '',
    '',
    'Sec-WebSocket-Protocol: seiche.v1\r\n',
    'Sec-WebSocket-Protocol: ,\r\n',
    'Sec-WebSocket-Version: 99\r\n',
  ],
  ...[
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99\r\n',
    'Sec-WebSocket-Extensions: ;;\r\n',
  ],
)

/** Everything that comes back until the connection ends, which it must. */
async function ended(url: string, bytes: Buffer): Promise<string> {
  const socket = open({ host: '127.0.0.1', port: Number(new URL(url).port) })
  let heard = ''
  socket.setEncoding('latin1').on('data', (more: string) => {
    heard += more
  })
  socket.on('error', () => undefined) // reset: 'close' follows
  socket.end(bytes)
  await new Promise((resolve) => socket.on('close', resolve))
  return heard
}

it('websocket: frames of every kind end their own connection at most', { timeout: TIMEOUT }, async () => {
  const it = await house()
  const connection = fc.tuple(offers, fc.array(frame, { minLength: 1, maxLength: 4 }))
  await round({ arbitrary: connection, parser: 'frames' }, it, async (part) => {
    const heard = await Promise.all(
      part.map(([offer, frames]) => ended(it.urls.ws, Buffer.concat([Buffer.from(upgrade(offer)), ...frames]))),
    )
    for (const text of heard) expect(text).toMatch(/^(HTTP\/1\.1 (101|4\d\d) |$)/)
  })
})

/** Packets of engine.io and socket.io (https://socket.io/docs/v4/socket-io-protocol/), sound ones and others. */
const name = fc.oneof(
  fc.constantFrom('subscribe', 'unsubscribe', 'ping', 'error', 'disconnect', 'connect', 'newListener'),
  text,
)
const call = fc.tuple(name, objectOf('channel', 'address', 'since', 'epoch', 'stats', 'token', 'id'), value)
const packets = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom('42', '421', '42/x,', '4299999999999999999'), call)
      .map(([head, args]) => head + JSON.stringify(args)),
  },
  fc.tuple(call, damages).map(([args, damage]) => damaged(`42${JSON.stringify(args)}`, damage)),
  fc.constantFrom(
    '40',
    '41',
    '43[]',
    '430[]',
    '44',
    '42["ping"]',
    '42["subscribe",null]',
    '42["unsubscribe",5,6]',
    '45',
    '451-["x",{"_placeholder":true,"num":0}]',
    '46',
    '47',
    '4',
    '',
    '40{',
  ),
  fc.constantFrom(
    '0',
    '1',
    '2',
    '2probe',
    '3',
    '5',
    '6',
    '7',
    '9',
    'b',
    'bAAEC',
    '42[]',
    '42[null]',
    '42[1e999]',
    '42["x"',
    '40/admin,',
  ),
  text,
)

/** One client each: its packets, then a question that a client who does nothing wrong would be answered. */
it('socket.io over WebSocket: packets of every kind end their own connection at most', {
  timeout: TIMEOUT,
}, async () => {
  const it = await house()
  const url = `${it.urls.io.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`
  const client = async (each: string[]): Promise<void> => {
    const socket = new WebSocket(url)
    socket.on('error', () => undefined)
    const over = new Promise<void>((resolve) => {
      socket.on('close', () => resolve())
      socket.on('message', (bytes) => {
        if (String(bytes).startsWith('42["pong"') && String(bytes).includes('the last')) resolve()
      })
    })
    await once(socket, 'message') // engine.io's handshake
    socket.send('40')
    await once(socket, 'message') // socket.io's: what comes before it ends the connection
    for (const packet of each) socket.send(packet)
    socket.send('42["ping",{"id":"the last"}]')
    socket.send('41')
    socket.send('1')
    socket.close()
    await over
    socket.terminate()
  }
  await round({ arbitrary: packets, parser: 'packets', size: 200 }, it, async (part) => {
    const clients = Array.from({ length: Math.ceil(part.length / 5) }, (_, n) => part.slice(n * 5, n * 5 + 5))
    await Promise.all(clients.map(client))
  })
})

interface Frame {
  type: string
  channel?: string
  id?: string
  data: { message?: string }
}

const agent = new Agent({ keepAlive: true, maxSockets: 30 })

async function poll(url: string, body?: string): Promise<{ status: number; text: string }> {
  const headers =
    body === undefined ? {} : { 'Content-Type': 'text/plain;charset=UTF-8', 'Content-Length': Buffer.byteLength(body) }
  const sent = request(url, { agent, method: body === undefined ? 'GET' : 'POST', headers })
  sent.end(body)
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return { status: response.statusCode, text }
}

it('socket.io over polling: payloads and queries of every kind are refused or taken', {
  timeout: TIMEOUT,
}, async () => {
  const it = await house()
  const base = `${it.urls.io}/socket.io/`
  const payload = fc.array(packets, { maxLength: 4 }).map((each) => each.join('\x1e'))
  const query = fc.oneof(
    { weight: 3, arbitrary: fc.constant('EIO=4&transport=polling') },
    fc
      .tuple(word, word)
      .map(([a, b]) => `EIO=${encodeURIComponent(a.toWellFormed())}&transport=${encodeURIComponent(b.toWellFormed())}`),
    fc.constantFrom(
      'EIO=3&transport=polling',
      'EIO=4&transport=__proto__',
      'EIO=4&transport=websocket',
      'EIO=4&transport=polling&sid=x',
      '',
    ),
  )
  await round({ arbitrary: fc.tuple(query, payload), parser: 'polling' }, it, async (part) => {
    await Promise.all(
      part.map(async ([asked, body]) => {
        const { status, text } = await poll(`${base}?${asked}`)
        expect(status, asked).toBeLessThan(500)
        const sid = status === 200 ? (JSON.parse(text.slice(1)) as { sid: string }).sid : 'none'
        const session = `${base}?EIO=4&transport=polling&sid=${sid}`
        const statuses = [await poll(session, '40'), await poll(session, body), await poll(session, '1')].map(
          (each) => each.status,
        )
        expect(Math.max(...statuses), JSON.stringify(body)).toBeLessThan(500)
      }),
    )
  })
  agent.destroy()
})
