/** The faults that need a chain of one's own, or that were not there when only recordings were played. */
import { once } from 'node:events'
import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Faults } from '../../../src/devnet/faults.ts'
import { connect, get, json, lines, post, RECORDINGS, rpc } from '../client.ts'
import { devnet } from './devnet.ts'
import { factsOf } from './facts.ts'

const HEADER = "tm.event='NewBlockHeader'"
const headOf = async (url: string): Promise<number> =>
  Number((await rpc(url, 'status')).result.sync_info.latest_block_height)

async function subscribed(url: string) {
  const subscriber = await connect(url)
  subscriber.send(1, 'subscribe', HEADER)
  await subscriber.received(1)
  return subscriber
}

describe('the head', () => {
  it('stands still while the chain goes on, and nobody is told', async () => {
    const node = await devnet()
    const subscriber = await subscribed(node.url)
    node.setFaults({ stall: true })
    expect(await headOf(node.url)).toBe(1)
    await node.advance(5)
    subscriber.send(2, 'status')
    await subscriber.received(2)
    expect(subscriber.frames[1].result.sync_info.latest_block_height).toBe('1')
    expect((await rpc(node.url, 'block', { height: '2' })).error?.data).toMatch(/blockchain height 1$/)
    node.setFaults({})
    expect(await headOf(node.url)).toBe(6)
  })

  it('goes back by the lag that is set', async () => {
    const node = await devnet()
    await node.advance(9)
    expect(await headOf(node.url)).toBe(10)
    node.setFaults({ lag: 4 })
    expect(await headOf(node.url)).toBe(6)
  })

  it('is one or another from request to request, and the same within a batch', async () => {
    const node = await devnet()
    await node.advance(9)
    node.setFaults({ twoHeads: 3 })
    const heads: number[] = []
    for (let asked = 0; asked < 20; asked++) heads.push(await headOf(node.url))
    expect(new Set(heads)).toEqual(new Set([7, 10]))
    const ask = { jsonrpc: '2.0', id: 1, method: 'status' }
    const batch = await json(post(node.url, [ask, ask]))
    expect(batch[0].result).toEqual(batch[1].result)
  })
})

it('twoFaces: some answers lack a transaction', async () => {
  const node = await devnet({ eventsPerBlock: 5 })
  const ask = async () => (await rpc(node.url, 'block_results', { height: '1' })).result.txs_results
  const whole = await ask()
  node.setFaults({ twoFaces: true })
  const counts = new Set<number>()
  for (let asked = 0; asked < 20; asked++) counts.add((await ask()).length)
  expect(counts).toEqual(new Set([whole.length, whole.length - 1]))
})

it('autobahn: every answer looks as it was recorded', async () => {
  const node = await devnet({ dialect: 'base64', eventsPerBlock: 3, faults: { autobahn: true } })
  await node.advance(5)
  const { dir } = RECORDINGS.autobahn2
  for (const method of ['block', 'block_results', 'status']) {
    const file = lines(dir, `${method}.ndjson`).map((answer) => (answer.body ? JSON.parse(answer.body) : answer).result)
    const known = new Set(file.flatMap((result) => [...factsOf(result)]))
    const { result } = await rpc(node.url, method)
    const own = [...factsOf(result)].filter((fact) => !known.has(fact) && !fact.startsWith('.consensus_param_updates'))
    expect(own).toEqual([])
  }
  expect((await rpc(node.url, 'header', { height: '3' })).error?.data).toMatch(/blockchain height: 0\)$/)
  expect((await rpc(node.url, 'blockchain', {})).error?.data).toMatch(/can't be greater than max height 0$/)
  expect((await rpc(node.url, 'tx_search', { query: 'tx.height>0' })).result).toEqual({ txs: [], total_count: '0' })
})

