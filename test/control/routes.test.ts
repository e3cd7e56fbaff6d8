import { describe, expect, it } from 'vitest'
import { ActorDown, CodedError } from '../../src/runtime/index.ts'
import { ALICE, type Sent, someCaches, someOperations, somePolling, someSockets } from './parts.ts'
import { serve } from './support.ts'

const API = '/api/realtime'
const POST = { method: 'POST' }
const json = (body: unknown, method = 'POST') => ({
  ...{ method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
})

describe('/views/:name', () => {
  it('answers the view with the height it is as of', async () => {
    const { ask } = await serve()
    const { status, body } = await ask(`${API}/views/transfers`)
    expect([status, body.view.asOf, body.view.address]).toEqual([200, { height: 3, time: expect.any(String) }, null])
  })

  it('takes an address in any spelling, 0x as well; an empty one is none', async () => {
    const { ask } = await serve()
    const shown = async (address: string) =>
      (await ask(`${API}/views/transfers?address=${address}`)).body.view.address as unknown
    expect(await shown(ALICE)).toBe(ALICE)
    expect(await shown(ALICE.toUpperCase())).toBe(ALICE)
    expect(await shown('0xA12CD6BB0C4A40FB2865a10e8167d24b99c08ab0')).toMatch(/^wasm1/)
    expect(await shown('')).toBeNull()
  })

  it('on a view that takes none an address is ignored, whatever it says', async () => {
    const { ask } = await serve()
    const { status, body } = await ask(`${API}/views/market_stats?address=nonsense`)
    expect([status, body.view.address]).toEqual([200, null])
  })

  it.each([
    ['user_portfolio', 400, 'address_required'],
    ['user_portfolio?address=', 400, 'address_required'],
    ['transfers?address=wasm1abc', 400, 'invalid_address'],
    ['transfers?address=sei15yk64u7zc9g9k2yr2wmzeva5qgwxps6yt77ell', 400, 'invalid_address'],
    ['transfers?address=0x12', 400, 'invalid_address'],
    [`transfers?address=${ALICE}&address=${ALICE}`, 400, 'invalid_request'],
    ['transfers?since=1-0-0', 400, 'invalid_request'],
    ['nothing', 404, 'not_found'],
    ['constructor', 404, 'not_found'],
    ['__proto__', 404, 'not_found'],
  ])('%s is %d %s', async (path, status, code) => {
    const answer = await (await serve()).ask(`${API}/views/${path}`)
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
  })
})

describe('/start, /stop, /refresh', () => {
  it('say whether that changed anything', async () => {
    const { ask } = await serve()
    const changed = async (name: string) => (await ask(`${API}/${name}`, POST)).body.changed as unknown
    expect(await changed('start')).toBe(false)
    expect(await changed('stop')).toBe(true)
    expect(await changed('stop')).toBe(false)
    expect(await changed('start')).toBe(true)
    const { body } = await ask(`${API}/refresh`, POST)
    expect(body).toMatchObject({ ok: true, changed: true, message: 'refreshed: market_stats, network_health' })
  })

  it('are 409 in the middle of a change, and no fault of ours', async () => {
    const operations = someOperations()
    const { ask, faults } = await serve({ parts: { operations } })
    operations.during = 'stopping'
    for (const name of ['start', 'stop', 'refresh']) {
      const { status, body } = await ask(`${API}/${name}`, POST)
      expect([status, body.error.code]).toEqual([409, 'wrong_state'])
    }
    expect(faults).toEqual([])
  })

  it('take no body, or an empty one, as programs send it', async () => {
    const { ask } = await serve()
    expect((await ask(`${API}/start`, json({}))).status).toBe(200)
    const refused = await ask(`${API}/start`, json({ force: true }))
    expect([refused.status, refused.body.error.message]).toEqual([400, 'force: there is no such field'])
    expect((await ask(`${API}/start`, json([]))).status).toBe(400)
  })
})

describe('/polling', () => {
  it('shows every task by id, without a path or a secret in what went wrong', async () => {
    const { body, text } = await (await serve()).ask(`${API}/polling/tasks`)
    expect(Object.keys(body.tasks)).toEqual(['cache_cleanup', 'network_health'])
    expect(body.tasks.cache_cleanup).toMatchObject({
      ...{ name: 'cache_cleanup', enabled: true, priority: 'low', interval: 30_000, runCount: 2, errorCount: 0 },
      ...{ isRunning: false, lastError: null, lastDurationMs: 12 },
    })
    expect(body.tasks.network_health.lastError).toBe('cannot read … of https://node.example/…')
    expect(text).not.toMatch(/pass|key\.pem/)
  })

  it('runs a task and answers what it returned', async () => {
    const { ask } = await serve()
    const { status, body } = await ask(`${API}/polling/tasks/cache_cleanup/run`, POST)
    expect([status, body.result]).toEqual([200, { swept: 3 }])
  })

  it.each([
    [undefined, null],
    [10n ** 30n, '1000000000000000000000000000000'],
    [
      { amount: 5n, at: new Date(0) },
      { amount: '5', at: '1970-01-01T00:00:00.000Z' },
    ],
    [cycle(), null],
    [() => 1, null],
  ])('what JSON can hardly say, it says as well as it can (%#)', async (returned, result) => {
    const { ask } = await serve({ parts: { polling: somePolling(() => returned) } })
    const { status, body } = await ask(`${API}/polling/tasks/cache_cleanup/run`, POST)
    expect([status, body.result]).toEqual([200, result])
  })

  it('a task that throws is 502 with its message, in one line, without paths and secrets; it is no fault of ours', async () => {
    const polling = somePolling(() => {
      throw new Error('node https://u:p@n.example/key said no at /home/someone/app.ts\n  at stack')
    })
    const { ask, faults } = await serve({ parts: { polling } })
    const { status, body } = await ask(`${API}/polling/tasks/cache_cleanup/run`, POST)
    expect([status, body.error.code]).toEqual([502, 'task_failed'])
    expect(body.error.message).toBe('node https://n.example/… said no at …')
    expect(faults).toEqual([])
  })

  it('is 503 with Retry-After while the scheduler is down, 409 while nothing runs', async () => {
    const operations = someOperations()
    const polling = somePolling(() => {
      throw new ActorDown('scheduler', 'restarting')
    })
    const { ask } = await serve({ parts: { polling, operations } })
    const down = await ask(`${API}/polling/tasks/cache_cleanup/run`, POST)
    expect([down.status, down.headers['retry-after']]).toEqual([503, '1'])
    await operations.stop()
    const stopped = await ask(`${API}/polling/tasks/cache_cleanup/run`, POST)
    expect([stopped.status, stopped.body.error.code]).toEqual([409, 'wrong_state'])
  })

  it('switches a task off and on', async () => {
    const { ask } = await serve()
    const turn = async (action: string) =>
      (await ask(`${API}/polling/tasks/cache_cleanup/${action}`, POST)).body.changed as unknown
    const enabled = async () => (await ask(`${API}/polling/tasks`)).body.tasks.cache_cleanup.enabled as unknown
    expect([await turn('disable'), await enabled(), await turn('disable')]).toEqual([true, false, false])
    expect([await turn('enable'), await enabled(), await turn('enable')]).toEqual([true, true, false])
  })

  it.each(['run', 'enable', 'disable'])('%s of an unknown task is 404 and names those there are', async (action) => {
    const { ask } = await serve()
    for (const id of ['nothing', '__proto__', 'toString']) {
      const { status, body } = await ask(`${API}/polling/tasks/${id}/${action}`, POST)
      expect([status, body.error.message]).toEqual([404, expect.stringContaining('cache_cleanup')])
    }
  })
})

describe('/websocket', () => {
  it('says who is connected, and to what', async () => {
    const { body } = await (await serve()).ask(`${API}/websocket/clients`)
    expect(body).toMatchObject({ clientCount: 1, subscriptions: { client_1: ['transfers'] }, limits: {}, drops: {} })
  })

  it.each([{ a: [1, null, 'x'] }, null, 0, 'text', [], false])('broadcasts %j and counts who got it', async (data) => {
    const sent: Sent[] = []
    const { ask } = await serve({ parts: { sockets: someSockets(sent) } })
    const { status, body } = await ask(`${API}/websocket/broadcast`, json({ channel: 'transfers', data }))
    expect([status, body.delivered]).toEqual([200, 7])
    expect(sent).toEqual([{ channel: 'transfers', data }])
  })

  it.each([
    [{ channel: 'blockchain_events', data: {} }, 403, 'forbidden_channel', 'channel'],
    [{ channel: 'nothing', data: {} }, 400, 'invalid_channel', 'channel'],
    [{ channel: '', data: {} }, 400, 'invalid_request', 'channel'],
    [{ channel: 5, data: {} }, 400, 'invalid_request', 'channel'],
    [{ data: {} }, 400, 'invalid_request', 'channel'],
    [{ channel: 'transfers' }, 400, 'invalid_request', 'data'],
    [{ channel: 'transfers', data: 1, id: '3-0-1' }, 400, 'invalid_request', 'id'],
    [[], 400, 'invalid_request', 'body'],
    ['x', 400, 'invalid_request', 'body'],
  ])('%j is %d %s and sends nothing', async (asked, status, code, field) => {
    const sent: Sent[] = []
    const { ask } = await serve({ parts: { sockets: someSockets(sent) } })
    const { body, ...answer } = await ask(`${API}/websocket/broadcast`, json(asked))
    expect([answer.status, body.error.code]).toEqual([status, code])
    expect(body.error.message).toMatch(new RegExp(`^${field}: `))
    expect(sent).toEqual([])
  })
})

describe('/cache', () => {
  it('tells how every cache does', async () => {
    const caches = someCaches()
    const cache = caches.cache('market_data')
    cache.set('market_stats', { totalTvl: {} })
    for (const key of ['market_stats', 'market_stats', 'market_stats', 'nothing']) cache.get(key)
    const { body } = await (await serve({ parts: { caches } })).ask(`${API}/cache/stats`)
    expect([body.totalCaches, Object.keys(body.caches)]).toEqual([4, [...caches.all().keys()]])
    expect(body.caches.market_data).toMatchObject({ totalEntries: 1, totalHits: 3, totalMisses: 1, hitRate: 0.75 })
  })

  it('empties all, or one; an unknown one is 404', async () => {
    const caches = someCaches()
    const { ask } = await serve({ parts: { caches } })
    const entries = () => [...caches.all().values()].map((cache) => cache.keys().length)
    const fill = () => {
      for (const cache of caches.all().values()) cache.set('key', 1)
    }
    fill()
    expect((await ask(`${API}/cache/user_data/clear`, POST)).body.message).toBe('user_data is empty')
    expect(entries()).toEqual([1, 0, 1, 1])
    fill()
    expect((await ask(`${API}/cache/clear`, POST)).status).toBe(200)
    expect(entries()).toEqual([0, 0, 0, 0])
    const unknown = await ask(`${API}/cache/constructor/clear`, POST)
    expect([unknown.status, unknown.body.error.message]).toEqual([404, expect.stringContaining('market_data')])
  })
})

describe('operators', () => {
  const CHANGES: [string, string, object?][] = [
    ['POST', 'start'],
    ['POST', 'stop'],
    ['POST', 'refresh'],
    ['POST', 'polling/tasks/cache_cleanup/run'],
    ['POST', 'polling/tasks/cache_cleanup/enable'],
    ['POST', 'polling/tasks/cache_cleanup/disable'],
    ['POST', 'websocket/broadcast', { channel: 'transfers', data: {} }],
    ['POST', 'cache/clear'],
    ['POST', 'cache/user_data/clear'],
    ['PUT', 'config', { log: { level: 'debug' } }],
    ['POST', 'actors/event-store/restart'],
    ['POST', 'actors/event-store/profile'],
  ]

  it.each(CHANGES)(
    '%s /%s needs the token once there is one, before anything of it is read',
    async (method, path, body) => {
      const { ask, audited } = await serve({ adminToken: 'secret' })
      const asked = body ? json(body, method) : { method }
      const broken = { method, body: '{', headers: { 'content-type': 'application/json' } }
      for (const each of [asked, broken]) expect((await ask(`${API}/${path}`, each)).status).toBe(401)
      expect(audited).toEqual([])
      const headers = { ...('headers' in asked ? asked.headers : {}), authorization: 'Bearer secret' }
      const done = await ask(`${API}/${path}`, { ...asked, headers })
      expect(done.body).toMatchObject({ ok: true })
      expect(audited).toEqual([
        expect.objectContaining({
          ...{ operator: expect.stringMatching(/^token:[0-9a-f]{4}$/), ip: expect.any(String), outcome: 'ok' },
          ...{ action: expect.stringContaining(`${method} ${API}/`), requestId: expect.any(String) },
        }),
      ])
      expect(JSON.stringify(audited)).not.toContain('secret')
    },
  )

  it.each(CHANGES)('%s /%s is nothing for a page of another origin', async (method, path, body) => {
    const { ask, audited } = await serve()
    const asked = body ? json(body, method) : { method, headers: {} }
    const foreign = { ...asked.headers, origin: 'https://evil.example' }
    expect((await ask(`${API}/${path}`, { ...asked, headers: foreign })).status).toBe(403)
    const crossSite = { ...asked.headers, 'sec-fetch-site': 'cross-site' }
    expect((await ask(`${API}/${path}`, { ...asked, headers: crossSite })).status).toBe(403)
    expect(audited).toEqual([])
  })

  it('what they tried and were refused is in the log with the reason', async () => {
    const { ask, audited } = await serve()
    await ask(`${API}/polling/tasks/nothing/run`, POST)
    await ask(`${API}/websocket/broadcast`, json({ channel: 'blockchain_events', data: 1 }))
    expect(audited).toEqual([
      expect.objectContaining({ operator: 'anybody', id: 'nothing', outcome: 'not_found' }),
      expect.objectContaining({ channel: 'blockchain_events', outcome: 'forbidden_channel' }),
    ])
  })

  it('a change of settings is in the log by the names of the settings, never by their values', async () => {
    const { ask, audited } = await serve()
    await ask(`${API}/config`, json({ admin: { token: 's3cret' }, log: { level: 'debug' } }, 'PUT'))
    expect(audited).toEqual([expect.objectContaining({ applied: ['log.level'], needsRestart: ['admin.token'] })])
    expect(JSON.stringify(audited)).not.toContain('s3cret')
  })

  it('a fault of ours while they act is 500 and in the log twice: as what they did, and as a fault', async () => {
    const operations = { ...someOperations(), refresh: () => Promise.reject(new TypeError('a bug')) }
    const { ask, audited, faults } = await serve({ parts: { operations } })
    expect((await ask(`${API}/refresh`, POST)).status).toBe(500)
    expect([audited, faults]).toEqual([[expect.objectContaining({ outcome: 'failed' })], [new TypeError('a bug')]])
  })

  it('what has a code of ours and passes by itself is 503', async () => {
    const operations = { ...someOperations(), start: () => Promise.reject(new CodedError('E_STORE_LOCKED', 'busy')) }
    const { ask } = await serve({ parts: { operations } })
    const { status, headers, body } = await ask(`${API}/start`, POST)
    expect([status, headers['retry-after'], body.error.code]).toEqual([503, '1', 'unavailable'])
  })
})

function cycle(): object {
  const self: { self?: object } = {}
  self.self = self
  return self
}
