import { QuerySupplyOfRequest, QuerySupplyOfResponse } from 'cosmjs-types/cosmos/bank/v1beta1/query'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MINTED } from '../../../src/devnet/app/block-events.ts'
import type { Call, Message } from '../../../src/devnet/app/types.ts'
import { TestChain } from './chain.ts'
import { applicationAt, readRecording } from './recorded.ts'

const user = fc.nat({ max: 7 })
const id = fc.integer({ min: 1, max: 4 })
const amount = fc.oneof(fc.integer({ min: 0, max: 500 }), fc.constant(2n ** 128n - 1n)).map(String)
const coin = fc.record({ denom: fc.constantFrom('usei', 'uatom'), amount })
const funds = fc.constantFrom('', '10usei', '100usei', '5uatom,7usei')
const label = fc.constantFrom(null, 'a', '  b  ', '', '\u2028')

/** What anybody may say to any of the contracts, right or wrong. */
const message = fc.oneof(
  fc.tuple(user, amount).map(
    ([to, amount]) =>
      (chain: TestChain): Message => ({ to: chain.users[to]!, amount: `${amount}usei` }),
  ),
  fc.tuple(user, coin, funds).map(([to, amount, funds]) => (chain: TestChain): Message => {
    return { contract: chain.at('payments'), msg: { create_transfer: { recipient: chain.users[to], amount } }, funds }
  }),
  said('payments', fc.constantFrom('claim_transfer', 'refund_transfer'), fc.record({ id })),
  said('groups', fc.constant('create_pool'), fc.record({ target: coin, memo: label })),
  said('groups', fc.constant('contribute'), fc.record({ pool_id: id, amount: coin })),
  said('groups', fc.constantFrom('distribute', 'cancel_pool', 'refund_contribution'), fc.record({ pool_id: id })),
  said('pots', fc.constant('open_pot'), fc.record({ goal: coin, label })),
  said('pots', fc.constant('deposit_pot'), fc.record({ pot_id: id, amount: coin })),
  said('pots', fc.constantFrom('break_pot', 'close_pot'), fc.record({ pot_id: id })),
  said(
    'vaults',
    fc.constant('create_vault'),
    fc.record({ label: fc.string(), denom: fc.constant('usei'), strategy: fc.constantFrom('balanced', 'odd') }),
  ),
  said('vaults', fc.constant('deposit'), fc.record({ vault_id: id, amount: coin })),
  said('vaults', fc.constant('withdraw'), fc.record({ vault_id: id, shares: amount })),
  said('alias', fc.constantFrom('register', 'update'), fc.record({ username: fc.string({ maxLength: 5 }) })),
  said('alias', fc.constant('unregister'), fc.constant({})),
  said('risk_escrow', fc.constantFrom('approve', 'refund', 'no_such'), fc.record({ case_id: id })),
)

function said(kind: Parameters<TestChain['at']>[0], action: fc.Arbitrary<string>, content: fc.Arbitrary<unknown>) {
  return fc.tuple(action, content, funds).map(([action, content, funds]) => (chain: TestChain): Message => {
    return { contract: chain.at(kind), msg: { [action]: content }, funds }
  })
}

const blocks = fc.array(
  fc.array(fc.record({ user, messages: fc.array(message, { minLength: 1, maxLength: 3 }), evm: fc.boolean() }), {
    maxLength: 6,
  }),
  { maxLength: 12 },
)

function calls(chain: TestChain, block: typeof blocks extends fc.Arbitrary<(infer Block)[]> ? Block : never): Call[] {
  return block.map(({ user, messages, evm }) => {
    const said = messages.map((message) => message(chain))
    const [only] = said
    const carried =
      said.length === 1 && !JSON.stringify(only).includes('uatom') && !('to' in only! && only.amount === '0usei')
    return { sender: chain.users[user]!, messages: said, evm: evm && carried }
  })
}

