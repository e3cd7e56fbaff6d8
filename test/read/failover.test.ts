import { describe, expect, it } from 'vitest'
import { heights, run } from './collect.ts'
import { type Call, type Fault, internalError, loadChain, startNode } from './fake-node.ts'

const chain = loadChain('wasmd2')
const all = heights(chain.from, chain.to)
const work = ({ method }: Call): boolean => method !== 'status'

/** Misbehaves for every other request for blocks. */
function everyOther(fault: Fault): (calls: Call[]) => Fault {
  let count = 0
  return (calls) => (calls.some(work) && count++ % 2 === 0 ? fault : undefined)
}

describe('a node alone that fails every other request still gives every height once and in order', () => {
  for (const [name, fault] of Object.entries({
    '5xx': { status: 502 },
    '429 without Retry-After': { status: 429 },
    'a body that is cut': 'cut',
    'truncated JSON': 'truncate',
    'a page of HTML': { body: '<html>busy</html>' },
    'another JSON': { body: '{"hello":"world"}' },
    'a request that hangs': 'hang',
  } as const)) {
    it(name, async () => {
      const to = chain.from + (name.includes('hangs') ? 3 : 14)
      const node = await startNode(chain, { fault: everyOther(fault), latest: to })
      const source = run([node], { startHeight: chain.from })
      await source.until(({ blocks }) => blocks.at(-1)?.height === to)
      expect(source.blocks.map(({ height }) => height)).toEqual(heights(chain.from, to))
      await source.until(({ last }) => (last?.endpoints[0]?.failures ?? 0) > 0)
    })
  }
})

it('a node is tried as often as is configured before the next one is asked', async () => {
  const asked = new Set<string>()
  const once = (calls: Call[]): Fault => {
    const request = JSON.stringify(calls.map(({ method, params }) => [method, params]))
    const again = asked.has(request)
    asked.add(request)
    return again || !calls.some(work) ? undefined : 'cut'
  }
  const shaky = await startNode(chain, { fault: once })
  const other = await startNode(chain)
  const source = run([shaky, other], { startHeight: chain.from, maxRetries: 20 })
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
  expect(source.blocks.map(({ height }) => height)).toEqual(all)
  expect(other.calls.some(work)).toBe(false)
})

describe('a node that gives no block at all is left for the next endpoint', () => {
  for (const [name, fault] of Object.entries({
    '500': { status: 500 },
    'cut bodies': 'cut',
    'truncated bodies': 'truncate',
    hanging: 'hang',
    'no permission': { status: 403 },
  } as const)) {
    it(name, async () => {
      const bad = await startNode(chain, { fault: (calls) => (calls.some(work) ? fault : undefined) })
      const good = await startNode(chain)
      const source = run([bad, good], { startHeight: chain.from })
      await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
      expect(source.blocks.map(({ height }) => height)).toEqual(all)
      await source.until(({ last }) => last?.endpoints[0]?.up === false && last.endpoints[1]?.up)
      expect(source.statuses.every((status) => status.state !== 'halted')).toBe(true)
    })
  }
})

it('an answer that outlives its promise of bytes by a wrong id, a missing entry or a foreign height is not believed', async () => {
  let liesLeft = 6
  const lies: ((call: Call) => { result: string } | undefined)[] = [
    ({ method }) =>
      method === 'block_results' ? { result: chain.texts.get(`block_results ${chain.from}`) ?? '' } : undefined,
    ({ method }) =>
      method === 'blockchain' ? { result: '{"last_height":"1","block_metas":[{"block_id":null}]}' } : undefined,
    ({ method }) => (method === 'block' ? { result: '{"block_id":{"hash":""},"block":null}' } : undefined),
  ]
  const node = await startNode(chain, {
    answer: (call) => (work(call) && liesLeft > 0 ? lies[liesLeft-- % lies.length]?.(call) : undefined),
  })
  const source = run([node], { startHeight: chain.from + 1 })
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
  expect(source.blocks.map(({ height }) => height)).toEqual(all.slice(1))
})

