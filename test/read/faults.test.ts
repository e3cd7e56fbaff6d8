import { expect, it } from 'vitest'
import { heights, run } from './collect.ts'
import { loadChain, startNode } from './fake-node.ts'

const chain = loadChain('wasmd2')
const sei = loadChain('sei2')

it('a node without results (Autobahn) halts the source: nothing at or past the first such height, and on when it is well', async () => {
  const autobahn = loadChain('autobahn2')
  const firstWithTxs = [...autobahn.blocks].find(([, { block }]) => block.data.txs.length)?.[0] ?? 0
  const node = await startNode(autobahn)
  const source = run([node], { startHeight: autobahn.from })
  await source.until(({ last }) => last?.state === 'halted')
  expect(source.last?.fault).toMatchObject({ code: 'E_SOURCE_INCAPABLE', height: firstWithTxs })
  const looks = (): number => node.calls.filter(({ params }) => Number(params.height) === firstWithTxs).length
  const before = looks()
  await source.until(() => looks() > before + 4) // it looks again, and again in vain
  expect(source.blocks.map(({ height }) => height)).toEqual(heights(autobahn.from, firstWithTxs - 1))

  node.answer = ({ method, params }) => {
    const count =
      method === 'block_results' ? (autobahn.blocks.get(Number(params.height))?.block.data.txs.length ?? 0) : 0
    if (!count) return undefined
    const results = Array.from({ length: count }, () => ({ code: 0, gas_wanted: '1', gas_used: '1', events: [] }))
    return { result: JSON.stringify({ height: params.height, txs_results: results, finalize_block_events: [] }) }
  }
  await source.until(({ blocks }) => blocks.at(-1)?.height === autobahn.to)
  expect(source.blocks.map(({ height }) => height)).toEqual(heights(autobahn.from, autobahn.to))
  await source.until(({ last }) => last?.fault === null && last.state === 'following')
})

it('following Autobahn block by block halts at the same height', async () => {
  const autobahn = loadChain('autobahn2')
  const node = await startNode(autobahn, { latest: autobahn.from })
  const source = run([node], { startHeight: autobahn.from })
  for (let height = autobahn.from; height <= autobahn.from + 3; height += 1) {
    node.advance(height)
    if (height < autobahn.from + 3) await source.until(({ blocks }) => blocks.at(-1)?.height === height)
  }
  await source.until(({ last }) => last?.fault?.code === 'E_SOURCE_INCAPABLE')
  expect(source.blocks.at(-1)?.height).toBe(autobahn.from + 2)
})

it('where one node has no results another that has them is used', async () => {
  const empty = await startNode(chain)
  empty.answer = ({ method, params }) =>
    method === 'block_results'
      ? { result: JSON.stringify({ height: params.height, txs_results: null, finalize_block_events: null }) }
      : undefined
  const good = await startNode(chain)
  const source = run([empty, good], { startHeight: chain.from })
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
  expect(source.blocks.map(({ height }) => height)).toEqual(heights(chain.from, chain.to))
})

it('an endpoint of another chain is set aside: never read, never believed about the head', async () => {
  const wrong = await startNode(sei, { latest: 1_000_000 })
  const right = await startNode(chain)
  const source = run([wrong, right], { chainId: chain.chainId, contracts: chain.contracts, startHeight: chain.from })
  await source.until(({ last }) => last?.fetchedHeight === chain.to)
  expect(source.blocks.every(({ hash, height }) => hash === chain.blocks.get(height)?.block_id.hash)).toBe(true)
  expect(wrong.calls.every(({ method }) => method === 'status')).toBe(true)
  expect(source.last).toMatchObject({
    headHeight: chain.to,
    fault: null,
    endpoints: [{ up: false, setAside: expect.stringContaining(sei.chainId) }, { up: true }],
  })
})

it('the chain is pinned by the log: only endpoints of another chain are fatal, until one is right', async () => {
  const node = await startNode(chain, { chainId: 'other-1' })
  const source = run([node], { storedChainId: chain.chainId, startHeight: chain.from })
  await source.until(({ last }) => last?.fault?.code === 'E_WRONG_CHAIN')
  expect(source.last?.state).toBe('halted')
  expect(source.blocks).toEqual([])
  node.chainId = chain.chainId
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
})

