/** `0x…` in a query, on a chain where somebody must be asked which account it is. */
import { expect, it } from 'vitest'
import { accountFromHex } from '../../src/events/accounts.ts'
import { evmAccounts } from '../../src/system/evm-accounts.ts'
import { block, record } from '../store/support.ts'
import { ALICE } from './parts.ts'
import { type ServeOptions, serve } from './support.ts'

const HEX = `0x${'aB'.repeat(20)}`
const SAME_BYTES = accountFromHex(HEX, 'wasm') ?? ''
const BLOCKS = [block(1, [record(0, 0, { accounts: [ALICE] }), record(0, 1, { accounts: [SAME_BYTES] })])]

/** What both routes make of an address: whose events, whose view. */
async function meant(resolveHex: ServeOptions['resolveHex'], address = HEX): Promise<unknown[]> {
  const { ask, faults } = await serve({ blocks: BLOCKS, ...(resolveHex ? { resolveHex } : {}) })
  const events = await ask(`/api/realtime/events?account=${address}`)
  const view = await ask(`/api/realtime/views/user_portfolio?address=${address}`)
  expect(faults).toEqual([])
  return [
    events.body.error ?? events.body.events.map(({ id }: { id: string }) => id),
    view.body.error ?? view.body.view.address,
  ]
}

it('is the account that it is associated with, at once or when somebody has said so', async () => {
  const later = new Promise<string>((resolve) => setTimeout(resolve, 50, ALICE))
  for (const answer of [ALICE, later]) expect(await meant(() => answer)).toEqual([['1-0-0'], ALICE])
})

it('is the account of the same bytes where nobody is asked, none is associated, or nodes fail', async () => {
  const asking = (ask: () => Promise<string | null>) => evmAccounts({ prefix: 'wasm', ask })
  for (const resolve of [undefined, asking(async () => null), asking(() => Promise.reject(new Error('no node')))])
    expect(await meant(resolve)).toEqual([['1-0-1'], SAME_BYTES])
})

it('any other spelling is nobody else’s business', async () => {
  expect(await meant(() => Promise.reject(new Error('asked')), ALICE.toUpperCase())).toEqual([['1-0-0'], ALICE])
})

it('what is no EVM address is refused by both, each with its code', async () => {
  const resolve = evmAccounts({ prefix: 'wasm', ask: async () => ALICE })
  expect(await meant(resolve, '0x12')).toEqual([
    expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(/^account: /) }),
    expect.objectContaining({ code: 'invalid_address', message: expect.stringMatching(/^address: /) }),
  ])
})
