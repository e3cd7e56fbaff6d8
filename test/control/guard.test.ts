import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createGuard } from '../../src/control/guard.ts'
import { serve } from './support.ts'

const guard = createGuard({ allowedHosts: ['api.example.org'], allowedOrigins: ['https://app.example.org'] })

describe('Host', () => {
  it.each([
    'localhost',
    'localhost:3000',
    'LOCALHOST',
    '127.0.0.1:3000',
    '127.1.2.3',
    '[::1]',
    '[::1]:3000',
    'api.example.org',
    'api.example.org:8443',
  ])('%s comes in', (host) => expect(guard({ headers: { host } })).toMatchObject({ ok: true }))

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    'xapi.example.org',
    '',
    '[::2]',
    'localhost:3000:4',
  ])('%s stays out: a rebound name would let a page read the answers', (host) =>
    expect(guard({ headers: { host } })).toMatchObject({ ok: false, code: 'host_forbidden' }),
  )

  it('listening on every address, an address of numbers comes in; a name still has to be allowed', () => {
    const everywhere = createGuard({ host: '0.0.0.0', allowedHosts: [], allowedOrigins: [] })
    expect(everywhere({ headers: { host: '192.168.1.5:3000' } }).ok).toBe(true)
    expect(everywhere({ headers: { host: '[fe80::1]:3000' } }).ok).toBe(true)
    expect(everywhere({ headers: { host: 'evil.example' } }).ok).toBe(false)
  })
})

describe('Origin', () => {
  const from = (origin: string, more: Record<string, string> = {}) =>
    guard({ headers: { host: 'localhost:3000', origin, ...more } })

  it.each(['https://app.example.org', 'http://localhost:5173', 'http://127.0.0.1', 'http://[::1]:8080'])(
    '%s comes in',
    (origin) => expect(from(origin)).toEqual({ ok: true, origin }),
  )

  it.each([
    'https://evil.example',
    'http://app.example.org',
    'https://app.example.org.evil.example',
    'null',
    'http://localhost.evil.example',
    'https://app.example.org:444',
  ])('%s stays out', (origin) => expect(from(origin)).toMatchObject({ ok: false, code: 'origin_forbidden' }))

  it('no generated foreign origin comes in', () => {
    fc.assert(
      fc.property(fc.webUrl(), (url) => {
        expect(from(new URL(url).origin).ok).toBe(false)
      }),
    )
  })

  it('the page that this server itself serves comes in', () => {
    expect(guard({ headers: { host: 'api.example.org', origin: 'https://api.example.org' } }).ok).toBe(true)
  })

  it('a star lets every page in', () => {
    const open = createGuard({ allowedHosts: [], allowedOrigins: ['*'] })
    expect(open({ headers: { host: 'localhost', origin: 'https://evil.example' } }).ok).toBe(true)
  })

  it('a request of another site that changes state stays out even without Origin; a link to us does not', () => {
    const headers = { host: 'localhost', 'sec-fetch-site': 'cross-site' }
    expect(guard({ method: 'POST', headers }).ok).toBe(false)
    expect(guard({ method: 'GET', headers }).ok).toBe(true)
    expect(guard({ method: 'GET', headers: { ...headers, 'sec-fetch-dest': 'document' } }).ok).toBe(true)
  })

  it.each(['image', 'script', 'style', 'object', 'iframe', 'empty'])(
    'what another site would load as %s stays out, though it says no Origin',
    (dest) => {
      const headers = { host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': dest }
      expect(guard({ method: 'GET', headers })).toMatchObject({ ok: false, code: 'origin_forbidden' })
      expect(guard({ method: 'GET', headers: { ...headers, 'sec-fetch-site': 'same-origin' } }).ok).toBe(true)
    },
  )
})

it('a foreign page is refused on every route with 403, an allowed one may read and send credentials', async () => {
  const served = await serve({ allowedOrigins: ['https://app.example.org'] })
  for (const path of ['/api/realtime/status', '/api/realtime/events', '/api/realtime/nothing'])
    expect((await served.ask(path, { headers: { origin: 'https://evil.example' } })).status).toBe(403)
  const { status, headers } = await served.ask('/api/realtime/status', {
    headers: { origin: 'https://app.example.org' },
  })
  expect(status).toBe(200)
  expect(headers).toMatchObject({
    'access-control-allow-origin': 'https://app.example.org',
    'access-control-allow-credentials': 'true',
    'x-content-type-options': 'nosniff',
    vary: 'Origin',
  })
})

it('a preflight is answered for allowed origins alone', async () => {
  const served = await serve({ allowedOrigins: ['https://app.example.org'] })
  const preflight = (origin: string) =>
    served.ask('/api/realtime/events', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'GET' },
    })
  const allowed = await preflight('https://app.example.org')
  expect([allowed.status, allowed.headers['access-control-allow-methods']]).toEqual([204, 'GET, HEAD, POST, PUT'])
  const foreign = await preflight('https://evil.example')
  expect([foreign.status, foreign.headers['access-control-allow-origin']]).toEqual([403, undefined])
})