describe.each(['plain', 'base64'] as const)('a chain of the %s dialect, whatever is done on it', (dialect) => {
  it('neither makes nor loses coins, but for what it mints', () => {
    fc.assert(
      fc.property(blocks, (blocks) => {
        const chain = new TestChain(dialect)
        for (const block of blocks) chain.run(...calls(chain, block))
        const minted = dialect === 'plain' ? MINTED * BigInt(chain.height) : 0n
        expect(total(chain)).toBe(8n * 10n ** 12n * 10n ** 12n + minted * 10n ** 12n)
        expect(supply(chain, 'uatom')).toBe(8n * 5000n)
      }),
      { numRuns: 60 },
    )
  })

  it('changes nothing by a transaction that fails but sequence and fee', () => {
    fc.assert(
      fc.property(blocks, fc.array(message, { maxLength: 3 }), (blocks, messages) => {
        const chain = new TestChain(dialect)
        for (const block of blocks) chain.run(...calls(chain, block))
        const twin = new TestChain(dialect)
        for (const block of blocks) twin.run(...calls(twin, block))
        const bad: Message = { contract: chain.at('payments'), msg: { claim_transfer: { id: 999 } } }
        const sayings = messages.map((message) => message(chain))
        const failed = chain.does(1, ...sayings, bad)
        // Of the same length, for the fee goes by the number of messages.
        const other = twin.does(1, ...sayings.map(() => bad), bad)
        expect(failed.code).not.toBe(0)
        expect(other.code).not.toBe(0)
        expect(held(chain.app.snapshot())).toEqual(held(twin.app.snapshot()))
      }),
      { numRuns: 100 },
    )
  })

  it('goes on from a snapshot byte for byte as if it had not stopped, and twice the same', () => {
    fc.assert(
      fc.property(blocks, blocks, (before, after) => {
        const [chain, restored] = [new TestChain(dialect), new TestChain(dialect)]
        for (const block of before)
          expect(restored.run(...calls(restored, block))).toEqual(chain.run(...calls(chain, block)))
        restored.restore()
        for (const block of after)
          expect(restored.run(...calls(restored, block))).toEqual(chain.run(...calls(chain, block)))
        expect(JSON.stringify(restored.app.snapshot())).toBe(JSON.stringify(chain.app.snapshot()))
      }),
      { numRuns: 40 },
    )
  })
})

describe.each(['wasmd2', 'sei2'] as const)('bytes that are no transaction of %s', (name) => {
  const recording = readRecording(name)
  const txs = recording.heights.flatMap(({ txs }) => txs)

  it('are refused as a result, never by an exception', () => {
    const application = applicationAt(recording)
    let height = 100
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
        (which, changes) => {
          const tx = Buffer.from(txs[which % txs.length]!)
          for (const [place, byte] of changes) tx[place % tx.length] = byte
          application.check(tx)
          const { results } = application.executeBlock({ height: height++, time: '2026-11-23T09:00:00Z', txs: [tx] })
          expect(results).toHaveLength(1)
        },
      ),
      { numRuns: 1500 },
    )
  })
})

/** All usei and wei there are, in wei. */
function total(chain: TestChain): bigint {
  const { bank } = chain.app.snapshot() as { bank: { wei: [string, string][] } }
  return supply(chain, 'usei') * 10n ** 12n + bank.wei.reduce((sum, [, wei]) => sum + BigInt(wei), 0n)
}

function supply(chain: TestChain, denom: string): bigint {
  const { value } = chain.app.query(
    '/cosmos.bank.v1beta1.Query/SupplyOf',
    QuerySupplyOfRequest.encode({ denom }).finish(),
  )
  return BigInt(QuerySupplyOfResponse.decode(value!).amount.amount)
}

/** What a chain holds, without its hash. Keys that were taken away and put back stand last: their order says nothing. */
function held(snapshot: unknown): unknown {
  const { bank, wasm, ...rest } = snapshot as {
    bank: { wei: [string, string][] }
    wasm: { state: [string, [string, unknown][]][] }
  }
  const state = wasm.state.map(([address, entries]) => [address, Object.fromEntries(entries)])
  return { ...rest, appHash: '', bank: { ...bank, wei: Object.fromEntries(bank.wei) }, wasm: { ...wasm, state } }
}
