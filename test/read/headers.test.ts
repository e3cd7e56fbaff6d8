import { expect, it } from 'vitest'
import { headerOfBlock, headersOfBlockchain } from '../../src/chain/read/headers.ts'
import { Rpc } from '../../src/chain/read/rpc.ts'

const header = (time: string): object => ({ chain_id: 'test-1', height: '5', time, last_block_id: { hash: 'AB' } })

it.each([
  ['2026-01-01T00:00:00.123456789Z', true],
  ['2026-13-45T99:99:99Z', false],
  ['2026-01-01T00:00:00+99:99', false],
  ['yesterday', false],
])('a block of %s: sound is %s; what is no time is the node’s trouble, before anybody compares it', (time, sound) => {
  const block = { block_id: { hash: 'CD' }, block: { header: header(time), data: { txs: [] } } }
  const blockchain = { block_metas: [{ block_id: { hash: 'CD' }, header: header(time), num_txs: '0' }] }
  const bytes = (any: unknown): Buffer => Buffer.from(JSON.stringify(any))
  const reads = [() => headerOfBlock(bytes(block)).time, () => headersOfBlockchain(bytes(blockchain))[0]?.time]
  for (const read of reads)
    if (sound) expect(read()).toBe(time)
    else expect(read).toThrow(expect.objectContaining({ code: 'E_RPC_MALFORMED' }))
})

it('of an error as long as an answer may be only its beginning is kept', async () => {
  const answer = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    error: { code: 1, message: 'no', data: 'x'.repeat(1_000_000) },
  })
  const rpc = new Rpc({ post: async (_, read) => read(Buffer.from(answer)), close: async () => undefined })
  const error = await rpc.call('status').catch((caught: Error) => caught)
  expect(error).toMatchObject({ code: 'E_RPC_ERROR', message: expect.stringMatching(/^status: no \(x{900}/) })
  expect((error as Error).message.length).toBe(1_000)
})