it('a node whose status says one chain and whose blocks another is not believed', async () => {
  const liar = await startNode(sei, { chainId: chain.chainId, latest: chain.to })
  const good = await startNode(chain)
  const source = run([liar, good], { contracts: chain.contracts, startHeight: chain.from })
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
  expect(source.ranges.every(({ chainId }) => chainId === chain.chainId)).toBe(true)
})

it('a checkpoint that every node has pruned is E_PRUNED, and nothing is skipped', async () => {
  const node = await startNode(chain, { earliest: chain.from + 50 })
  const source = run([node], { checkpoint: { height: chain.from + 10, hash: null, time: null } })
  await source.until(({ last }) => last?.fault?.code === 'E_PRUNED')
  expect(source.last).toMatchObject({ state: 'halted', fault: { height: chain.from + 11 } })
  expect(source.blocks).toEqual([])
  const archive = await startNode(chain)
  node.earliest = archive.earliest
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
  expect(source.blocks[0]?.height).toBe(chain.from + 11)
})

it('a pruned node is passed over for one that keeps the height', async () => {
  const pruned = await startNode(chain, { earliest: chain.from + 50 })
  const archive = await startNode(chain)
  const source = run([pruned, archive], { startHeight: chain.from })
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
  expect(source.blocks[0]?.height).toBe(chain.from)
})

it('blocks that do not link to the checkpoint halt with E_CHAIN_MISMATCH', async () => {
  const node = await startNode(chain)
  const source = run([node], { checkpoint: { height: chain.from, hash: 'AB'.repeat(32), time: null } })
  await source.until(({ last }) => last?.fault?.code === 'E_CHAIN_MISMATCH')
  expect(source.blocks).toEqual([])
})

it('endpoints that all contradict the log are named, each with its answer', async () => {
  const nodes = await Promise.all([startNode(chain), startNode(chain)])
  const source = run(nodes, { checkpoint: { height: chain.from, hash: 'AB'.repeat(32), time: null } })
  await source.until(({ last }) => last?.fault?.code === 'E_CHAIN_MISMATCH')
  const hash = chain.blocks.get(chain.from + 1)?.block_id.hash
  for (const { url } of nodes)
    expect(source.last?.fault?.message).toContain(`${new URL(url).origin} says block ${hash}`)
})

it('one endpoint that serves another history is set aside when another one links', async () => {
  const liar = await startNode(chain)
  const turned = chain.from + 30
  const forge = (text: string): string =>
    text.replaceAll(chain.blocks.get(turned)?.block.header.last_block_id.hash ?? '-', 'CD'.repeat(32))
  liar.answer = ({ method, params }) => {
    const text = chain.texts.get(`${method} ${params.height}`)
    return method === 'block' && params.height === String(turned) && text ? { result: forge(text) } : undefined
  }
  liar.latest = turned - 1
  const good = await startNode(chain)
  good.latest = turned - 1
  const source = run([liar, good], { startHeight: chain.from })
  await source.until(({ blocks }) => blocks.at(-1)?.height === turned - 1)
  good.advance(turned)
  liar.advance(turned)
  await source.until(({ blocks }) => blocks.at(-1)?.height === turned)
  await source.until(({ last }) => last?.endpoints[0]?.setAside)
  const told = source.last?.endpoints[0]?.setAside
  for (const [{ url }, parent] of [
    [good, source.blocks.at(-1)?.parentHash],
    [liar, 'CD'.repeat(32)],
  ] as const)
    expect(told).toMatch(new RegExp(`at height ${turned} .*${new URL(url).origin} says block [^;]* after ${parent}`))
  expect(source.last?.fault).toBe(null)
  expect(source.blocks.at(-1)?.parentHash).toBe(chain.blocks.get(turned)?.block.header.last_block_id.hash)
})

it('an endpoint that claims a head it does not have is set aside', async () => {
  const claim = JSON.stringify({
    node_info: { network: chain.chainId },
    sync_info: { latest_block_height: '999999', earliest_block_height: '1' },
  })
  const liar = await startNode(chain, { latest: chain.from + 30 })
  liar.answer = ({ method }) => (method === 'status' ? { result: claim } : undefined)
  const good = await startNode(chain)
  const source = run([liar, good], { startHeight: chain.from })
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
  await source.until(({ last }) => last?.endpoints[0]?.setAside && last.headHeight === chain.to)
  expect(source.last?.fault).toBe(null)
})
