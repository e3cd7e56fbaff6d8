import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DecodedBlock } from '../../src/events/types.ts'
import { ActorDown } from '../../src/runtime/index.ts'
import { StoreError } from '../../src/store/errors.ts'
import { block, record } from '../store/support.ts'
import { FOLLOWING, type Served, serve } from './support.ts'

const ALICE = 'wasm15yk64u7zc9g9k2yr2wmzeva5qgwxps6yvw76s4'
const HASH = 'AA'.repeat(32)
const EVM_HASH = `0x${'bc'.repeat(32)}`
const UNKNOWN = 'EE'.repeat(32)

const BLOCKS: DecodedBlock[] = [
  block(1, [record(0, 3), record(0, 5, { accounts: [ALICE] }), record(2, 1, { txHash: 'BB'.repeat(32) })]),
  block(2, [record(0, 1, { txHash: 'CC'.repeat(32), evmTxHash: EVM_HASH })]),
  block(3, [
    record(0, 0, { type: 'pots.opened', contract: 'pots', contractAddress: 'wasm1pots', txHash: 'DD'.repeat(32) }),
    record(0, 1, { txHash: 'DD'.repeat(32) }),
  ]),
]
const IDS = ['1-0-3', '1-0-5', '1-2-1', '2-0-1', '3-0-0', '3-0-1']

async function ids(served: Served, query: string): Promise<string[]> {
  const { status, body } = await served.ask(`/api/realtime/events${query}`)
  expect(status).toBe(200)
  return body.events.map(({ id }: { id: string }) => id)
}

describe('/events', () => {
  it('answers newest first, ascending with since, exclusive at both ends', async () => {
    const served = await serve({ blocks: BLOCKS })
    expect(await ids(served, '')).toEqual(IDS.toReversed())
    expect(await ids(served, '?since=0-0-0')).toEqual(IDS)
    expect(await ids(served, '?since=1-0-5')).toEqual(IDS.slice(2))
    expect(await ids(served, '?before=2-0-1')).toEqual(IDS.slice(0, 3).toReversed())
    expect(await ids(served, '?since=1-0-3&before=3-0-0')).toEqual(IDS.slice(1, 4))
  })

  it('filters by type, contract by name or address, account, and hash in any case', async () => {
    const served = await serve({ blocks: BLOCKS })
    expect(await ids(served, '?type=pots.opened')).toEqual(['3-0-0'])
    expect(await ids(served, '?contract=pots')).toEqual(['3-0-0'])
    expect(await ids(served, '?contract=wasm1pots')).toEqual(['3-0-0'])
    expect(await ids(served, '?contract=nobody')).toEqual([])
    expect(await ids(served, `?account=${ALICE}`)).toEqual(['1-0-5'])
    expect(await ids(served, `?account=${ALICE.toUpperCase()}`)).toEqual(['1-0-5'])
    expect(await ids(served, `?txHash=${HASH.toLowerCase()}`)).toEqual(['1-0-5', '1-0-3'])
    expect(await ids(served, `?txHash=${EVM_HASH.toUpperCase()}`)).toEqual(['2-0-1'])
  })

  it('pages of any size, in either direction, join to the whole log, and next is null exactly at the end', async () => {
    const served = await serve({ blocks: BLOCKS, maxRequestsPerMinute: 100_000 })
    const walk = async (limit: number, cursor: 'since' | 'before', start: string): Promise<string[]> => {
      const seen: string[] = []
      for (let at: string | null = start; at; ) {
        const { body } = await served.ask(`/api/realtime/events?limit=${limit}&${cursor}=${at}`)
        expect(body.count).toBe(body.events.length)
        expect(body.events.length).toBeGreaterThan(0)
        seen.push(...body.events.map(({ id }: { id: string }) => id))
        at = body.next
      }
      return seen
    }
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 10 }), async (limit) => {
        expect(await walk(limit, 'since', '0-0-0')).toEqual(IDS)
        expect(await walk(limit, 'before', '9-0-0')).toEqual(IDS.toReversed())
      }),
      { numRuns: 10 },
    )
  })

  it('puts the stored texts into the answer byte for byte', async () => {
    const data = { memo: 'quo"te \\ \u2028 ü', __proto__x: '1' }
    const served = await serve({ blocks: [block(1, [record(0, 0, { data })])] })
    const { body, text } = await served.ask('/api/realtime/events')
    expect(body.events[0].data).toEqual(data)
    expect(text).toContain(JSON.stringify(data))
  })

  it.each([
    ['limit=', 'limit'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['since=', 'since'],
    ['since=1-2', 'since'],
    ['since=01-0-0', 'since'],
    ['before=', 'before'],
    ['before=latest', 'before'],
    ['type=', 'type'],
    ['contract=', 'contract'],
    ['account=', 'account'],
    ['account=wasm1abc', 'account'],
    ['account=sei15yk64u7zc9g9k2yr2wmzeva5qgwxps6yt77ell', 'account'],
    ['txHash=', 'txHash'],
    ['txHash=xyz', 'txHash'],
    ['height=3', 'height'],
    ['__proto__=3', '__proto__'],
  ])('?%s is 400 and names %s', async (query, field) => {
    const { status, body } = await (await serve()).ask(`/api/realtime/events?${query}`)
    expect(status).toBe(400)
    expect(body).toEqual({
      ok: false,
      timestamp: expect.any(String),
      error: expect.objectContaining({ code: 'invalid_request' }),
    })
    expect(body.error.message).toMatch(new RegExp(`^${field}: `))
  })
})

