import { CosmWasmClient } from '@cosmjs/cosmwasm-stargate'
import { StargateClient } from '@cosmjs/stargate'
import { Comet38Client, type RpcClient } from '@cosmjs/tendermint-rpc'
import { describe, expect, it } from 'vitest'
import { moduleAddress } from '../../../src/devnet/app/bank.ts'
import { TestChain } from './chain.ts'

/** cosmjs brings its Comet client twice; the two differ in nothing but where their types were declared. */
type OtherComet = Parameters<typeof CosmWasmClient.create>[0]

/** The client that cosmjs's clients stand on, over an application instead of a node. */
async function cometOf(chain: TestChain): Promise<Comet38Client> {
  const rpc: RpcClient = {
    execute: async ({ id, method, params }) => {
      if (method !== 'abci_query') throw new Error(`no ${method} here`)
      const { path, data } = params as { path: string; data: string }
      const { value, ...answer } = chain.app.query(path, Buffer.from(data, 'hex'))
      const response = { ...answer, value: value && Buffer.from(value).toString('base64'), height: `${chain.height}` }
      return { jsonrpc: '2.0', id, result: { response } }
    },
    disconnect: () => {},
  }
  return Comet38Client.create(rpc)
}

describe.each(['plain', 'base64'] as const)("cosmjs's clients over the %s dialect", (dialect) => {
  const chain = new TestChain(dialect)
  const [admin, alice, bob] = chain.users as [string, string, string]
  chain.does(1, {
    contract: chain.at('payments'),
    msg: { create_transfer: { recipient: bob, amount: { denom: 'usei', amount: '70' }, remark: '☕' } },
    funds: '70usei',
  })

  it('read balances and accounts', async () => {
    const client = await StargateClient.create(await cometOf(chain))
    expect(await client.getBalance(chain.at('payments'), 'usei')).toEqual({ denom: 'usei', amount: '70' })
    expect((await client.getAllBalances(bob)).map(({ denom }) => denom)).toEqual(['uatom', 'usei'])
    expect(await client.getAccount(alice)).toMatchObject({ address: alice, accountNumber: 1n, sequence: 1 })
    expect(await client.getAccount(moduleAddress('nobody', chain.genesis.prefix))).toBeNull()
  })

  it('read contracts, their codes and state', async () => {
    const client = await CosmWasmClient.create((await cometOf(chain)) as unknown as OtherComet)
    const address = chain.at('payments')
    expect(await client.getContract(address)).toMatchObject({ address, codeId: 1, creator: admin, label: 'payments' })
    expect(await client.getContracts(1)).toEqual([address])
    expect((await client.getCodes()).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6])
    expect(await client.queryContractSmart(address, { get_transfer: { id: 1 } })).toMatchObject({
      sender: alice,
      remark: '☕',
    })
    expect(Buffer.from((await client.queryContractRaw(address, Buffer.from('next_id')))!).toString()).toBe('2')
    const refused = client.queryContractSmart(address, { get_transfer: { id: 2 } })
    await expect(refused).rejects.toThrow(/seimoney_payments::state::Transfer; key: .*not found/)
    await expect(client.getContract(alice)).rejects.toThrow(/no such contract|No contract found|not found/)
  })
})
