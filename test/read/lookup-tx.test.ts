import { expect, it } from 'vitest'
import { lookupTx } from '../../src/chain/read/source.ts'
import { type Call, internalError, loadChain, startNode } from './fake-node.ts'

const hash = 'EC1902BA5C727A4F517EA6A9C4AC5272C9DC733E2B5AE4C5DD21F360D10221DA'
const base64 = Buffer.from(hash, 'hex').toString('base64')
const invalid = { error: { code: -32602, message: 'Invalid params' } }
const found = (code?: number): { result: string } => ({
  result: JSON.stringify({ hash, tx_result: code === undefined ? {} : { code } }),
})

it('a failed transaction is found by base64 on CometBFT and by hex on Sei', async () => {
  for (const spelling of [base64, hash]) {
    const node = await startNode(loadChain('wasmd2'), {
      answer: ({ params }: Call) => (params.hash === spelling ? found(5) : invalid),
    })
    expect(await lookupTx([{ url: node.url }], hash)).toBe('failed')
  }
})

it('a successful, a missing and an unreachable one are unknown; the next endpoint is asked', async () => {
  const chain = loadChain('wasmd2')
  const lacks = await startNode(chain, { answer: () => internalError(`tx (${hash}) not found`) })
  const knows = await startNode(chain, { answer: () => found(11) })
  const succeeded = await startNode(chain, { answer: () => found() })
  const down = await startNode(chain, { fault: () => 'cut' })
  expect(await lookupTx([{ url: lacks.url }], hash)).toBe('unknown')
  expect(await lookupTx([{ url: succeeded.url }], hash)).toBe('unknown')
  expect(await lookupTx([{ url: down.url }], hash)).toBe('unknown')
  expect(
    await lookupTx(
      [lacks, down, knows].map(({ url }) => ({ url })),
      hash,
    ),
  ).toBe('failed')
})