describe('/tx/:hash', () => {
  it('tells indexed, by Cosmos and EVM hash in any case, with its events', async () => {
    const served = await serve({ blocks: BLOCKS })
    for (const hash of [HASH, HASH.toLowerCase()]) {
      const { body } = await served.ask(`/api/realtime/tx/${hash}`)
      expect([body.ok, body.state, body.events.map(({ id }: { id: string }) => id)]).toEqual([
        true,
        'indexed',
        ['1-0-3', '1-0-5'],
      ])
    }
    expect((await served.ask(`/api/realtime/tx/${EVM_HASH.toUpperCase()}`)).body.state).toBe('indexed')
  })

  it('asks the node about what the log does not know, once for many who ask, and never about an EVM hash', async () => {
    const asked: string[] = []
    const served = await serve({
      askNode: async (hash) => {
        asked.push(hash)
        return 'failed'
      },
    })
    const answers = await Promise.all(
      [UNKNOWN, UNKNOWN.toLowerCase(), UNKNOWN].map((hash) => served.ask(`/api/realtime/tx/${hash}`)),
    )
    expect(answers.map(({ body }) => [body.state, body.events])).toEqual([
      ['failed', []],
      ['failed', []],
      ['failed', []],
    ])
    expect((await served.ask(`/api/realtime/tx/${EVM_HASH}`)).body.state).toBe('unknown')
    expect(asked).toEqual([UNKNOWN])
  })

  it('malformed is 400 naming the hash', async () => {
    for (const hash of ['xyz', '0x12', `${HASH}0`, '%E0%A4%A']) {
      const { status, body } = await (await serve()).ask(`/api/realtime/tx/${hash}`)
      expect([status, body.error.message]).toEqual([400, expect.stringMatching(/^hash: /)])
    }
  })

  it('is 503 with Retry-After while the actor that asks is down, and asks again afterwards', async () => {
    let down = true
    const served = await serve({
      askNode: async () => {
        if (down) throw new ActorDown('block-fetcher', 'restarting')
        return 'unknown'
      },
    })
    const refused = await served.ask(`/api/realtime/tx/${UNKNOWN}`)
    expect([refused.status, refused.headers['retry-after'], refused.body.ok]).toEqual([503, '1', false])
    down = false
    expect((await served.ask(`/api/realtime/tx/${UNKNOWN}`)).body.state).toBe('unknown')
    expect(served.faults).toEqual([])
  })

  it('keeps the load on the node within a budget: 503 with Retry-After beyond it', async () => {
    let asked = 0
    const served = await serve({
      askNode: async () => {
        asked += 1
        return 'unknown'
      },
    })
    const hashes = Array.from({ length: 100 }, (_, n) => n.toString(16).padStart(64, '0'))
    const answers = await Promise.all(hashes.map((hash) => served.ask(`/api/realtime/tx/${hash}`)))
    const refused = answers.filter(({ status }) => status === 503)
    expect(refused.length).toBeGreaterThan(0)
    expect(asked).toBe(100 - refused.length)
    expect(refused.every(({ headers }) => headers['retry-after'] === '1')).toBe(true)
  })
})

