/** REST over real sockets: requests that are well-formed and mean nothing, and bytes that are no request at all. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Served, serve } from '../control/support.ts'
import { block, record } from '../store/support.ts'
import { damaged, damages, objectOf, text, value, word } from './arbitrary.ts'
import { harmless, inputs, parts, SEED, TIMEOUT } from './round.ts'

/** Status and code, as docs/errors.md has them. */
const DOCUMENTED = new Set(
  [
    ...readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8').matchAll(/^\| (\d{3}) \| (.*?) \|/gm),
  ].flatMap(([, status, codes = '']) => [...codes.matchAll(/`(\w+)`/g)].map(([, code]) => `${status} ${code}`)),
)

const METHODS = ['GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'PROPFIND']
const PATHS = [
  ...[
    'status',
    'health',
    'start',
    'stop',
    'refresh',
    'events',
    'tx/:',
    'views/:',
    'polling/tasks',
    'polling/tasks/:/run',
  ],
  ...['polling/tasks/:/enable', 'polling/tasks/:/disable', 'websocket/clients', 'websocket/broadcast', 'cache/stats'],
  ...['cache/clear', 'cache/:/clear', 'config', 'actors', 'actors/:/restart', 'actors/:/profile', 'gaps', 'quarantine'],
]
const KNOWN = [
  'transfers',
  'user_portfolio',
  'cache_cleanup',
  'network_health',
  'market_data',
  'event-store',
  'AB'.repeat(32),
]
const encoded = fc.oneof(
  text.map(quoted),
  word.map(quoted),
  fc.constantFrom(...KNOWN, '%', '%ff', '%E0%A4%A', '..', '%2f'),
)

const path = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...PATHS), encoded)
      .map(([way, name]) => `/api/realtime/${way.replace(':', () => name)}`),
  },
  fc.constantFrom('/', '/livez', '/readyz', '/metrics', '/openapi.json', '/api/realtime', '//', '/socket.io/', '*'),
  fc.array(encoded, { maxLength: 4 }).map((names) => `/${names.join('/')}`),
)
const NAMES = [
  'limit',
  'type',
  'contract',
  'account',
  'txHash',
  'since',
  'before',
  'address',
  'ms',
  'verbose',
  '__proto__',
]
const query = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES), encoded), encoded), { maxLength: 4 })
const body = fc.oneof(
  objectOf('channel', 'data', 'log', 'gateway', 'control', 'polling', 'chain', 'store', 'admin').map((any) =>
    JSON.stringify(any),
  ),
  value.map((any) => JSON.stringify(any)),
  fc.tuple(value, damages).map(([any, damage]) => damaged(JSON.stringify({ channel: 'transfers', data: any }), damage)),
  fc.constantFrom(
    '',
    '['.repeat(5_000),
    `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`,
    `"${'x'.repeat(70_000)}"`,
    '\u0000',
  ),
)
const HEADERS: Record<string, fc.Arbitrary<string>> = {
  'Content-Type': fc.constantFrom(
    'application/json',
    'application/json; charset=utf-16',
    'text/plain',
    '',
    ';',
    'a/b/c',
  ),
  'Content-Encoding': fc.constantFrom('gzip', 'identity', ''),
  Host: fc.constantFrom('localhost', 'evil.example', '', '[::1', ':', '127.0.0.1:99999', '@', 'a,b'),
  Origin: fc.constantFrom('null', 'http://localhost:1', 'https://evil.example', 'http://[', '', 'file://'),
  'Sec-Fetch-Site': fc.constantFrom('cross-site', 'same-origin', ''),
  Authorization: fc.constantFrom('Bearer ', 'Bearer x', 'Basic eDp5', 'Bearer \u00ff'),
  'Access-Control-Request-Method': fc.constantFrom('PUT', 'x'),
  'X-Forwarded-For': fc.constantFrom('1.2.3.4', 'x', ','),
  Accept: fc.constantFrom('text/html', ';;', '*/*;q=x'),
}
const headers = fc.oneof(
  fc.constant<Record<string, string>>({ 'Content-Type': 'application/json' }),
  fc
    .record({ ...HEADERS, 'Content-Type': fc.constant('application/json') }, { requiredKeys: ['Content-Type'] })
    .map(few),
  fc.record(HEADERS, { requiredKeys: [] }).map(few),
)
const asked = fc.record({ method: fc.constantFrom(...METHODS), path, query, headers, body })
type AskedFor = typeof asked extends fc.Arbitrary<infer T> ? T : never

