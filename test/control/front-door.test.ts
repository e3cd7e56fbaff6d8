import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PATIENCE } from '../../src/config/index.ts'
import { clientAddress } from '../../src/control/client-address.ts'
import { IMPATIENT, slow } from './slow.ts'
import { serve } from './support.ts'

const restart = '/api/realtime/actors/event-store/restart'
const BODY = `POST ${restart} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{`
const account = (n: number): string => `0x${n.toString(16).padStart(40, '0')}`
const transfersOf = (n: number): string => `/api/realtime/views/transfers?address=${account(n)}`

it('each of several tokens proves an operator, nothing else does; the audit line tells which it was', async () => {
  const { ask, audited } = await serve({ adminToken: 'first', adminTokens: ['second', 'third'] })
  const by = async (token: string) =>
    (await ask(restart, { method: 'POST', headers: { authorization: `Bearer ${token}` } })).status
  for (const token of ['first', 'second', 'third']) expect(await by(token)).toBe(200)
  for (const token of ['fourth', 'first,second', 'firs', 'firstsecondthird', '']) expect(await by(token)).toBe(401)
  expect(audited.length).toBe(3)
  expect(new Set(audited.map((line) => (line as { operator: string }).operator)).size).toBe(3)
})

it('a list of tokens without the one is enough for reading to be free and changing not', async () => {
  const { ask } = await serve({ adminTokens: ['only'] })
  expect((await ask(restart, { method: 'POST' })).status).toBe(401)
  expect((await ask('/api/realtime/status')).status).toBe(200)
})

it('every answer forbids a browser to run, load or frame anything of it', async () => {
  const { ask } = await serve()
  const paths = ['/livez', '/readyz', '/metrics', '/openapi.json', '/api/realtime/status', '/nothing']
  const answers = [...(await Promise.all(paths.map((path) => ask(path)))), await ask('/livez', { method: 'POST' })]
  answers.push(await ask('/api/realtime/status', { headers: { origin: 'https://evil.example' } }))
  for (const { headers } of answers) {
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';.*frame-ancestors 'none'/)
    expect(headers['x-content-type-options']).toBe('nosniff')
  }
})

describe('a client that is slow is ended', () => {
  it.each([
    ['says nothing at all', '', ''],
    ['never ends its headers', 'GET /livez HTTP/1.1\r\nHost: localhost\r\n', 'x: y\r\n'],
    ['never begins its headers', 'GET /livez HTTP/1.1\r\n', ''],
    ['sends its body drop by drop', BODY, ' '],
    ['asks nothing more on a connection that is kept', 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n', ''],
  ])('when it %s', async (_, text, more) => {
    const { port } = await serve({ patience: IMPATIENT })
    const told = await slow(port, text, more)
    expect(told).toMatch(text.endsWith('\r\n\r\n') && !more ? /^HTTP\/1.1 200/ : /^(HTTP\/1.1 (408|400)|$)/)
  })

  it('and the patience it has in truth is looked after more often than it lasts', () => {
    const { headersTimeout, requestTimeout, keepAliveTimeout, connectionsCheckingInterval } = PATIENCE
    expect(Math.min(headersTimeout, requestTimeout, keepAliveTimeout)).toBeGreaterThan(connectionsCheckingInterval)
  })
})

describe('the address of the client', () => {
  const from = (proxies: number | false, forwarded?: string, remoteAddress = '10.0.0.1') =>
    clientAddress(proxies)({
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      socket: { remoteAddress } as never,
    })
  const some = fc.oneof(fc.ipV4(), fc.ipV6())

  it('without proxies is who is connected, whatever the header says', () => {
    fc.assert(fc.property(fc.oneof(some, fc.string()), (forwarded) => from(false, forwarded) === '10.0.0.1'))
  })

  it('behind proxies is what the first of them saw, whatever was written before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(some, fc.string())),
        some,
        fc.array(some, { maxLength: 9 }),
        (spoofed, client, via) => {
          expect(from(via.length + 1, [...spoofed, client, ...via].join(', '))).toBe(
            client.replace(/^::ffff:(?=\d+\.)/, ''),
          )
        },
      ),
    )
  })

  it.each(['', 'unknown', '1.2.3.4:5', '1.2.3.4, ', '1.2.3.4, secret'])(
    'behind a proxy that says %j is that of the connection',
    (forwarded) => expect(from(1, forwarded)).toBe('10.0.0.1'),
  )

  it('is that of the connection when there are fewer entries than proxies', () => {
    expect([from(2, '1.2.3.4'), from(2)]).toEqual(['10.0.0.1', '10.0.0.1'])
  })

  it('is of IPv4 also where the socket is of IPv6', () => {
    expect(from(false, undefined, '::ffff:1.2.3.4')).toBe('1.2.3.4')
  })

  it('counts for limits and in audit lines, and a header that is not to be trusted does not', async () => {
    const headers = (n: number) => ({ 'x-forwarded-for': `9.9.9.9, 1.2.3.${n}` })
    const trusting = await serve({ trustProxy: 1, maxRequestsPerMinute: 2 })
    for (const [n, status] of [
      [1, 200],
      [1, 200],
      [1, 429],
      [2, 200],
    ] as const)
      expect((await trusting.ask('/api/realtime/status', { headers: headers(n) })).status).toBe(status)
    await trusting.ask(restart, { method: 'POST', headers: headers(3) })
    expect(trusting.audited).toEqual([expect.objectContaining({ ip: '1.2.3.3' })])

    const other = await serve({ maxRequestsPerMinute: 2 })
    for (const [n, status] of [
      [1, 200],
      [2, 200],
      [3, 429],
    ] as const)
      expect((await other.ask('/api/realtime/status', { headers: headers(n) })).status).toBe(status)
  })
})

describe('different accounts that one address asks for', () => {
  it('beyond the limit are 429 with Retry-After; those it asked for before go on, and so does everything else', async () => {
    const { ask } = await serve({ maxAddressesPerMinute: 2 })
    for (const n of [1, 2, 1, 2]) expect((await ask(transfersOf(n))).status).toBe(200)
    const { status, headers, body } = await ask(transfersOf(3))
    expect([status, body.error.code]).toEqual([429, 'rate_limited'])
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    expect((await ask(`/api/realtime/events?account=${account(4)}`)).status).toBe(429)
    expect((await ask(transfersOf(1))).status).toBe(200)
    expect((await ask('/api/realtime/views/transfers')).status).toBe(200)
    expect((await ask('/api/realtime/events')).status).toBe(200)
  })

  it('are refused before a node is asked what they stand for', async () => {
    const asked: string[] = []
    const resolveHex = async (hex: string) => void asked.push(hex)
    const { ask } = await serve({ maxAddressesPerMinute: 2, resolveHex: resolveHex as never })
    for (let n = 1; n <= 5; n++) await ask(transfersOf(n))
    expect(asked.length).toBe(2)
  })

  it('are counted for each client behind a proxy', async () => {
    const { ask } = await serve({ maxAddressesPerMinute: 1, trustProxy: 1 })
    const by = async (client: string, n: number) =>
      (await ask(transfersOf(n), { headers: { 'x-forwarded-for': client } })).status
    expect([await by('1.1.1.1', 1), await by('1.1.1.1', 2), await by('2.2.2.2', 2)]).toEqual([200, 429, 200])
  })
})
