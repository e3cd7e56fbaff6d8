/** Methods and subscriptions that only a made chain has. */
import { describe, expect, it } from 'vitest'
import { matches, parseQuery } from '../../../src/devnet/node/query.ts'
import { connect, rpc } from '../client.ts'
import { devnet, usersOn } from './devnet.ts'

describe('queries', () => {
  const events = new Map([
    ['tm.event', ['Tx']],
    ['transfer.amount', ['8000usei', '340282366920938463463374607431768211455usei']],
    ['wasm-seimoney.create_transfer.id', ['3']],
    ['a.label', ["it's"]],
  ])
  it.each([
    ["tm.event='Tx'", true],
    ["tm.event = 'NewBlock'", false],
    ['transfer.amount EXISTS AND tm.event EXISTS', true],
    ['nothing EXISTS', false],
    ["transfer.amount CONTAINS 'use'", true],
    ['wasm-seimoney.create_transfer.id > 3', false],
    ['wasm-seimoney.create_transfer.id>=3 AND wasm-seimoney.create_transfer.id<4', true],
    ['wasm-seimoney.create_transfer.id=3', true],
    ['transfer.amount>340282366920938463463374607431768211454', true],
    ['transfer.amount>340282366920938463463374607431768211455', false],
    ['transfer.amount < 8000.5', true],
  ])('%s: %s', (query, expected) => expect(matches(parseQuery(query), events)).toBe(expected))

  it.each(['', 'a', 'a=', "a='x' b='y'", "a='x' AND", 'bad query (((', "a=='x'"])('%j is none', (query) =>
    expect(() => parseQuery(query)).toThrow(/^offset \d+: /),
  )
})

