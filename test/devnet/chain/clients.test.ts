/** cosmjs, unmodified, over HTTP. */
import { CosmWasmClient, SigningCosmWasmClient } from '@cosmjs/cosmwasm-stargate'
import { DirectSecp256k1Wallet } from '@cosmjs/proto-signing'
import { StargateClient } from '@cosmjs/stargate'
import { Comet38Client } from '@cosmjs/tendermint-rpc'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Devnet } from '../../../src/devnet/devnet.ts'
import { rpc } from '../client.ts'
import { devnet, genesisOf, usersOn } from './devnet.ts'

const [alice, bob] = usersOn('plain')

async function paid(node: Devnet): Promise<{ payments: string; hash: string }> {
  const payments = node.app.contracts().find((address) => node.app.contract(address)?.kind === 'payments') as string
  const msg = { create_transfer: { recipient: bob, amount: { denom: 'usei', amount: '70' } } }
  const call = { sender: alice, messages: [{ contract: payments, msg, funds: '70usei' }] }
  const { result } = await rpc(node.url, 'broadcast_tx_sync', { call })
  await node.advance()
  return { payments, hash: result.hash }
}

describe('on the plain dialect', () => {
  it('Comet38Client reads status, blocks, results, validators, commits and searches', async () => {
    const node = await devnet()
    const { payments, hash } = await paid(node)
    const client = await Comet38Client.connect(node.url)
    const status = await client.status()
    expect(status.nodeInfo.network).toBe('seiche-devnet-1')
    expect(status.syncInfo.latestBlockHeight).toBe(node.head())
    const height = node.head()
    expect((await client.block(height)).block.txs).toHaveLength(1)
    expect((await client.blockResults(height)).results[0]!.code).toBe(0)
    expect((await client.blockchain(1, height)).blockMetas).toHaveLength(height)
    expect((await client.commit(height)).commit.height).toBe(height)
    expect((await client.validators({})).total).toBe(1)
    expect((await client.abciInfo()).lastBlockHeight).toBe(height)
    const query = `wasm-seimoney.create_transfer._contract_address='${payments}'`
    const { txs, totalCount } = await client.txSearch({ query })
    expect([totalCount, Buffer.from(txs[0]!.hash).toString('hex').toUpperCase()]).toEqual([1, hash])
    expect((await client.tx({ hash: txs[0]!.hash })).height).toBe(height)
    await expect(client.broadcastTxSync({ tx: new Uint8Array([0, 0, 0]) })).resolves.toMatchObject({ code: 2 })
  })

  it('StargateClient and CosmWasmClient read heights, blocks, transactions, balances and contracts', async () => {
    const node = await devnet()
    const { payments, hash } = await paid(node)
    const bank = await StargateClient.connect(node.url)
    expect([await bank.getHeight(), await bank.getChainId()]).toEqual([node.head(), 'seiche-devnet-1'])
    expect((await bank.getBlock(1)).txs.length).toBeGreaterThan(0)
    expect(await bank.getBalance(payments, 'usei')).toEqual({ denom: 'usei', amount: '70' })
    expect(await bank.getTx(hash)).toMatchObject({ height: node.head(), code: 0, hash })
    expect(
      await bank.searchTx([
        { key: 'message.sender', value: alice },
        { key: 'wasm._contract_address', value: payments },
      ]),
    ).toHaveLength(2)
    const wasm = await CosmWasmClient.connect(node.url)
    expect(await wasm.queryContractSmart(payments, { get_transfer: { id: 1 } })).toMatchObject({
      sender: alice,
      recipient: bob,
    })
  })

  it('SigningCosmWasmClient executes, and hears of it', async () => {
    const wallet = await DirectSecp256k1Wallet.fromKey(Buffer.alloc(32, 7), 'wasm')
    const [{ address } = { address: '' }] = await wallet.getAccounts()
    const genesis = genesisOf('plain')
    const funded = { ...genesis, balances: { ...genesis.balances, [address]: { usei: '1000000' } } }
    const node = await devnet({ genesis: funded, blockTime: 20, clock: 'wall' })
    const payments = node.app.contracts().find((at) => node.app.contract(at)?.kind === 'payments') as string
    const client = await SigningCosmWasmClient.connectWithSigner(node.url, wallet, { broadcastPollIntervalMs: 20 })
    onTestFinished(() => client.disconnect())
    const msg = {
      create_transfer: { recipient: bob, amount: { denom: 'usei', amount: '9' }, remark: null, expiry_ts: null },
    }
    const fee = { amount: [{ denom: 'usei', amount: '40000' }], gas: '400000' }
    const done = await client.execute(address, payments, msg, fee, '', [{ denom: 'usei', amount: '9' }])
    expect(done.events.map(({ type }) => type)).toContain('wasm-seimoney.create_transfer')
    expect(await client.queryContractSmart(payments, { get_transfer: { id: 1 } })).toMatchObject({ sender: address })
  })
})

it('on Sei, Comet38Client reads what it can of base64: block, results, status', async () => {
  const node = await devnet({ dialect: 'base64', eventsPerBlock: 3 })
  await node.advance(5)
  const client = await Comet38Client.connect(node.url)
  expect((await client.status()).syncInfo.latestBlockHeight).toBe(6)
  expect((await client.block(1)).block.txs).toHaveLength(6)
  expect((await client.blockResults(1)).results).toHaveLength(6)
})
