import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { io } from 'socket.io-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Client, connect, connectIo } from './client.ts'
import { ALICE, doors, event, type Rig, rig, viewsOf } from './support.ts'

const word = fc.constantFrom(
  ...['subscribe', 'unsubscribe', 'ping', 'event', 'error', 'transfers', 'portfolio', 'system', 'blockchain_events'],
  ...['__proto__', 'constructor', 'toString', ALICE, `0x${'ab'.repeat(20)}`, '0-0-0', '1-block-0', '', '\u0000', '💥'],
)
const part = fc.oneof(word, fc.jsonValue({ maxDepth: 6 }), fc.constant(JSON.parse('{"__proto__":{"admin":true}}')))
const message = fc.record(
  {
    ...{ type: fc.oneof({ weight: 4, arbitrary: word }, part), channel: part, id: part },
    data: fc.oneof(
      part,
      fc.record({ address: part, since: part, epoch: part, position: part, stats: part, token: part }),
    ),
  },
  { requiredKeys: [] },
)
const LIMITS = { maxMessagesPerSecond: 100_000, maxSubscriptions: 20 }

/** A client that does nothing wrong, and must not notice what others do. */
async function bystander(it: Rig, url: string): Promise<() => Promise<void>> {
  const client = await connect(url)
  await client.subscribe('blockchain_events')
  return async () => {
    const ids = it.commit([event(0, 'transfer_created')])
    await client.settled()
    expect(client.ids().at(-1)).toBe(ids[0])
    expect(client.told.filter(({ type }) => type === 'error')).toEqual([])
  }
}

const DOORS: [string, (urls: { ws: string; io: string }) => Promise<Client>][] = [
  ['websocket', ({ ws }) => connect(ws)],
  ['socket.io', ({ io: url }) => connectIo(url)],
]

describe.each(DOORS)('%s', (door, enter) => {
  it('answers each of 1,000 junk messages, and neither it nor anybody else is harmed', async () => {
    const it = rig(LIMITS, { views: viewsOf, isAdmin: () => false })
    const urls = await doors(it)
    const unharmed = await bystander(it, urls.ws)
    const client = await enter(urls)
    const before = client.told.length
    const junk = fc.sample(message, 1_000).map((each) => {
      const { type, ...rest } = each as { type?: unknown }
      return door === 'websocket'
        ? each
        : { ...rest, type: typeof type === 'string' ? type : `of ${JSON.stringify(type)}` }
    })
    for (const each of junk) client.send(each)
    await client.settled()
    const answers = client.told
      .slice(before, -1)
      .filter(({ type, channel }) => type === 'error' || type === 'pong' || channel === 'system')
    expect(answers.length).toBe(junk.length)
    expect((await client.subscribe('blockchain_events')).data['message']).toBe('Subscribed to blockchain_events')
    await unharmed()
  })

  it('nesting as deep as a message may be long is a message like others', async () => {
    const it = rig(LIMITS)
    const urls = await doors(it)
    const client = await enter(urls)
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const deep = JSON.parse(`${open.repeat(2_000)}1${close.repeat(2_000)}`) as unknown
      client.send({ type: 'subscribe', channel: 'transfers', id: open, data: { address: deep } })
      expect((await client.frame(({ id }) => id === open)).data['code']).toBe('invalid_message')
    }
  })
})

it('websocket: text that is no JSON object is invalid_message, however it is broken', async () => {
  const it = rig(LIMITS)
  const client = await connect((await doors(it)).ws)
  const texts = [
    '',
    ' ',
    '[',
    `${'['.repeat(16_000)}`,
    '{"type":',
    'null',
    '0',
    '"subscribe"',
    '[[]]',
    '\ufeff{}',
    '{}{}',
  ]
  for (const text of texts) client.send(text)
  client.send(Buffer.from('{"type":"ping"}'))
  await client.settled()
  const codes = client.told.slice(1, -1).map(({ data }) => data['code'])
  expect(codes).toEqual(Array.from({ length: texts.length + 1 }, () => 'invalid_message'))
})

it('socket.io: packets that are none end their own connection at most', async () => {
  const it = rig(LIMITS)
  const urls = await doors(it)
  const unharmed = await bystander(it, urls.ws)
  const packets = [
    ...[
      '2',
      '2[]',
      '2["error",{"x":1}]',
      '2["error"]',
      '2["connection"]',
      '2["disconnect"]',
      '2["newListener"]',
      '2[1]',
      '2[null]',
    ],
    ...[
      '2{"a":1}',
      '21["subscribe"]',
      '9',
      '51-["subscribe",{"_placeholder":true,"num":0}]',
      '599999999-["x"]',
      '2/other,["x"]',
    ],
    ...[
      '0/other',
      '1',
      '1/other',
      '3[]',
      '31["x"]',
      '0{"since":{"a":1}}',
      `2["subscribe",${'['.repeat(8_000)}]`,
      '4',
      'x',
      '',
    ],
    ...[
      '2["__proto__",{"__proto__":1}]',
      '2["subscribe",{"channel":"transfers"},{"ack":1}]',
      '2["subscribe","transfers"]',
    ],
  ]
  for (const packet of packets) {
    const client = io(urls.io, { forceNew: true, reconnection: false, transports: ['websocket'] })
    onTestFinished(() => void client.close())
    await new Promise((resolve) => client.on('connect', () => resolve(undefined)))
    client.io.engine.write(packet)
    await sleep(5)
    client.close()
  }
  await unharmed()
  await expect.poll(() => it.hub.clientCount).toBe(1)
})

it('socket.io: a rate that is exceeded is said with how long to wait', async () => {
  const it = rig({ maxMessagesPerSecond: 5 })
  const { io: url } = await doors(it)
  const client = await connectIo(url)
  for (let n = 0; n < 50; n++) client.send({ type: 'ping', id: `p${n}` })
  expect((await client.frame(({ data }) => data['code'] === 'rate_limited')).data['retryAfterMs']).toBe(1_000)
})
