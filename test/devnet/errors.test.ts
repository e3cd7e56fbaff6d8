import { describe, expect, it } from 'vitest'
import { get, json, post, RECORDINGS, rpc, tape } from './client.ts'

const { wasmd2, sei2 } = RECORDINGS
const health = (count: number) => Array.from({ length: count }, (_, id) => ({ jsonrpc: '2.0', id, method: 'health' }))

describe('batches', () => {
  it.each([
    ['CometBFT', wasmd2, -32600, 'Invalid Request', 'batch request exceeds maximum (10) allowed number of requests'],
    ['Sei', sei2, -32700, 'Parse error', 'Batch size limit exceeded.'],
  ] as const)(
    '%s takes ten, refuses eleven with one object without id, and answers one bare',
    async (_name, { dir }, code, message, data) => {
      const { url } = await tape({ dir })
      expect(await json(post(url, health(10)))).toEqual(
        health(10).map(({ id }) => ({ jsonrpc: '2.0', id, result: {} })),
      )
      const refused = await post(url, health(11))
      expect(refused.status).toBe(200)
      expect(await refused.json()).toEqual({ jsonrpc: '2.0', error: { code, message, data } })
      expect(await json(post(url, health(1)))).toEqual({ jsonrpc: '2.0', id: 0, result: {} })
    },
  )

  it('an error of one entry leaves the others', async () => {
    const { url } = await tape({ dir: wasmd2.dir })
    const answers = await json(post(url, [...health(1), { jsonrpc: '2.0', id: 'x', method: 'nosuch' }]))
    expect(answers).toEqual([
      { jsonrpc: '2.0', id: 0, result: {} },
      { jsonrpc: '2.0', id: 'x', error: { code: -32601, message: 'Method not found' } },
    ])
  })
})

type Case = readonly [method: string, params: object, error: object]

const internal = (data: string) => ({ code: -32603, message: 'Internal error', data })
const invalid = (data: string) => ({ code: -32600, message: 'Invalid request', data })
const params = (data: string) => ({ code: -32602, message: 'Invalid params', data })
const head = "height must be less than or equal to the head of the node's blockchain"

describe.each([
  [
    'CometBFT',
    wasmd2,
    [
      [
        'block',
        { height: '193' },
        internal('height 193 must be less than or equal to the current blockchain height 192'),
      ],
      [
        'block_results',
        { height: '193' },
        internal('height 193 must be less than or equal to the current blockchain height 192'),
      ],
      ['block', { height: '14' }, internal('height 14 is not available, lowest height is 15')],
      ['block', { height: '0' }, internal('height must be greater than 0, but got 0')],
      ['block', { height: '-5' }, internal('height must be greater than 0, but got -5')],
      [
        'block',
        { height: 20 },
        params('error converting json params to arguments: invalid 64-bit integer encoding "20", expected string'),
      ],
      [
        'blockchain',
        { minHeight: '50', maxHeight: '20' },
        internal("min height 50 can't be greater than max height 20"),
      ],
      ['nosuch', {}, { code: -32601, message: 'Method not found' }],
      ['subscribe', { query: "tm.event='Tx'" }, { code: -32601, message: 'Method not found' }],
    ],
  ],
  [
    'Sei',
    sei2,
    [
      ['block', { height: '166' }, internal(`${head} (requested height: 166, blockchain height: 165)`)],
      ['block_results', { height: 166 }, internal(`${head} (requested height: 166, blockchain height: 165)`)],
      ['block', { height: '14' }, internal('height is not available (requested height: 14, base height: 15)')],
      ['block', { height: '0' }, invalid('height must be greater than zero (requested height: 0)')],
      ['block', { height: 'x' }, params('strconv.ParseInt: parsing "x": invalid syntax')],
      [
        'blockchain',
        { minHeight: '50', maxHeight: '20' },
        invalid("invalid request: min height 50 can't be greater than max height 20"),
      ],
      ['nosuch', {}, { code: -32601, message: 'Method not found', data: 'method nosuch not found' }],
    ],
  ],
] as const)('%s words its refusals', (_name, { dir, sei }, cases) => {
  it.each<Case>([...cases])('%s %o', async (method, given, error) => {
    const { url } = await tape({ dir })
    expect(await rpc(url, method, given)).toEqual({ jsonrpc: '2.0', id: 1, error })
  })

  it('by GET: HTTP 500 and an envelope on CometBFT, a bare error with 200 on Sei', async () => {
    const { url } = await tape({ dir })
    const answer = await fetch(`${url}/block?height=0`)
    expect(answer.status).toBe(sei ? 200 : 500)
    expect(await answer.json()).toMatchObject(
      sei ? { code: -32600 } : { jsonrpc: '2.0', id: -1, error: { code: -32603 } },
    )
    const unknown = await fetch(`${url}/nosuch`)
    expect([unknown.status, await unknown.text()]).toEqual([404, '404 page not found\n'])
  })

  it('a body that is no JSON, too large, or no request', async () => {
    const { url } = await tape({ dir })
    const garbled = await post(url, '{bad json')
    expect(garbled.status).toBe(sei ? 200 : 500)
    expect((await json(garbled)).error.code).toBe(-32700)
    const large = await post(url, 'x'.repeat(1_000_001))
    expect(large.status).toBe(sei ? 200 : 400)
    expect((await json(large)).error.data).toMatch(/http: request body too large$/)
    expect((await json(post(url, { id: 1 }))).error.code).toBe(-32600)
    const notification = await post(url, { jsonrpc: '2.0', method: 'status' })
    expect([notification.status, await notification.text()]).toEqual([200, ''])
  })
})

it('heights come as a number on Sei, in quotes by GET, and by position on both', async () => {
  const [comet, sei] = [await tape({ dir: wasmd2.dir }), await tape({ dir: sei2.dir })]
  expect((await rpc(sei.url, 'block', { height: 20 })).result.block.header.height).toBe('20')
  for (const { url } of [comet, sei]) {
    expect((await rpc(url, 'block', ['20'])).result.block.header.height).toBe('20')
    const got = await json(get(url, '/block?height="20"'))
    expect((got.result ?? got).block.header.height).toBe('20')
  }
})

it("a taken port is the system's error", async () => {
  const { port } = await tape({ dir: wasmd2.dir })
  await expect(tape({ dir: wasmd2.dir, port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

it('compresses only when configured and asked', async () => {
  const [plain, gzip] = [await tape({ dir: wasmd2.dir }), await tape({ dir: wasmd2.dir, gzip: true })]
  const encoding = async (url: string, accepted: string) => {
    const answer = await fetch(`${url}/block?height=20`, { headers: { 'accept-encoding': accepted } })
    expect((await json(answer)).result.block.header.height).toBe('20')
    return answer.headers.get('content-encoding')
  }
  expect(await encoding(gzip.url, 'gzip')).toBe('gzip')
  expect(await encoding(gzip.url, 'identity')).toBeNull()
  expect(await encoding(plain.url, 'gzip')).toBeNull()
})

it('counts requests by method', async () => {
  const { url, requests } = await tape({ dir: wasmd2.dir })
  await post(url, health(3))
  await rpc(url, 'status')
  expect([...requests()]).toEqual([
    ['health', 3],
    ['status', 1],
  ])
})