it('Retry-After is obeyed: the node is not asked again before, the next endpoint serves meanwhile', async () => {
  const busy = await startNode(chain, {
    fault: (calls) => (calls.some(work) ? { status: 503, headers: { 'retry-after': '120' } } : undefined),
  })
  const good = await startNode(chain)
  const source = run([busy, good], { startHeight: chain.from })
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
  expect(busy.calls.filter(work).length).toBeLessThanOrEqual(4) // the ranges that were already on their way
})

it('a batch refused as a whole is halved, and the smaller size remembered', async () => {
  const node = await startNode(chain, { batchLimit: 3 })
  const source = run([node], { startHeight: chain.from })
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
  expect(source.blocks.map(({ height }) => height)).toEqual(all)
  const sizes: number[] = []
  node.fault = (calls) => {
    sizes.push(calls.length)
    return undefined
  }
  const again = run([node], { startHeight: chain.from })
  await again.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
  expect(sizes.filter((size) => size > 3).length).toBeLessThan(12) // 10 → 5 → 3, by the ranges in flight
})

it('results that are not there yet are asked for again, and are no failure of the node', async () => {
  const node = await startNode(chain, { latest: chain.from })
  const source = run([node], { startHeight: chain.from })
  let early = 0
  node.answer = ({ method, params }) =>
    method === 'block_results' && early++ % 4 !== 3
      ? internalError(`could not find results for height #${params.height}`)
      : undefined
  for (let height = chain.from; height < chain.from + 12; height += 1) {
    node.advance(height)
    await source.until(({ blocks }) => blocks.at(-1)?.height === height)
  }
  await source.until(({ last }) => last?.fetchedHeight === chain.from + 11)
  expect(source.last).toMatchObject({ state: 'following', fault: null, endpoints: [{ up: true, failures: 0 }] })
})

it('a node that never has results below its head is incapable, and the source says so', async () => {
  const node = await startNode(chain)
  node.answer = ({ method, params }) =>
    method === 'block_results' ? internalError(`could not find results for height #${params.height}`) : undefined
  const source = run([node], { startHeight: chain.from })
  await source.until(({ last }) => last?.fault?.code === 'E_SOURCE_INCAPABLE')
  expect(source.blocks).toEqual([])
  node.answer = () => undefined
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
})

it('a lagging endpoint is never asked for heights it lacks', async () => {
  const lagging = await startNode(chain, { latest: chain.from + 10 })
  const good = await startNode(chain)
  const source = run([lagging, good], { startHeight: chain.from })
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
  expect(source.blocks.map(({ height }) => height)).toEqual(all)
  const asked = lagging.calls.map(({ params }) => Number(params.height ?? params.maxHeight ?? 0))
  expect(Math.max(0, ...asked)).toBeLessThanOrEqual(chain.from + 10)
})

it('no endpoint at all: unreachable with E_NO_ENDPOINT, and on it goes when one is back', async () => {
  const node = await startNode(chain, { fault: () => ({ status: 503 }) })
  const source = run([node], { startHeight: chain.from })
  await source.until(({ last }) => last?.state === 'unreachable')
  expect(source.last?.fault?.code).toBe('E_NO_ENDPOINT')
  node.fault = () => undefined
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
  await source.until(({ last }) => last?.state === 'following' && last.fault === null)
})

it('a pool that breaks is replaced by fetching inline', async () => {
  const node = await startNode(chain)
  let asked = 0
  const fetchInPool = (): Promise<never> => {
    asked += 1
    return Promise.reject(new Error('the thread is gone'))
  }
  const source = run([node], { startHeight: chain.from }, { fetchInPool })
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
  expect(source.blocks.map(({ height }) => height)).toEqual(all)
  expect(asked).toBeGreaterThan(0)
})

it('an endpoint budget is kept, and a range larger than the budget still passes', async () => {
  const node = await startNode(chain, { latest: chain.from + 19 })
  const source = run([], {
    endpoints: [{ url: node.url, requestsPerSecond: 15 }],
    contracts: chain.contracts,
    startHeight: chain.from,
  })
  await source.until(({ blocks }) => blocks.length === 20)
})
