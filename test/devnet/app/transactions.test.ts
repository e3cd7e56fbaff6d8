import { toUtf8 } from '@cosmjs/encoding'
import { DirectSecp256k1Wallet, encodePubkey, makeAuthInfoBytes, makeSignDoc, Registry } from '@cosmjs/proto-signing'
import { SimulateRequest, SimulateResponse } from 'cosmjs-types/cosmos/tx/v1beta1/service'
import { TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx'
import { MsgExecuteContract, MsgStoreCode } from 'cosmjs-types/cosmwasm/wasm/v1/tx'
import { describe, expect, it } from 'vitest'
import { createApplication } from '../../../src/devnet/app/application.ts'
import { moduleAddress } from '../../../src/devnet/app/bank.ts'
import type { Message } from '../../../src/devnet/app/types.ts'
import { TestChain } from './chain.ts'

const openPot = (chain: TestChain, label: string | null = null): Message => {
  return { contract: chain.at('pots'), msg: { open_pot: { goal: { denom: 'usei', amount: '9' }, label } } }
}

describe('a transaction', () => {
  it('is refused with the sequence that was expected, in a block and before it', () => {
    const chain = new TestChain('plain')
    const tx = chain.app.encode({ sender: chain.users[1]!, messages: [openPot(chain)] })
    expect(chain.app.check(tx)).toMatchObject({ code: 0, gasWanted: 400_000 })
    expect(chain.block([tx]).results[0]).toMatchObject({ code: 0 })
    const refused = {
      code: 32,
      codespace: 'sdk',
      log: 'account sequence mismatch, expected 1, got 0: incorrect account sequence',
    }
    expect(chain.app.check(tx)).toMatchObject(refused)
    expect(chain.block([tx]).results[0]).toMatchObject({ ...refused, events: [] })
  })

  it('counts those that wait for the same block', () => {
    const chain = new TestChain('plain')
    const call = { sender: chain.users[1]!, messages: [openPot(chain)] }
    const txs = [call, call, call].map((call) => chain.app.encode(call))
    expect(txs.map((tx) => chain.app.check(tx).code)).toEqual([0, 0, 0])
    expect(chain.block(txs).results.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(chain.app.contract(chain.at('pots'))?.lastId()).toBe(3)
  })

  it('of somebody without an account is refused', () => {
    const chain = new TestChain('plain')
    const nobody = moduleAddress('nobody', 'wasm')
    expect(() => chain.app.encode({ sender: nobody, messages: [openPot(chain)] })).toThrow(/not found: unknown address/)
  })

  it("that cosmjs signed does what it says, and no gas that can't pay for a contract's code does", async () => {
    const wallet = await DirectSecp256k1Wallet.fromKey(Buffer.alloc(32, 7), 'wasm')
    const [account] = await wallet.getAccounts()
    const { address: sender, pubkey } = account!
    const chain = new TestChain('plain')
    chain.app = createApplication({ ...chain.genesis, balances: { [sender]: { usei: '100' } } })
    chain.run({ sender, messages: [{ instantiate: 1, label: 'p', msg: { default_denom: 'usei' } }] })
    const [contract] = chain.app.contracts()
    const signed = async (sequence: number, gas: number) => {
      const msg = toUtf8(
        JSON.stringify({ create_transfer: { recipient: sender, amount: { denom: 'usei', amount: '5' } } }),
      )
      const value = MsgExecuteContract.fromPartial({
        sender,
        contract: contract!,
        msg,
        funds: [{ denom: 'usei', amount: '5' }],
      })
      const registry = new Registry([['/cosmwasm.wasm.v1.MsgExecuteContract', MsgExecuteContract]])
      const bodyBytes = registry.encodeTxBody({
        messages: [{ typeUrl: '/cosmwasm.wasm.v1.MsgExecuteContract', value }],
      })
      const key = encodePubkey({ type: 'tendermint/PubKeySecp256k1', value: Buffer.from(pubkey).toString('base64') })
      const authInfoBytes = makeAuthInfoBytes([{ pubkey: key, sequence }], [], gas, undefined, undefined)
      const { signature } = await wallet.signDirect(sender, makeSignDoc(bodyBytes, authInfoBytes, 'test-1', 0))
      const signatures = [Buffer.from(signature.signature, 'base64')]
      return TxRaw.encode({ bodyBytes, authInfoBytes, signatures }).finish()
    }
    const { results } = chain.block([await signed(1, 300_000), await signed(2, 50_000)])
    expect(results[0]!.events!.map(({ type }) => type)).toContain('wasm-seimoney.create_transfer')
    expect(results[1]).toMatchObject({
      code: 11,
      codespace: 'sdk',
      log: expect.stringMatching(/^out of gas in location: Loading CosmWasm module: execute; gasWanted: 50000/),
    })
  })

  it('can be tried without doing anything', () => {
    const chain = new TestChain('plain')
    const txBytes = chain.app.encode({ sender: chain.users[1]!, messages: [openPot(chain)] })
    const before = JSON.stringify(chain.app.snapshot())
    const request = SimulateRequest.encode(SimulateRequest.fromPartial({ txBytes })).finish()
    const { value } = chain.app.query('/cosmos.tx.v1beta1.Service/Simulate', request)
    expect(SimulateResponse.decode(value!).gasInfo!.gasUsed).toBeGreaterThan(90_000n)
    expect(JSON.stringify(chain.app.snapshot())).toBe(before)
  })

  it('can upload no code', () => {
    const chain = new TestChain('plain')
    const [sender] = chain.users
    const tx = TxRaw.decode(chain.app.encode({ sender: sender!, messages: [openPot(chain)] }))
    const registry = new Registry([['/cosmwasm.wasm.v1.MsgStoreCode', MsgStoreCode]])
    const store = MsgStoreCode.fromPartial({ sender: sender!, wasmByteCode: Buffer.from('code') })
    const bodyBytes = registry.encodeTxBody({ messages: [{ typeUrl: '/cosmwasm.wasm.v1.MsgStoreCode', value: store }] })
    const log = 'failed to execute message; message index: 0: can not create code: unauthorized'
    expect(chain.block([TxRaw.encode({ ...tx, bodyBytes }).finish()]).results[0]).toMatchObject({ code: 4, log })
  })
})

describe('an attribute', () => {
  it('without white space around it that is blank fails the transaction on Sei alone', () => {
    const [plain, sei] = [new TestChain('plain'), new TestChain('base64')]
    expect(plain.does(1, openPot(plain, '\u2028 '))).toMatchObject({ code: 0 })
    expect(sei.does(1, openPot(sei), openPot(sei, '\u2028 '))).toMatchObject({ code: 21, codespace: 'wasm' })
    expect(sei.query('pots', { list_all_pots: {} })).toEqual([])
  })
})

describe("a call through Sei's EVM", () => {
  it('moves coins without events, also to an address that nobody has', () => {
    const chain = new TestChain('base64')
    const to = chain.users[2]!
    const { results } = chain.run({ sender: chain.users[1]!, messages: [{ to, amount: '70usei' }], evm: true })
    expect(results[0]).toMatchObject({ code: 0, events: undefined, gasUsed: 21_000, evm: { nonce: 0 } })
    const snapshot = chain.app.snapshot() as { bank: { balances: [string, { usei: string }][] } }
    expect(new Map(snapshot.bank.balances).get(to)!.usei).toBe('1000000000070')
  })

  it('reaches a contract by the precompile, with coins, and says what the contract says', () => {
    const chain = new TestChain('base64')
    const msg = { create_transfer: { recipient: chain.users[2], amount: { denom: 'usei', amount: '5' }, remark: '☕' } }
    const call = {
      sender: chain.users[1]!,
      messages: [{ contract: chain.at('payments'), msg, funds: '5usei' }],
      evm: true,
    }
    const [made] = chain.run(call).results
    expect(made!.events!.slice(0, 8).map(({ type }) => type)).toEqual([
      'coin_spent',
      'message',
      'coin_spent',
      'coin_received',
      'transfer',
      'execute',
      'wasm',
      'wasm-seimoney.create_transfer',
    ])
    expect(chain.query('payments', { get_transfer: { id: 1 } })).toMatchObject({ remark: '☕', status: 'Open' })
    const [failed] = chain.run({ ...call, messages: [{ ...call.messages[0]!, funds: '6usei' }] }).results
    expect(failed).toMatchObject({ code: 45, gasUsed: 900_000, evm: { nonce: 1, vmError: 'execution reverted' } })
  })

  it('carries one message of usei only', () => {
    const chain = new TestChain('base64')
    const [sender, to] = chain.users as [string, string]
    const atoms = { sender, messages: [{ to, amount: '1uatom' }], evm: true }
    expect(() => chain.app.encode(atoms)).toThrow(/moves usei only/)
    expect(() => chain.app.encode({ sender, messages: [openPot(chain), openPot(chain)], evm: true })).toThrow(
      /one contract call/,
    )
  })
})

describe('a path that is no query', () => {
  it.each(['/no/such', 'constructor'])('%s is unknown', (path) => {
    const unknown = { code: 6, codespace: 'sdk', log: 'unknown query path: unknown request', value: null }
    expect(new TestChain('plain').app.query(path, new Uint8Array())).toEqual(unknown)
  })
})
