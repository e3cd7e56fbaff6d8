import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { connect, RECORDINGS, rpc, type Subscriber, tape } from './client.ts'

const { wasmd2, sei2, autobahn2 } = RECORDINGS
const NEW_BLOCK = "tm.event='NewBlock'"
const NEW_HEADER = "tm.event='NewBlockHeader'"

const heightsOf = ({ frames }: Subscriber, id: number): number[] =>
  frames
    .filter((frame) => frame.id === id && frame.result?.data)
    .map(({ result: { data } }) => Number((data.value.header ?? data.value.block.header).height))

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at)

describe('the head', () => {
  it('with pace 0 is the last height at once', async () => {
    const { head } = await tape({ dir: wasmd2.dir, pace: 0 })
    expect(head()).toBe(192)
  })

  it('stands where it was put and moves by advance, never past the end', async () => {
    const { url, head, advance } = await tape({ dir: wasmd2.dir, head: 20 })
    const answered = async (height: number) => (await rpc(url, 'block', { height: `${height}` })).result !== undefined
    expect([head(), await answered(20), await answered(21)]).toEqual([20, true, false])
    advance()
    expect([head(), await answered(21), await answered(22)]).toEqual([21, true, false])
    advance(1000)
    expect([head(), await answered(192)]).toEqual([192, true])
  })

  it('paced, reaches the last height, each height noticed once and in order', async () => {
    const { url, head } = await tape({ dir: sei2.dir, pace: 50 })
    const subscriber = await connect(url)
    subscriber.send(1, 'subscribe', NEW_HEADER)
    await subscriber.received(2) // the answer, and the first notice
    const [first = 165] = heightsOf(subscriber, 1)
    expect(first).toBeLessThan(165)
    await subscriber.received(2 + 165 - first)
    expect(heightsOf(subscriber, 1)).toEqual(range(first, 165))
    expect(head()).toBe(165)
  })

  it('shows a height before its results are there, and notices it only then, where that is asked for', async () => {
    const never = await tape({ dir: wasmd2.dir, head: 20, resultsDelay: 60_000 })
    const waiting = await connect(never.url)
    waiting.send(1, 'subscribe', NEW_HEADER)
    await waiting.received(1)
    never.advance()
    expect((await rpc(never.url, 'status')).result.sync_info.latest_block_height).toBe('21')
    expect((await rpc(never.url, 'block', { height: '21' })).result.block.header.height).toBe('21')
    expect((await rpc(never.url, 'block_results', { height: '21' })).error).toEqual({
      code: -32603,
      message: 'Internal error',
      data: 'could not find results for height #21',
    })
    expect(heightsOf(waiting, 1)).toEqual([])

    const soon = await tape({ dir: wasmd2.dir, head: 20, resultsDelay: 1 })
    const told = await connect(soon.url)
    told.send(1, 'subscribe', NEW_HEADER)
    await told.received(1)
    soon.advance(2)
    await told.received(3)
    expect(heightsOf(told, 1)).toEqual([21, 22])
    expect((await rpc(soon.url, 'block_results', { height: '22' })).result.height).toBe('22')
  })
})