describe('halfOpen', () => {
  it('swallows requests on connections old and new, which nothing revives', async () => {
    const node = await devnet()
    const silent = async () => {
      const asked = fetch(`${node.url}/health`, { signal: AbortSignal.timeout(150) })
      await expect(asked).rejects.toThrow(/timeout/)
    }
    expect((await get(node.url, '/health')).status).toBe(200)
    node.setFaults({ halfOpen: true })
    await silent()
    await silent()
    node.setFaults({})
    const fresh = await new Promise((resolve) => request(`${node.url}/health`, { agent: false }, resolve).end())
    expect(fresh).toMatchObject({ statusCode: 200 })
  })

  it('leaves a WebSocket open and dead: no frame, no pong, no close', async () => {
    const node = await devnet()
    const subscriber = await subscribed(node.url)
    let pongs = 0
    subscriber.socket.on('pong', () => pongs++)
    node.setFaults({ halfOpen: true })
    const unborn = new WebSocket(`${node.url.replace('http', 'ws')}/websocket`)
    unborn.on('error', () => {})
    subscriber.socket.ping()
    subscriber.send(2, 'health')
    await node.advance(3)
    node.setFaults({})
    const alive = await subscribed(node.url)
    await node.advance()
    await alive.received(2)
    expect([subscriber.frames.length, pongs]).toEqual([1, 0])
    expect([subscriber.socket.readyState, unborn.readyState]).toEqual([WebSocket.OPEN, WebSocket.CONNECTING])
    unborn.terminate()
  })
})

it.each([1000, 1001] as const)('endWebSocket: a proper close with code %d', async (endWebSocketCode) => {
  const node = await devnet({ faults: { endWebSocket: { times: 1 }, endWebSocketCode } })
  const subscriber = await subscribed(node.url)
  const closed = once(subscriber.socket, 'close')
  await node.advance()
  expect((await closed)[0]).toBe(endWebSocketCode)
})

it('framing and gzip: by length or in chunks, compressed when asked', async () => {
  const node = await devnet()
  const head = async (faults: Faults, path: string) => {
    node.setFaults(faults)
    const { headers } = await fetch(`${node.url}${path}`, { headers: { 'accept-encoding': 'gzip' } })
    return ['content-length', 'transfer-encoding', 'content-encoding'].map((name) => headers.get(name) !== null)
  }
  expect(await head({ framing: 'length' }, '/block_results?height=1')).toEqual([true, false, false])
  expect(await head({ framing: 'chunked' }, '/health')).toEqual([false, true, false])
  expect(await head({ gzip: true, framing: 'length' }, '/health')).toEqual([true, false, true])
})

describe('the admin route', () => {
  const send = (url: string, body: string, type = 'application/json') =>
    fetch(`${url}/devnet/faults`, { method: 'POST', headers: { 'content-type': type }, body })

  it('sets faults, shows them, and says what the chain did', async () => {
    const node = await devnet({ eventsPerBlock: 4 })
    await node.advance(5)
    expect(await json(send(node.url, '{"lag":2,"hang":{"times":1}}'))).toEqual({ lag: 2, hang: { times: 1 } })
    expect(await json(get(node.url, '/devnet/faults'))).toEqual({ lag: 2, hang: { times: 1 } })
    expect(node.head()).toBe(4)
    expect(await json(get(node.url, '/devnet/said'))).toEqual(node.said())
    expect(await json(get(node.url, '/devnet/chain'))).toEqual({
      ...{ chainId: node.app.genesis.chainId, dialect: node.app.genesis.dialect },
      users: Object.keys(node.app.genesis.balances),
      contracts: node.app.contracts().map((address) => ({ kind: node.app.contract(address)?.kind, address })),
    })
    expect(await json(send(node.url, '{}'))).toEqual({})
    expect(node.head()).toBe(6)
  })

  it.each([
    ['{"lag":-1}', 'application/json', 400],
    ['{"lagg":1}', 'application/json', 400],
    ['{bad', 'application/json', 400],
    ['{"lag":1}', 'text/plain', 415],
  ])('refuses %s as %s', async (body, type, status) => {
    const node = await devnet()
    const refused = await send(node.url, body, type)
    expect([refused.status, typeof (await json(refused)).error]).toEqual([status, 'string'])
    expect(await json(get(node.url, '/devnet/faults'))).toEqual({})
  })

  it('is for loopback names alone', async () => {
    const node = await devnet()
    const status = await new Promise((resolve) =>
      request(`${node.url}/devnet/said`, { headers: { host: 'evil.example' } }, ({ statusCode }) =>
        resolve(statusCode),
      ).end(),
    )
    expect(status).toBe(403)
  })
})
