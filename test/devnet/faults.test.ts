import { request } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FaultLayer, type Faults } from '../../src/devnet/faults.ts'
import { connect, json, post, RECORDINGS, rpc, tape } from './client.ts'

const { wasmd2, sei2, autobahn2 } = RECORDINGS
const RESULTS = { jsonrpc: '2.0', id: 1, method: 'block_results', params: { height: '100' } }
const NEW_BLOCK = "tm.event='NewBlock'"

async function faulty(faults: Faults, dir: string = wasmd2.dir) {
  const { url, setFaults } = await tape({ dir, faults })
  const whole = async () => {
    setFaults({})
    const text = await (await post(url, RESULTS)).text()
    setFaults(faults)
    return text
  }
  return { url, setFaults, ask: () => post(url, RESULTS), whole: await whole() }
}

describe('on the way', () => {
  it('cut: the connection breaks in the middle of the body', async () => {
    const { ask } = await faulty({ cut: 1 })
    const answer = await ask()
    expect(answer.status).toBe(200)
    await expect(answer.text()).rejects.toThrow()
  })

  it('truncate: a proper answer with half of the body', async () => {
    const { ask, whole } = await faulty({ truncate: 1 })
    const answer = await ask()
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe(whole.slice(0, whole.length >> 1))
  })

  it('garbage: the right length, but no JSON', async () => {
    const { ask, whole } = await faulty({ garbage: 1 })
    const text = await (await ask()).text()
    expect(text.length).toBe(whole.length)
    expect(() => JSON.parse(text)).toThrow()
  })

  it('status5xx: 503 with a page of HTML', async () => {
    const answer = await (await faulty({ status5xx: 1 })).ask()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'text/html'])
  })

  it('tooMany: 429 that says when to come back', async () => {
    const answer = await (await faulty({ tooMany: 1 })).ask()
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '1'])
  })

  it('hang: no answer until the reader gives up; the next one is served', async () => {
    const { url, ask } = await faulty({ hang: { times: 1 } })
    const gaveUp = fetch(url, { method: 'POST', body: JSON.stringify(RESULTS), signal: AbortSignal.timeout(100) })
    await expect(gaveUp).rejects.toThrow(/timeout/)
    expect((await json(ask())).result.height).toBe('100')
  })

  it('hang: closing the tape ends what hangs', async () => {
    const { url, close, requests } = await tape({ dir: wasmd2.dir, faults: { hang: 1 } })
    const hanging = post(url, RESULTS).catch((error: unknown) => error)
    while (!requests().has('block_results')) await new Promise((resolve) => setImmediate(resolve))
    await close()
    expect(await hanging).toBeInstanceOf(Error)
  })

  it('slow: the answer is right, and comes after the one asked for later without the fault', async () => {
    const { url, requests, setFaults } = await tape({ dir: wasmd2.dir, faults: { slow: 500 } })
    const order: string[] = []
    const ask = async (name: string) => {
      expect((await json(post(url, RESULTS))).result.height).toBe('100')
      order.push(name)
    }
    const slow = ask('slow')
    while (!requests().has('block_results')) await new Promise((resolve) => setImmediate(resolve))
    setFaults({})
    await Promise.all([slow, ask('quick')])
    expect(order).toEqual(['quick', 'slow'])
  })

  it('oversized: the body goes on beyond any limit, until the reader leaves', async () => {
    const { url } = await faulty({ oversized: 1 })
    const limit = 20 << 20
    const received = await new Promise<number>((resolve, reject) => {
      let size = 0
      const asked = request(url, { method: 'POST' }, (answer) => {
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > limit) asked.destroy()
        })
        answer.on('close', () => resolve(size))
      })
      asked.on('error', reject).end(JSON.stringify(RESULTS))
    })
    expect(received).toBeGreaterThan(limit)
  })
})

describe('in batches', () => {
  const two = [RESULTS, { ...RESULTS, id: 2, method: 'block' }]

  it('missingBatchEntries: the last answer is not there', async () => {
    const { url } = await faulty({ missingBatchEntries: 1 })
    expect((await json(post(url, two))).id).toBe(1)
    expect((await json(post(url, [...two, { ...RESULTS, id: 3 }]))).map(({ id }: { id: number }) => id)).toEqual([1, 2])
  })

  it('batchRefused: two are too many, one is served', async () => {
    const { url } = await faulty({ batchRefused: 1 }, sei2.dir)
    expect(await json(post(url, two))).toEqual({
      jsonrpc: '2.0',
      error: { code: -32700, message: 'Parse error', data: 'Batch size limit exceeded.' },
    })
    expect((await json(post(url, RESULTS))).result.height).toBe('100')
    expect((await json(post(url, [RESULTS]))).result.height).toBe('100')
  })
})

