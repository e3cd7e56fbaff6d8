import { describe, expect, it } from 'vitest'
import { someSettings } from './parts.ts'
import { type Ask, serve } from './support.ts'

const CONFIG = '/api/realtime/config'
const put = (body: unknown): Ask => ({
  ...{ method: 'PUT', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
})

describe('GET /config', () => {
  it('shows what is in effect, and no secret', async () => {
    const settings = someSettings({
      chain: { endpoints: [{ url: 'https://user:s3cret@node.example/s3cret?k=s3cret', headers: { key: 's3cret' } }] },
      admin: { token: 's3cret' },
    })
    const { body, text } = await (await serve({ parts: { settings } })).ask(CONFIG)
    expect(text).not.toContain('s3cret')
    expect(body.config).toMatchObject({
      ...{ chain: { endpoints: [{ url: 'https://node.example/…', headers: '***' }] }, admin: { token: '***' } },
      gateway: { maxConnections: 10_000 },
    })
  })
})

describe('PUT /config', () => {
  it('takes what is hot at once, says what needs a new start, and keeps nothing', async () => {
    const settings = someSettings()
    const { ask } = await serve({ parts: { settings } })
    const { status, body } = await ask(
      CONFIG,
      put({ log: { level: 'debug' }, gateway: { maxConnections: 5, port: 9 }, polling: { retryDelay: 7 } }),
    )
    expect([status, body.persisted]).toEqual([200, false])
    expect(body.applied.toSorted()).toEqual(['gateway.maxConnections', 'log.level', 'polling.retryDelay'])
    expect(body.needsRestart).toEqual(['gateway.port'])
    expect(body.config).toMatchObject({ log: { level: 'debug' }, gateway: { maxConnections: 5, port: 8081 } })
    expect((await ask(CONFIG)).body.config).toEqual(body.config)
  })

  it('what says nothing new changes nothing', async () => {
    const { ask } = await serve()
    for (const asked of [{}, { log: {} }, { log: { level: 'info' } }])
      expect((await ask(CONFIG, put(asked))).body).toMatchObject({ ok: true, applied: [], needsRestart: [] })
  })

  it.each([
    [{ log: { levl: 'debug' } }, 'log.levl: there is no such setting. Did you mean "level"?'],
    [{ gatway: {} }, 'gatway: there is no such setting. Did you mean "gateway"?'],
    [{ maxConnections: 5 }, 'maxConnections: there is no such setting. Did you mean "gateway.maxConnections"?'],
    [{ log: { level: 'loud' } }, 'log.level: got "loud": expected trace, debug, info, warn or error'],
    [{ log: null }, 'log: got null: expected an object'],
    [{ gateway: { maxConnections: -1 } }, 'gateway.maxConnections: got -1: expected a whole number of 1 or more'],
    [{ gateway: { maxConnections: '5' } }, 'gateway.maxConnections: got "5": expected a whole number of 1 or more'],
    [{ control: { allowedOrigins: ['evil'] } }, 'control.allowedOrigins[0]: got "evil": expected an origin'],
    [{ control: { host: '0.0.0.0' } }, 'control.host: got "0.0.0.0", which other machines reach'],
    [{ admin: { token: 5 } }, 'admin.token: got a secret that is not shown'],
    [[], 'body: expected an object of settings'],
    [5, 'body: expected an object of settings'],
  ])('%j is 400 and says what is wrong, and nothing is changed', async (asked, message) => {
    const settings = someSettings()
    const { ask } = await serve({ parts: { settings } })
    const before = settings.current()
    const both = Array.isArray(asked) || typeof asked === 'number' ? asked : { polling: { retryDelay: 7 }, ...asked }
    const { status, body } = await ask(CONFIG, put(both))
    expect([status, body.error.code]).toEqual([400, 'invalid_request'])
    expect(body.error.message).toContain(message)
    expect(settings.current()).toBe(before)
  })

  it('without a body is 400', async () => {
    const { ask } = await serve()
    expect((await ask(CONFIG, { method: 'PUT' })).body.error.message).toMatch(/^body: expected an object of settings/)
  })
})
