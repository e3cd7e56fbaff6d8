import { expect, it, onTestFinished } from 'vitest'
import { decodeAssociation, type EvmAccounts, evmAccounts } from '../../src/chain/read/evm-accounts.ts'
import { type Call, type FakeNode, internalError, loadChain, startNode } from './fake-node.ts'

const HEX = '0x751e76e8199196d454941c45d1b3a323f1433bd6'
const ACCOUNT = 'sei1pytelukfdc0c5yu43ka7svuj66xfyn329vvd9q'

// By hand, after protobuf.dev/programming-guides/encoding: tag (number << 3 | wire type), length, bytes; tag, varint.
const REQUEST = `0a2a${Buffer.from(HEX).toString('hex')}`
const TOLD = `0a2a${Buffer.from(ACCOUNT).toString('hex')}`
const ASSOCIATED = `${TOLD}1001`

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
const response = (more: object): { result: string } => ({ result: JSON.stringify({ response: more }) })
const told = (hex: string): { result: string } => response({ code: 0, value: bytes(hex).toString('base64') })
const unknown = response({ code: 6, log: 'unknown query path: unknown request', value: null })

/** A node that knows nothing but what it is told to answer to the query. */
async function nodeSaying(answer: () => { result: string } | { error: unknown }, more: Partial<FakeNode> = {}) {
  return await startNode(loadChain('sei2'), {
    answer: ({ method }) => (method === 'abci_query' ? answer() : undefined),
    ...more,
  })
}

function asking(nodes: readonly { url: string }[], chainId: string | null = null): EvmAccounts {
  const { signal } = new AbortController()
  const made = evmAccounts({ endpoints: nodes.map(({ url }) => ({ url })), chainId, deadline: 500, signal })
  onTestFinished(() => made.close())
  return made
}

const queries = ({ calls }: FakeNode): Call[] => calls.filter(({ method }) => method === 'abci_query')

it('asks by the path and bytes of sei-chain’s query.proto', async () => {
  const node = await nodeSaying(() => told(ASSOCIATED))
  expect(await asking([node]).accountOf(HEX)).toBe(ACCOUNT)
  expect(queries(node).map(({ params }) => params)).toEqual([
    { path: '/seiprotocol.seichain.evm.Query/SeiAddressByEVMAddress', data: REQUEST, prove: false },
  ])
})

it.each([
  ['associated', ASSOCIATED, ACCOUNT],
  ['fields in another order, and one of a later version', `1001${TOLD}1a01ff`, ACCOUNT],
  ['nothing: both fields have their default', '', null],
  ['not associated, and the account of the same bytes', TOLD, null],
  ['not associated, spelled out', `${TOLD}1000`, null],
  ['associated with nothing', '1001', null],
  ['an account that is a number', '08011001', null],
  ['cut off in the text', ASSOCIATED.slice(0, 40), null],
  ['cut off in a number', `${TOLD}10`, null],
  ['an account longer than the message', '1001 0a7f 73'.replaceAll(' ', ''), null],
])('an answer: %s', (_, hex, account) => {
  expect(decodeAssociation(bytes(hex))).toBe(account)
})

it('is no account where the chain refuses the query or knows none; no other node is asked', async () => {
  const [refuses, other] = [await nodeSaying(() => unknown), await nodeSaying(() => told(ASSOCIATED))]
  expect(await asking([refuses, other]).accountOf(HEX)).toBeNull()
  const empty = await nodeSaying(() => response({ code: 0, value: null }))
  expect(await asking([empty]).accountOf(HEX)).toBeNull()
  expect(queries(other)).toEqual([])
})

it('passes over nodes that hang, fail, make no sense or are of another chain', async () => {
  const right = await nodeSaying(() => told(ASSOCIATED))
  const hangs = await nodeSaying(() => told(ASSOCIATED), {
    fault: ([call]) => (call?.method === 'abci_query' ? 'hang' : undefined),
  })
  const fails = await nodeSaying(() => internalError('out of order'))
  const nonsense = await nodeSaying(() => ({ result: '{"response":7}' }))
  const foreign = await nodeSaying(() => told(`${TOLD.replace(/../, '12')}`), { chainId: 'another' })
  expect(await asking([hangs, fails, nonsense, foreign, right], right.chainId).accountOf(HEX)).toBe(ACCOUNT)
  expect(queries(foreign)).toEqual([])
  for (const none of [[foreign], []])
    await expect(asking(none, right.chainId).accountOf(HEX)).rejects.toMatchObject({ code: 'E_NO_ENDPOINT' })
})
