import { expect, it } from 'vitest'
import { fetchAndScan } from '../../src/chain/read/fetch-range.ts'
import { heights, run } from './collect.ts'
import { lines, loadChain, type Recording, startNode } from './fake-node.ts'

interface Golden {
  height: number
  tx_index: number
  tx_hash: string
}

for (const name of ['wasmd2', 'sei2'] as const satisfies Recording[]) {
  it(`catching up over ${name}: every height once, in order, linked, and the hits are the transactions of the golden file`, async () => {
    const chain = loadChain(name)
    const node = await startNode(chain)
    const source = run([node], { startHeight: chain.from })
    await source.until(({ blocks }) => blocks.at(-1)?.height === chain.to)
    const { blocks } = source
    expect(blocks.map(({ height }) => height)).toEqual(heights(chain.from, chain.to))
    for (const { height, hash, parentHash, time, txCount } of blocks) {
      const recorded = chain.blocks.get(height)
      expect({ hash, parentHash, time, txCount }).toEqual({
        hash: recorded?.block_id.hash,
        parentHash: recorded?.block.header.last_block_id.hash,
        time: recorded?.block.header.time,
        txCount: recorded?.block.data.txs.length,
      })
    }
    const hits = new Set(
      blocks.flatMap(({ height, hits }) => hits.map((hit) => `${height} ${hit.txIndex} ${hit.txHash}`)),
    )
    const golden = lines(name, 'expected-events').map((line) => JSON.parse(line) as Golden)
    expect(
      [...new Set(golden.map((event) => `${event.height} ${event.tx_index} ${event.tx_hash}`))].filter(
        (hit) => !hits.has(hit),
      ),
    ).toEqual([])
    expect(new Set(source.ranges.map(({ dialect }) => dialect ?? 'untold'))).toContain(
      name === 'sei2' ? 'base64' : 'plain',
    )
    expect(source.ranges.every(({ chainId }) => chainId === chain.chainId)).toBe(true)
    expect(source.progress.at(-1)).toBe(chain.to)
  })

  it(`following ${name} block by block gives the same hits and bytes as catching up`, async () => {
    const chain = loadChain(name)
    const node = await startNode(chain, { latest: chain.from })
    const source = run([node], { startHeight: chain.from })
    const end = chain.from + 40
    for (let height = chain.from; height <= end; height += 1) {
      node.advance(height)
      await source.until(({ blocks }) => blocks.at(-1)?.height === height)
    }
    const task = {
      url: node.url,
      headers: {},
      addresses: chain.contracts.map(({ address }) => address),
      dialect: undefined,
      deadlineMs: 1_000,
    }
    const behind = [
      await fetchAndScan({ ...task, from: chain.from, to: chain.from + 19 }),
      await fetchAndScan({ ...task, from: chain.from + 20, to: chain.from + 39 }),
    ]
    expect(contents(source.ranges.slice(0, 40))).toEqual(contents(behind))
    expect(contents(behind).length).toBeGreaterThan(5)
  })
}

it('results that end early between two brackets are malformed, not short of events', async () => {
  const chain = loadChain('wasmd2')
  const [height] = [...chain.blocks].find(([, { block }]) => block.data.txs.length > 1) ?? [0]
  const text = chain.texts.get(`block_results ${height}`) ?? ''
  const node = await startNode(chain)
  const task = { url: node.url, headers: {}, addresses: ['wasm1nobody'], dialect: undefined, deadlineMs: 1_000 }
  await fetchAndScan({ ...task, from: height, to: height })
  const lastResult = text.lastIndexOf('"gas_wanted":')
  node.answer = ({ method }) =>
    method === 'block_results' ? { result: text.slice(0, text.indexOf('}', lastResult) + 1) } : undefined
  await expect(fetchAndScan({ ...task, from: height, to: height })).rejects.toMatchObject({ code: 'E_RPC_MALFORMED' })
})

function contents(ranges: Awaited<ReturnType<typeof fetchAndScan>>[]): string[] {
  return ranges.flatMap(({ blocks, bytes }) =>
    blocks.flatMap(({ height, hits }) =>
      hits.map(
        ({ txIndex, txHash, offset, length }) =>
          `${height} ${txIndex} ${txHash} ${Buffer.from(bytes.subarray(offset, offset + length))}`,
      ),
    ),
  )
}