describe('/status, /health, /actors, /livez, /readyz', () => {
  it('answer in the envelope', async () => {
    const served = await serve({ blocks: BLOCKS })
    const status = await served.ask('/api/realtime/status')
    expect(status.body).toEqual({ ok: true, timestamp: expect.any(String), status: expect.any(Object) })
    expect(status.body.status.eventIndexer.currentBlock).toBe(3)
    expect((await served.ask('/api/realtime/health')).body).toMatchObject({ ok: true, health: { healthy: true } })
    expect((await served.ask('/api/realtime/actors')).body).toMatchObject({ ok: true, actors: {} })
    expect((await served.ask('/livez')).text).toBe('ok\n')
    expect((await served.ask('/readyz')).status).toBe(200)
  })

  it('status is as of the request, however many asked just before', async () => {
    const served = await serve({ blocks: BLOCKS })
    for (let height = 4; height < 10; height++) {
      const before = Array.from({ length: 20 }, () => served.ask('/api/realtime/status'))
      await Promise.race(before)
      served.vitals.committed({ after: height - 1, height, time: '2026-01-01T00:00:04Z', events: [], tags: [] })
      const { body, headers } = await served.ask('/api/realtime/status')
      expect([body.status.eventIndexer.currentBlock, headers['x-indexed-height']]).toEqual([height, `${height}`])
      await Promise.all(before)
    }
  })

  it('health is 503 and names the code of the fault; livez and readyz stay, the log can still be served', async () => {
    const served = await serve({ blocks: BLOCKS })
    served.vitals.source({
      ...FOLLOWING,
      state: 'halted',
      fault: { code: 'E_SOURCE_INCAPABLE', message: 'no results' },
    })
    const { status, body, headers } = await served.ask('/api/realtime/health')
    expect(status).toBe(503)
    expect(headers['retry-after']).toBeDefined()
    expect(body).toMatchObject({
      ok: false,
      error: { code: 'E_SOURCE_INCAPABLE', message: 'no results' },
      health: { healthy: false },
    })
    expect(body.error.requestId).toEqual(expect.any(String))
    expect((await served.ask('/livez')).status).toBe(200)
    expect((await served.ask('/api/realtime/events')).status).toBe(200)
  })

  it('readyz is 503 while far behind and while draining, and says why when asked', async () => {
    const served = await serve({ blocks: BLOCKS })
    served.vitals.source({ ...FOLLOWING, headHeight: 1_000 })
    const behind = await served.ask('/readyz?verbose')
    expect([behind.status, behind.text]).toEqual([503, expect.stringContaining('fail sync: syncing, 3 of 1000')])
    served.vitals.source(FOLLOWING)
    served.vitals.drain()
    expect((await served.ask('/readyz?verbose')).text).toContain('fail draining')
  })
})

describe('what is refused', () => {
  it('X-Indexed-Height stands on every answer, whatever its status', async () => {
    const served = await serve({ blocks: BLOCKS })
    const answers = await Promise.all([
      served.ask('/livez'),
      served.ask('/nothing'),
      served.ask('/api/realtime/status'),
      served.ask('/api/realtime/status', { method: 'DELETE' }),
      served.ask('/api/realtime/events?limit=x'),
      served.ask('/api/realtime/status', { headers: { host: 'evil.example' } }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 200, 405, 400, 403])
    expect(answers.map(({ headers }) => headers['x-indexed-height'])).toEqual(Array(6).fill('3'))
  })

  it('an unknown path is 404, a wrong method 405 with Allow, each in the envelope', async () => {
    const served = await serve()
    for (const path of ['/', '/api/realtime', '/api/realtime/nothing', '/API/REALTIME/../status']) {
      const { status, body } = await served.ask(path)
      expect([status, body.ok, body.error.code]).toEqual([404, false, 'not_found'])
    }
    for (const path of ['/api/realtime/events', '/api/realtime/tx/abc', '/livez'])
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND']) {
        const { status, body, headers } = await served.ask(path, { method })
        expect([status, headers.allow, body.error.code]).toEqual([405, 'GET, HEAD', 'method_not_allowed'])
      }
  })

  it('a body that is not JSON is 415, one above 64 kB 413', async () => {
    const served = await serve()
    const post = (body: string, type: string) =>
      served.ask('/api/realtime/status', {
        method: 'POST',
        body,
        headers: { 'content-type': type, 'content-length': `${body.length}` },
      })
    expect((await post('x', 'text/plain')).status).toBe(415)
    expect((await post('a=b', 'application/x-www-form-urlencoded')).status).toBe(415)
    expect((await post(`"${'x'.repeat(65_536)}"`, 'application/json')).status).toBe(413)
    expect((await post('{}', 'application/json')).status).toBe(405)
  })

  it('HEAD answers as GET does, without a body', async () => {
    const { status, text, headers } = await (await serve()).ask('/api/realtime/status', { method: 'HEAD' })
    expect([status, text]).toEqual([200, ''])
    expect(Number(headers['content-length'])).toBeGreaterThan(0)
  })

  it('a fault of ours is 500 with a requestId and nothing else of ours; the log gets the error', async () => {
    const bug = new Error('at /home/someone/secret.ts')
    const served = await serve({
      reader: {
        events: () => {
          throw bug
        },
      },
    })
    const { status, text, body } = await served.ask('/api/realtime/events')
    expect([status, body.error.code]).toEqual([500, 'internal'])
    expect(text).not.toContain('secret')
    expect(served.faults).toEqual([bug])
  })

  it('a store that is busy is 503 with Retry-After', async () => {
    const served = await serve({
      reader: {
        events: () => {
          throw new StoreError('E_BUSY', 'busy')
        },
      },
    })
    const { status, headers } = await served.ask('/api/realtime/events')
    expect([status, headers['retry-after']]).toEqual([503, '1'])
  })

  it('more requests a minute than allowed are 429 with Retry-After; livez and readyz never', async () => {
    const served = await serve({ maxRequestsPerMinute: 5 })
    const statuses: number[] = []
    for (let n = 0; n < 7; n++) statuses.push((await served.ask('/api/realtime/status')).status)
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429])
    const { headers, body } = await served.ask('/api/realtime/status')
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    expect(body.error.code).toBe('rate_limited')
    expect((await served.ask('/livez')).status).toBe(200)
    expect((await served.ask('/readyz')).status).toBe(200)
  })
})