describe('the WebSocket', () => {
  it('on CometBFT sends frames as recorded: the block, or the header alone', async () => {
    const { url, advance } = await tape({ dir: wasmd2.dir, head: 20 })
    const subscriber = await connect(url)
    subscriber.send(7, 'subscribe', NEW_BLOCK)
    subscriber.send(8, 'subscribe', NEW_HEADER)
    await subscriber.received(2)
    expect(subscriber.frames).toEqual([7, 8].map((id) => ({ jsonrpc: '2.0', id, result: {} })))
    advance(3)
    await subscriber.received(8)
    expect([heightsOf(subscriber, 7), heightsOf(subscriber, 8)]).toEqual([range(21, 23), range(21, 23)])
    const { result } = await rpc(url, 'block', { height: '21' })
    const frame = (event: string, value: object) => ({
      query: `tm.event='${event}'`,
      data: { type: `tendermint/event/${event}`, value },
      events: { 'tm.event': [event] },
    })
    expect(subscriber.frames.slice(2, 4)).toEqual([
      { jsonrpc: '2.0', id: 7, result: frame('NewBlock', result) },
      { jsonrpc: '2.0', id: 8, result: frame('NewBlockHeader', { header: result.block.header }) },
    ])
  })

  it('on Sei adds the subscription id and the count of transactions', async () => {
    const { url, advance } = await tape({ dir: sei2.dir, head: 20 })
    const subscriber = await connect(url)
    subscriber.send(1, 'subscribe', NEW_HEADER)
    await subscriber.received(1)
    advance()
    await subscriber.received(2)
    const { header, data } = (await rpc(url, 'block', { height: '21' })).result.block
    expect(subscriber.frames[1].result).toMatchObject({
      subscription_id: '',
      data: { value: { header, num_txs: `${data.txs.length}` } },
    })
  })

  it("allows five subscriptions, each once, and answers the sixth with the servers' error", async () => {
    const { url } = await tape({ dir: wasmd2.dir })
    const subscriber = await connect(url)
    for (const id of range(1, 6)) subscriber.send(id, 'subscribe', `tm.event='Tx' AND tx.height=${id}`)
    subscriber.send(7, 'subscribe', "tm.event='Tx' AND tx.height=1")
    subscriber.send(8, 'unsubscribe', "tm.event='Tx' AND tx.height=1")
    subscriber.send(9, 'unsubscribe', "tm.event='Tx' AND tx.height=1")
    subscriber.send(10, 'unsubscribe_all')
    subscriber.send(11, 'subscribe', '')
    await subscriber.received(11)
    const refused = (data: string) => ({ code: -32603, message: 'Internal error', data })
    expect(subscriber.frames.map(({ id, result, error }) => [id, result ?? error])).toEqual([
      ...range(1, 5).map((id) => [id, {}]),
      [6, refused('max_subscriptions_per_client 5 reached')],
      [7, refused('already subscribed')],
      [8, {}],
      [9, refused('subscription not found')],
      [10, {}],
      [11, refused('failed to parse query: it is empty')],
    ])
  })

  it('is silent after unsubscribe, and to queries for other events', async () => {
    const { url, advance } = await tape({ dir: wasmd2.dir, head: 20 })
    const subscriber = await connect(url)
    subscriber.send(1, 'subscribe', NEW_BLOCK)
    subscriber.send(2, 'subscribe', "tm.event='Tx'")
    subscriber.send(3, 'unsubscribe', NEW_BLOCK)
    await subscriber.received(3)
    advance(5)
    subscriber.send(4, 'health')
    await subscriber.received(4)
    expect(subscriber.frames[3]).toEqual({ jsonrpc: '2.0', id: 4, result: {} })
  })

  it('answers calls, pings, and frames that are no JSON or no method of ours', async () => {
    const { url } = await tape({ dir: wasmd2.dir })
    const subscriber = await connect(url)
    subscriber.send(1, 'status')
    subscriber.send(2, 'constructor')
    subscriber.socket.send('{bad')
    subscriber.socket.send('null')
    subscriber.send(3, 'health')
    await subscriber.received(4)
    expect(subscriber.frames[0].result.sync_info.latest_block_height).toBe('192')
    expect(subscriber.frames[1].error.code).toBe(-32601)
    expect(subscriber.frames[2].error.code).toBe(-32700)
    expect(subscriber.frames[3]).toEqual({ jsonrpc: '2.0', id: 3, result: {} })
    subscriber.socket.ping('x')
    const [payload] = await once(subscriber.socket, 'pong')
    expect(String(payload)).toBe('x')
  })

  it('is acknowledged and silent under Autobahn', async () => {
    const { url, advance } = await tape({ dir: autobahn2.dir, head: 60 })
    const subscriber = await connect(url)
    subscriber.send(1, 'subscribe', NEW_HEADER)
    await subscriber.received(1)
    advance(5)
    subscriber.send(2, 'health')
    await subscriber.received(2)
    expect(subscriber.frames.map(({ id }) => id)).toEqual([1, 2])
  })

  it.each([
    ['CometBFT says so', wasmd2, ['subscription was canceled (reason: CometBFT exited)']],
    ['Sei just goes', sei2, []],
  ] as const)('when the node stops, %s; no close frame', async (_name, { dir }, errors) => {
    const running = await tape({ dir })
    const subscriber = await connect(running.url)
    subscriber.send(1, 'subscribe', NEW_BLOCK)
    await subscriber.received(1)
    const closed = once(subscriber.socket, 'close')
    await running.close()
    const [code] = await closed
    expect(code).toBe(1006)
    expect(subscriber.frames.slice(1).map(({ error }) => error.data)).toEqual(errors)
    await running.close()
  })
})