describe.each(['plain', 'base64'] as const)('on the %s dialect', (dialect) => {
  const [alice, bob] = usersOn(dialect)

  it('tx_search pages in both orders, and finds by hash and height', async () => {
    const node = await devnet({ dialect, eventsPerBlock: 4 })
    await node.advance(30)
    const search = async (params: object) => (await rpc(node.url, 'tx_search', params)).result
    const place = ({ height, index }: { height: string; index: number }) => [Number(height), index]
    const query = "message.action CONTAINS 'Execute'"
    const all = await search({ query, per_page: '100', order_by: 'asc' })
    expect(all.txs.length).toBe(Math.min(Number(all.total_count), 100))
    expect(all.txs.map(place)).toEqual(
      all.txs.map(place).toSorted(([a, b]: number[], [c, d]: number[]) => a! - c! || b! - d!),
    )
    const paged: unknown[] = []
    for (let page = 1; paged.length < all.txs.length; page++)
      paged.push(...(await search({ query, page: `${page}`, per_page: '7', order_by: 'asc' })).txs)
    expect(paged.slice(0, all.txs.length)).toEqual(all.txs)
    const down = await search({ query, per_page: '100', order_by: 'desc' })
    if (Number(all.total_count) <= 100) expect(down.txs).toEqual(all.txs.toReversed())
    const [one] = all.txs
    expect((await search({ query: `tx.hash='${one.hash}'` })).txs).toEqual([one])
    expect((await search({ query: `tx.height=${one.height} AND ${query}` })).txs).toContainEqual(one)
    expect((await rpc(node.url, 'tx_search', { query, order_by: 'up' })).error?.data).toMatch(/^expected order_by/)
  })

  it('broadcast_tx: checked at once, waited for until it is in a block, refused twice', async () => {
    const node = await devnet({ dialect })
    const call = { sender: alice, messages: [{ to: bob, amount: '5usei' }], memo: 'hi' }
    const waiting = rpc(node.url, 'broadcast_tx_commit', { call })
    while ((await rpc(node.url, 'num_unconfirmed_txs')).result.n_txs !== '1') await new Promise(setImmediate)
    await node.advance()
    const { result } = await waiting
    expect([result.check_tx.code, result.height]).toEqual([0, '2'])
    const { tx, tx_result } = (await rpc(node.url, 'tx_search', { query: `tx.hash='${result.hash}'` })).result.txs[0]
    expect(result.tx_result).toEqual(tx_result)
    const again = await rpc(node.url, 'broadcast_tx_sync', { tx })
    expect(again.result.code).not.toBe(0)
    const fresh = Buffer.from(node.app.encode(call)).toString('base64')
    expect((await rpc(node.url, 'broadcast_tx_async', { tx: fresh })).result.code).toBe(0)
    expect((await rpc(node.url, 'broadcast_tx_sync', { tx: fresh })).error?.data).toBe('tx already exists in cache')
    expect((await rpc(node.url, 'broadcast_tx_sync', { call: { sender: alice } })).error?.data).toMatch(/^call: /)
  })

  it('finds blocks by hash, tells signatures of the head, and answers only for the last state', async () => {
    const node = await devnet({ dialect })
    await node.advance(4)
    const { result } = await rpc(node.url, 'block', { height: '3' })
    const hash =
      dialect === 'plain' ? Buffer.from(result.block_id.hash, 'hex').toString('base64') : result.block_id.hash
    expect((await rpc(node.url, 'block_by_hash', { hash })).result).toEqual(result)
    expect((await rpc(node.url, 'header_by_hash', { hash })).result.header).toEqual(result.block.header)
    const { signed_header, canonical } = (await rpc(node.url, 'commit')).result
    expect([signed_header.commit.height, canonical]).toEqual(['5', false])
    const query = async (height: string) =>
      (await rpc(node.url, 'abci_query', { path: '/no', data: '', height })).result.response.code
    expect([await query('6'), await query('4'), await query('5'), await query('0')]).toEqual([26, 38, 6, 6])
  })

  it('tells those who asked for some transactions of those alone, and wants queries short and right', async () => {
    const node = await devnet({ dialect, eventsPerBlock: 4 })
    const subscriber = await connect(node.url)
    subscriber.send(1, 'subscribe', "tm.event='Tx' AND wasm-seimoney.create_transfer.id EXISTS")
    subscriber.send(2, 'subscribe', `a='${'x'.repeat(510)}'`)
    subscriber.send(3, 'subscribe', 'a b c')
    await subscriber.received(3)
    expect(subscriber.frames[1].error.data).toBe('maximum query length exceeded')
    expect(subscriber.frames[2].error.data).toMatch(/^failed to parse query: offset /)
    await node.advance(30)
    subscriber.send(9, 'health')
    while (subscriber.frames.at(-1).id !== 9) await subscriber.received(subscriber.frames.length + 1)
    const told = subscriber.frames.slice(3, -1).map(({ result }) => result.events['tx.hash'][0])
    const query = 'wasm-seimoney.create_transfer.id EXISTS AND tx.height>1'
    const { txs } = (await rpc(node.url, 'tx_search', { query, per_page: '100', order_by: 'asc' })).result
    expect(told).toEqual(txs.map(({ hash }: { hash: string }) => hash))
    expect(told.length).toBeGreaterThan(10)
  })

  it('closes a subscription that is not read, and goes on with the others', async () => {
    const node = await devnet({ dialect, eventsPerBlock: 300 })
    const slow = await connect(node.url)
    slow.send(1, 'subscribe', "tm.event='NewBlock'")
    slow.send(2, 'subscribe', "tm.event='Tx'")
    await slow.received(2)
    slow.socket.pause()
    await node.advance(60)
    slow.socket.resume()
    slow.send(9, 'health')
    while (slow.frames.at(-1).id !== 9) await slow.received(slow.frames.length + 1)
    const canceled = slow.frames.filter(({ error }) => error?.code === -32000)
    if (dialect === 'plain')
      expect(canceled.map(({ error }) => error.data)).toContain(
        'subscription was canceled (reason: internal subscription event buffer is out of capacity)',
      )
    else expect(canceled).toEqual([])
    expect(slow.frames.filter(({ id }) => id === 2).length).toBeLessThan(60 * 100)
  })
})
