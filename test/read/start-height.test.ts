import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeCreatedHeight } from '../../src/chain/read/start-height.ts'
import { run } from './collect.ts'
import { lines, loadChain, startNode } from './fake-node.ts'

const chain = loadChain('wasmd2')

it('without a configured height the log begins at the creation of the oldest contract', async () => {
  const node = await startNode(chain)
  const source = run([node])
  await source.until(({ blocks }) => blocks.length)
  expect(source.blocks[0]?.height).toBe(18)
})

it('the creation is clipped to what the node still has', async () => {
  const node = await startNode(chain, { earliest: 60 })
  const source = run([node])
  await source.until(({ blocks }) => blocks.length)
  expect(source.blocks[0]?.height).toBe(60)
})

it('Sei does not tell the creation: the log begins at the earliest height, or where configured', async () => {
  const sei = loadChain('sei2')
  const node = await startNode(sei)
  const source = run([node])
  await source.until(({ blocks }) => blocks.length)
  expect(source.blocks[0]?.height).toBe(sei.from)
  const configured = run([node], { startHeight: 44 })
  await configured.until(({ blocks }) => blocks.length)
  expect(configured.blocks[0]?.height).toBe(44)
})

it('a checkpoint wins over the start height', async () => {
  const node = await startNode(chain)
  const checkpoint = {
    height: 50,
    hash: chain.blocks.get(50)?.block_id.hash ?? null,
    time: chain.blocks.get(50)?.block.header.time ?? null,
  }
  const source = run([node], { checkpoint, startHeight: 20, storedChainId: chain.chainId })
  await source.until(({ blocks }) => blocks.length)
  expect(source.blocks[0]?.height).toBe(51)
})

it('the protobuf reader agrees with every recorded ContractInfo, and survives any bytes', () => {
  for (const name of ['wasmd2', 'sei2'] as const) {
    for (const line of lines(name, 'contract_info')) {
      const { decoded, body } = JSON.parse(line) as {
        decoded: { created: { block_height: number } | null } | null
        body: string
      }
      const { value } = (JSON.parse(body) as { result: { response: { value: string | null } } }).result.response
      expect(decodeCreatedHeight(Buffer.from(value ?? '', 'base64'))).toBe(decoded?.created?.block_height)
    }
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeCreatedHeight(bytes)))
})
