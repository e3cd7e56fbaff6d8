import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { type ChainQueries, chainQueries } from '../../src/chain/read/chain-queries.ts'
import type { Devnet } from '../../src/devnet/devnet.ts'
import { devnet, usersOn } from '../devnet/chain/devnet.ts'
import { rpc } from '../devnet/client.ts'

const [alice, bob] = usersOn('plain')
const { signal } = new AbortController()

function asking(urls: string[], chainId: string | null = null): ChainQueries {
  const made = chainQueries({ endpoints: urls.map((url) => ({ url })), deadline: 2_000, chainId: () => chainId })
  onTestFinished(() => made.close())
  return made
}

async function paid(): Promise<{ node: Devnet; payments: string }> {
  const node = await devnet()
  const payments = node.app.contracts().find((address) => node.app.contract(address)?.kind === 'payments') as string
  const msg = { create_transfer: { recipient: bob, amount: { denom: 'usei', amount: '70' }, remark: 'for tea' } }
  await rpc(node.url, 'broadcast_tx_sync', {
    call: { sender: alice, messages: [{ contract: payments, msg, funds: '70usei' }] },
  })
  await node.advance()
  return { node, payments }
}

/** A node that answers nothing sensible. */
async function nonsense(): Promise<string> {
  const server = createServer((_, response) => response.end('{"jsonrpc":"2.0","id":1,"result":{}}')).listen(0)
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

it('asks contracts and the bank, with the height each answer is as of', async () => {
  const { node, payments } = await paid()
  const chain = asking([node.url])
  expect(await chain.smartQuery(payments, { get_transfer: { id: 1 } }, signal)).toEqual({
    data: expect.objectContaining({ sender: alice, recipient: bob, remark: 'for tea' }),
    height: node.head(),
  })
  expect(await chain.balances(payments, signal)).toEqual({ balances: { usei: '70' }, height: node.head() })
  await node.advance()
  expect((await chain.balances(bob, signal)).height).toBe(node.head())
})

it('passes over nodes that are gone, make no sense, or serve another chain', async () => {
  const { node, payments } = await paid()
  const gone = 'http://127.0.0.1:1'
  const chain = asking([gone, await nonsense(), node.url], 'seiche-devnet-1')
  expect(await chain.balances(payments, signal)).toMatchObject({ balances: { usei: '70' } })
  const wrong = asking([gone, node.url], 'another-chain')
  await expect(wrong.balances(payments, signal)).rejects.toMatchObject({
    code: 'E_NO_ENDPOINT',
    message: expect.stringMatching(/127\.0\.0\.1:1: .*serves the chain seiche-devnet-1, not another-chain/),
  })
  await expect(asking([]).balances(payments, signal)).rejects.toMatchObject({ code: 'E_NO_ENDPOINT' })
})

it('a query that the chain refuses is no fault of the node: no other is asked', async () => {
  const { node, payments } = await paid()
  const before = node.requests().get('abci_query') ?? 0
  const chain = asking([node.url, node.url])
  await expect(chain.smartQuery(payments, { get_nothing: {} }, signal)).rejects.toMatchObject({ code: 'E_QUERY' })
  expect(node.requests().get('abci_query')).toBe(before + 1)
})

it('ends when the task is told to', async () => {
  const { node, payments } = await paid()
  await expect(asking([node.url]).balances(payments, AbortSignal.abort(new Error('told to')))).rejects.toThrow(
    'told to',
  )
})
