import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Ask, serve } from './support.ts'

const BROADCAST = '/api/realtime/websocket/broadcast'
const post = (body: Ask['body'] = '', headers: Record<string, string> = {}): Ask => ({
  ...{ method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } },
})
const broadcastOf = (bytes: number): string => {
  const empty = JSON.stringify({ channel: 'transfers', data: '' })
  return empty.replace('""', `"${'x'.repeat(bytes - empty.length)}"`)
}
const nested = (depth: number): string => `{"channel":"transfers","data":${'['.repeat(depth)}${']'.repeat(depth)}}`

describe('a body', () => {
  it('of 64 kB is taken, one byte more is 413, with a length or without', async () => {
    const { ask } = await serve()
    expect((await ask(BROADCAST, post(broadcastOf(65_536)))).status).toBe(200)
    expect((await ask(BROADCAST, post(broadcastOf(65_537)))).body.error.code).toBe('body_too_large')
    const parts = (bytes: number) => broadcastOf(bytes).match(/.{1,9000}/g) ?? []
    expect((await ask(BROADCAST, post(parts(65_536)))).status).toBe(200)
    const refused = await ask(BROADCAST, post(parts(65_537)))
    expect([refused.status, refused.body.error.code]).toEqual([413, 'body_too_large'])
    expect((await ask(BROADCAST, post(parts(500_000)))).status).toBe(413)
  })

  it.each([
    ['{', 'cut off'],
    ['', 'nothing, though it says JSON'],
    ['{"channel":"transfers","data":1}x', 'more than one value'],
    ['{channel:1}', 'no JSON'],
    ['NaN', 'no JSON'],
    ['{"channel":"transfers","data":1,}', 'a trailing comma'],
  ])('%j is 400 (%s)', async (body) => {
    const { status, body: answer } = await (await serve()).ask(BROADCAST, post(body))
    expect([status, answer.error.code]).toEqual([400, body ? 'invalid_json' : 'invalid_request'])
  })

  it('nested 31 deep is taken, deeper is 400, a bomb as well', async () => {
    const { ask } = await serve()
    expect((await ask(BROADCAST, post(nested(31)))).status).toBe(200)
    for (const depth of [32, 1_000, 32_000]) {
      const { status, body } = await ask(BROADCAST, post(nested(depth)))
      expect([status, body.error.code]).toEqual([400, 'invalid_json'])
    }
  })

  it.each(['__proto__', 'constructor', 'prototype'])('with a key %s, however deep, is 400', async (key) => {
    const { ask } = await serve()
    for (const body of [`{"${key}":{"polluted":1}}`, `{"channel":"transfers","data":[{"a":{"${key}":1}}]}`]) {
      const { status, body: answer } = await ask(BROADCAST, post(body))
      expect([status, answer.error.code]).toEqual([400, 'invalid_json'])
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it('that is compressed, or another type than it says JSON, is 415', async () => {
    const { ask } = await serve()
    expect((await ask(BROADCAST, post('x', { 'content-encoding': 'gzip' }))).status).toBe(415)
    for (const type of ['text/plain', 'text/json', 'application/json-patch+json', 'multipart/form-data'])
      expect((await ask(BROADCAST, post('{}', { 'content-type': type }))).status).toBe(415)
    expect((await ask(BROADCAST, post(['{}'], { 'content-type': 'text/plain' }))).status).toBe(415)
    const utf8 = post(JSON.stringify({ channel: 'transfers', data: 'ü' }), {
      'content-type': 'application/json; charset=utf-8',
    })
    expect((await ask(BROADCAST, utf8)).status).toBe(200)
  })

  it('of any JSON is answered in the envelope, and never by a fault of ours', async () => {
    const { ask, faults } = await serve({ maxRequestsPerMinute: 100_000 })
    const paths = [BROADCAST, '/api/realtime/config', '/api/realtime/start', '/api/realtime/cache/clear']
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue(), async (path, value) => {
        const method = path.endsWith('config') ? 'PUT' : 'POST'
        const { status, body } = await ask(path, { ...post(JSON.stringify(value)), method })
        expect([200, 400, 403]).toContain(status)
        expect(body.ok).toBe(status === 200)
      }),
      { numRuns: 200 },
    )
    expect(faults).toEqual([])
  })
})