describe('of the node', () => {
  it('notYet: the first asks of each height find no results', async () => {
    const { url } = await faulty({ notYet: 2 })
    const ask = async (height: number) => (await rpc(url, 'block_results', { height: `${height}` })).error?.data
    const none = (height: number) => `could not find results for height #${height}`
    expect([await ask(100), await ask(100), await ask(100)]).toEqual([none(100), none(100), undefined])
    expect([await ask(101), await ask(101), await ask(101)]).toEqual([none(101), none(101), undefined])
  })

  it('emptyResults: what Autobahn answers for every height', async () => {
    const { url } = await faulty({ emptyResults: true }, sei2.dir)
    const autobahn = await tape({ dir: autobahn2.dir })
    const { result } = await rpc(url, 'block_results', { height: '100' })
    const shape = (await rpc(autobahn.url, 'block_results', { height: '100' })).result
    expect(result).toMatchObject({ height: '100', txs_results: null, finalize_block_events: null })
    expect(Object.keys(result)).toEqual(Object.keys(shape))
  })

  it('otherChain: every answer and notice names it', async () => {
    const { url, advance } = await tape({ dir: wasmd2.dir, head: 20, faults: { otherChain: 'else-1' } })
    const subscriber = await connect(url)
    subscriber.send(1, 'subscribe', NEW_BLOCK)
    await subscriber.received(1)
    advance()
    await subscriber.received(2)
    const ask = async (method: string) => (await rpc(url, method)).result
    expect([
      (await ask('status')).node_info.network,
      (await ask('block')).block.header.chain_id,
      (await ask('header')).header.chain_id,
      (await ask('blockchain')).block_metas[0].header.chain_id,
      (await ask('commit')).signed_header.header.chain_id,
      subscriber.frames[1].result.data.value.block.header.chain_id,
    ]).toEqual(Array(6).fill('else-1'))
  })

  it('lag: the head and the notices are behind', async () => {
    const { url, head, advance, setFaults } = await tape({ dir: wasmd2.dir, head: 20, faults: { lag: 3 } })
    const subscriber = await connect(url)
    subscriber.send(1, 'subscribe', NEW_BLOCK)
    await subscriber.received(1)
    advance()
    await subscriber.received(2)
    expect(subscriber.frames[1].result.data.value.block.header.height).toBe('18')
    expect(head()).toBe(18)
    expect((await rpc(url, 'block', { height: '19' })).error?.data).toMatch(/blockchain height 18$/)
    setFaults({})
    expect(head()).toBe(21)
  })

  it('prunedBelow: what was there is gone', async () => {
    const { url } = await faulty({ prunedBelow: 100 })
    expect((await rpc(url, 'status')).result.sync_info.earliest_block_height).toBe('100')
    expect((await rpc(url, 'block', { height: '99' })).error?.data).toBe(
      'height 99 is not available, lowest height is 100',
    )
    expect((await rpc(url, 'blockchain', { minHeight: '90', maxHeight: '105' })).result.block_metas).toHaveLength(6)
    expect((await rpc(url, 'blockchain', { minHeight: '90', maxHeight: '95' })).error?.data).toMatch(/^min height 100 /)
  })
})

describe('of the WebSocket', () => {
  it('silentWebSocket: acknowledged, then nothing; calls are still answered', async () => {
    const { url, advance } = await tape({ dir: wasmd2.dir, head: 20, faults: { silentWebSocket: true } })
    const subscriber = await connect(url)
    subscriber.send(1, 'subscribe', NEW_BLOCK)
    await subscriber.received(1)
    advance(5)
    subscriber.send(2, 'health')
    await subscriber.received(2)
    expect(subscriber.frames.map(({ id }) => id)).toEqual([1, 2])
  })

  it('closeWebSocket: the connection drops instead of a notice; the next connection is served', async () => {
    const { url, advance } = await tape({ dir: wasmd2.dir, head: 20, faults: { closeWebSocket: { times: 1 } } })
    const first = await connect(url)
    first.send(1, 'subscribe', NEW_BLOCK)
    await first.received(1)
    const closed = new Promise((resolve) => first.socket.on('close', resolve))
    advance()
    expect(await closed).toBe(1006)
    const second = await connect(url)
    second.send(1, 'subscribe', NEW_BLOCK)
    await second.received(1)
    advance()
    await second.received(2)
    expect(second.frames[1].result.data.value.block.header.height).toBe('22')
  })
})

describe('the layer', () => {
  const pattern = (faults: Faults, length: number) => {
    const layer = new FaultLayer(faults)
    return Array.from({ length }, () => layer.strikes('cut'))
  }

  it('strikes alike for the same seed, always at 1, never at 0, and counts down times', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(50), (seed, cut, times) => {
        expect(pattern({ seed, cut }, 50)).toEqual(pattern({ seed, cut }, 50))
        expect(pattern({ seed, cut: 1 }, 50)).toEqual(Array(50).fill(true))
        expect(pattern({ seed, cut: 0 }, 50)).toEqual(Array(50).fill(false))
        expect(pattern({ seed, cut: { times } }, 50)).toEqual(Array.from({ length: 50 }, (_, at) => at < times))
      }),
    )
  })

  it('strikes about as often as its probability says, differently for another seed', () => {
    const struck = pattern({ seed: 3, cut: 0.3 }, 10_000).filter(Boolean).length
    expect(struck).toBeGreaterThan(2_800)
    expect(struck).toBeLessThan(3_200)
    expect(pattern({ seed: 3, cut: 0.3 }, 100)).not.toEqual(pattern({ seed: 4, cut: 0.3 }, 100))
  })
})