/** As it can stand in a request line; what is broken stays so. */
function quoted(any: string): string {
  return any.replace(/[^\x21-\x7e]|[?#]/g, (unit) => encodeURIComponent(unit.isWellFormed() ? unit : '\ufffd'))
}

/** Mostly one or two at a time: with all of them each request would fail at the first. */
function few(all: Partial<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(all) as [string, string][]
  return Object.fromEntries(entries.filter((_, n) => n === 0 || (n + entries.length) % 4 === 0))
}

interface Answered {
  status: number
  body: string
}

async function send(port: number, agent: Agent, { method, path, query, headers, body }: AskedFor): Promise<Answered> {
  const search = query.map(([name, given]) => `${name}=${given}`).join('&')
  const target = query.length ? `${path}?${search}` : path
  // Said by us: Node would send the body of an OPTIONS or DELETE without a length.
  const content = method === 'GET' || method === 'HEAD' ? '' : body
  const length = content ? { 'Content-Length': Buffer.byteLength(content) } : {}
  const sent = request({ host: '127.0.0.1', port, agent, method, path: target, headers: { ...headers, ...length } })
  sent.end(content)
  const [response] = await once(sent, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode, body: Buffer.concat(chunks).toString() }
}

/** A refusal is one of those that are documented, in the envelope, and tells nothing of ours. */
function requireDocumented(method: string, { status, body }: Answered): void {
  if (status < 400 || method === 'HEAD' || (body === 'not ready\n' && status === 503)) return
  const { ok, error } = JSON.parse(body) as { ok: boolean; error: { code: string; message: string } }
  expect(ok).toBe(false)
  expect(DOCUMENTED).toContain(`${status} ${error.code}`)
  expect(error.message).not.toMatch(/node_modules|file:\/\/|\.ts:\d/)
}

async function house(): Promise<Served> {
  return await serve({
    blocks: [block(1, [record(0, 1)]), block(2), block(3, [record(1, 0)])],
    maxRequestsPerMinute: 1e9,
  })
}

/** What others see goes on being what it was. */
async function requireUnharmed(it: Served): Promise<void> {
  const events = await it.ask('/api/realtime/events')
  expect(events.body.events.map(({ id }: { id: string }) => id)).toEqual(['3-1-0', '1-0-1'])
  expect((await it.ask('/api/realtime/status')).status).toBe(200)
  expect(it.faults).toEqual([])
}

it('REST: every refusal is a documented one', { timeout: TIMEOUT }, async () => {
  const it = await house()
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const each = async (one: AskedFor): Promise<void> => {
    try {
      requireDocumented(one.method, await send(it.port, agent, one))
    } catch (error) {
      throw new Error(JSON.stringify({ ...one, body: one.body.slice(0, 300) }), { cause: error })
    }
  }
  const round = async (): Promise<void> => {
    for (const part of parts(asked, 'rest')) await Promise.all(part.map(each))
    await requireUnharmed(it)
  }
  await harmless(async () => void (await Promise.all(fc.sample(asked, { numRuns: 200, seed: SEED }).map(each))), round)
  agent.destroy()
})

it('REST: bodies of the routes that take one', { timeout: TIMEOUT }, async () => {
  const it = await house()
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const routes = fc.constantFrom(['PUT', '/api/realtime/config'], ['POST', '/api/realtime/websocket/broadcast'])
  const bodies = fc.tuple(routes, body).map(([[method = '', path = ''], body]) => ({
    ...{ method, path, body, query: [] },
    headers: { 'Content-Type': 'application/json' },
  }))
  for (const part of parts(bodies, 'bodies'))
    for (const answer of await Promise.all(part.map((one) => send(it.port, agent, one))))
      requireDocumented('PUT', answer)
  await requireUnharmed(it)
  agent.destroy()
})

const line = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('GET /api/realtime/events HTTP/1.1', 'POST /api/realtime/refresh HTTP/1.1') },
  fc.constantFrom(
    'GET  HTTP/1.1',
    'GET / HTTP/9.9',
    'GET http://evil/ HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'CONNECT a:1 HTTP/1.1',
  ),
  fc.constantFrom(
    'PRI * HTTP/2.0',
    'GET /livez',
    'GET //\u00ff/%%% HTTP/1.0',
    'GET /?\u0000 HTTP/1.1',
    '\u0016\u0003\u0001',
  ),
  fc.constantFrom(`GET /${'a'.repeat(20_000)} HTTP/1.1`, 'PUT /api/realtime/config HTTP/1.1'),
)
const field = fc.oneof(
  fc.constantFrom(
    'Host: localhost',
    'Host:',
    'Host: a\r\nHost: b',
    'Content-Length: 5',
    'Content-Length: -1',
    'Expect: 100-continue',
  ),
  fc.constantFrom(
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: x',
    'Content-Length: 5\r\nContent-Length: 6',
    'Expect: x',
  ),
  fc.constantFrom(
    'Upgrade: websocket\r\nConnection: Upgrade',
    'Connection: close',
    ' folded',
    'No colon',
    ': x',
    'X: \u0000',
  ),
  fc.constantFrom('Content-Type: application/json', 'Content-Length: 99999999999999999999', `X: ${'y'.repeat(20_000)}`),
)
const tail = fc.oneof(
  fc.constantFrom('', '{}', '5\r\nhello\r\n0\r\n\r\n', 'zz\r\n', 'ffffffffffffffff\r\n', '0\r\nX: y\r\n\r\n', '-1\r\n'),
  fc.string({ unit: 'binary', maxLength: 60 }),
)
const raw = fc
  .tuple(line, fc.array(field, { maxLength: 4 }), tail, fc.option(damages, { freq: 3 }))
  .map(([first, fields, rest, damage]) => {
    const sound = [first, 'Host: localhost', ...fields, '', rest].join('\r\n')
    return damage ? damaged(sound, damage) : sound
  })

/** What comes back for these bytes until the server ends the connection, which it must. */
async function exchanged(port: number, bytes: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  let heard = ''
  socket.setEncoding('latin1').on('data', (more: string) => {
    heard += more
  })
  socket.on('error', () => undefined) // reset: 'close' follows
  socket.end(bytes, 'latin1')
  await new Promise((resolve) => socket.on('close', resolve))
  return heard
}

it('raw HTTP: whatever the bytes are, the connection ends, and nothing is our fault', {
  timeout: TIMEOUT,
}, async () => {
  const it = await house()
  const each = async (bytes: string): Promise<void> => {
    const heard = await exchanged(it.port, bytes)
    for (const [, status] of heard.matchAll(/^HTTP\/1\.1 (\d{3})/gm)) expect(Number(status), bytes).toBeLessThan(500)
  }
  const round = async (): Promise<void> => {
    for (const part of parts(raw, 'rawHttp', 40)) await Promise.all(part.map(each))
    await requireUnharmed(it)
  }
  await harmless(
    async () => void (await Promise.all(fc.sample(raw, { numRuns: inputs('rawHttp') / 20, seed: SEED }).map(each))),
    round,
  )
})
