import fc from 'fast-check'
import { expect, it } from 'vitest'
import { accountFromHex } from '../../src/events/accounts.ts'
import type { JoinState, MessageFacts } from '../../src/events/app.ts'
import type { EventRecord } from '../../src/events/types.ts'
import { catalogue } from '../../src/seimoney/catalogue.ts'

const ALICE = 'wasm1pytelukfdc0c5yu43ka7svuj66xfyn32zuvw22'
const BOB = 'wasm1glhldqt0u24h7zhs0y50stf2m8exunraadtmaj'
const facts: MessageFacts = { sender: ALICE, takeCover: () => true }

function memory(): JoinState {
  const entities = new Map<string, Readonly<Record<string, string>>>()
  const sets = new Map<string, Map<string, string>>()
  return {
    get: (key) => entities.get(key),
    put: (key, fields) => void entities.set(key, fields),
    weight: (key, account) => sets.get(key)?.get(account) ?? '0',
    weigh: (key, account, weight) => {
      const members = sets.get(key) ?? new Map<string, string>()
      if (weight === '0') members.delete(account)
      else members.set(account, weight)
      sets.set(key, members)
    },
    members: (key, limit) => [...(sets.get(key)?.keys() ?? [])].slice(0, limit),
  }
}

function seen(
  contract: string,
  name: string,
  attributes: Record<string, string>,
  state = memory(),
  address = `wasm1${contract}`,
) {
  const mapped = catalogue.map({ contract, contractAddress: address, name: `seimoney.${name}`, attributes }, facts)
  if (!mapped) return undefined
  const record: EventRecord = { txIndex: 0, eventIndex: 0, contract, contractAddress: address, txHash: null, ...mapped }
  return { record, joined: catalogue.join(record, state) }
}

it('total: no attributes whatsoever make it throw, grow without bound or forge an account', () => {
  const names = [
    'create_transfer',
    'claim_transfer',
    'contribute',
    'deposit_pot',
    'deposit_vault',
    'withdraw_vault',
    'open_case',
    'constructor',
    '__proto__',
  ]
  const contracts = [
    'payments',
    'groups',
    'pots',
    'vaults',
    'alias',
    'risk_escrow',
    'market',
    'constructor',
    '__proto__',
  ]
  const keys = [
    'id',
    'pool_id',
    'vault_id',
    'sender',
    'recipient',
    'amount',
    'denom',
    'shares',
    'user',
    'parties',
    'contributor',
    '__proto__',
    'toString',
  ]
  const values = fc.oneof(fc.string(), fc.constantFrom(ALICE, BOB, `${ALICE},${BOB}`, '10usei', '-1', `${2n ** 128n}`))
  fc.assert(
    fc.property(
      fc.constantFrom(...contracts),
      fc.constantFrom(...names),
      fc.dictionary(fc.constantFrom(...keys), values),
      (contract, name, attributes) => {
        const result = seen(contract, name, attributes)
        if (!result) return
        const { record, joined } = result
        expect(
          Object.values({ ...record.data, ...joined.data }).every(
            (value) => value === null || ['string', 'boolean'].includes(typeof value),
          ),
        ).toBe(true)
        expect([...record.accounts, ...joined.accounts].length).toBeLessThanOrEqual(16)
        expect(record.accounts.every((account) => [ALICE, BOB].includes(account))).toBe(true)
      },
    ),
    { numRuns: 500 },
  )
})

it.each([
  ['123usei', { amount: '123', denom: 'usei' }],
  [`${2n ** 128n - 1n}ibc/AB12`, { amount: `${2n ** 128n - 1n}`, denom: 'ibc/AB12' }],
  ['5factory/wasm1x/coin.v2', { amount: '5', denom: 'factory/wasm1x/coin.v2' }],
  ['5uatom,10usei', { amount: '5uatom,10usei' }],
  ['5 usei', { amount: '5 usei' }],
  ['-5usei', { amount: '-5usei' }],
  ['usei', { amount: 'usei' }],
  ['', { amount: '' }],
])('create_transfer: the coin %j is split exactly, or left as it is', (amount, data) => {
  expect(seen('payments', 'create_transfer', { id: '1', amount })?.record.data).toEqual({ id: '1', ...data })
})

it('a claim of a transfer that was never indexed is incomplete, not invented', () => {
  expect(seen('payments', 'claim_transfer', { id: '9', recipient: BOB })?.joined).toEqual({
    ...{ data: { sender: null, amount: null, denom: null }, accounts: [], audience: [], incomplete: true },
  })
})

it('ids are per contract: another contract’s transfer of the same id is another one', () => {
  const state = memory()
  seen('payments', 'create_transfer', { id: '1', sender: ALICE, recipient: BOB, amount: '5usei' }, state, 'wasm1first')
  expect(seen('payments', 'claim_transfer', { id: '1', recipient: BOB }, state, 'wasm1second')?.joined.incomplete).toBe(
    true,
  )
  expect(seen('payments', 'claim_transfer', { id: '1', recipient: BOB }, state, 'wasm1first')?.joined.data).toEqual({
    ...{ sender: ALICE, amount: '5', denom: 'usei' },
  })
})

it('a vault’s audience are those with shares above 0 at that event', () => {
  const state = memory()
  const move = (name: string, user: string, shares: string) =>
    seen('vaults', name, { vault_id: '1', user, amount: '1', denom: 'usei', shares }, state)?.joined.audience
  expect(move('deposit_vault', ALICE, '10')).toEqual([ALICE])
  expect(move('deposit_vault', BOB, '5')).toEqual([ALICE, BOB])
  expect(move('withdraw_vault', ALICE, '4')).toEqual([ALICE, BOB])
  expect(move('withdraw_vault', ALICE, '6')).toEqual([BOB])
  expect(seen('vaults', 'harvest_vault', { vault_id: '1' }, state)?.joined.audience).toEqual([BOB])
})

it('the plain wasm event of our six contracts only repeats; of another contract it is its event', () => {
  const plain = (contract: string) =>
    catalogue.map({ contract, contractAddress: 'wasm1x', name: 'wasm', attributes: { action: 'sold' } }, facts)
  expect(plain('payments')).toBeNull()
  expect(plain('market')).toMatchObject({ type: 'market.sold' })
})

it('all parties of a case receive it, and sixteen are named', () => {
  const parties = Array.from({ length: 40 }, (_, n) => accountFromHex(`0x${n.toString(16).padStart(40, '0')}`, 'wasm'))
  const list = [...parties, parties[0], 'mallory'].join()
  const opened = seen('risk_escrow', 'open_case', { id: '1', parties: list, amount: '5', denom: 'usei' })
  expect(opened?.record.accounts).toEqual(parties.slice(0, 16))
  expect(opened?.joined.audience).toEqual(parties)
})

it('text that is no account becomes no counterparty, contributor or holder', () => {
  const state = memory()
  seen('payments', 'create_transfer', { id: '1', sender: 'mallory', recipient: BOB, amount: '5usei' }, state)
  const claimed = seen('payments', 'claim_transfer', { id: '1', recipient: BOB }, state)?.joined
  expect(claimed).toMatchObject({ data: { sender: null, amount: '5' }, accounts: [BOB] })
  seen('groups', 'create_pool', { id: '1', creator: 'mallory' }, state)
  seen('groups', 'contribute', { pool_id: '1', contributor: 'mallory', amount: '1', denom: 'usei' }, state)
  const contributed = seen('groups', 'contribute', { pool_id: '1', contributor: BOB, amount: '1' }, state)?.joined
  expect(contributed).toMatchObject({ accounts: [], audience: [BOB] })
  seen('vaults', 'deposit_vault', { vault_id: '1', user: 'mallory', shares: '5' }, state)
  expect(seen('vaults', 'harvest_vault', { vault_id: '1' }, state)?.joined.audience).toEqual([])
})

it('a group’s events reach its creator and all contributors so far, the event’s own among them', () => {
  const state = memory()
  const group = (name: string, attributes: Record<string, string>) => {
    const { record, joined } = seen('groups', name, attributes, state) ?? {}
    return new Set([...(record?.accounts ?? []), ...(joined?.accounts ?? []), ...(joined?.audience ?? [])])
  }
  expect(group('create_pool', { id: '1', creator: ALICE })).toEqual(new Set([ALICE]))
  expect(group('contribute', { pool_id: '1', contributor: BOB })).toEqual(new Set([ALICE, BOB]))
  expect(group('refund_contribution', { pool_id: '1', contributor: BOB })).toEqual(new Set([ALICE, BOB]))
  expect(group('cancel_pool', { pool_id: '1', creator: ALICE })).toEqual(new Set([ALICE, BOB]))
  expect(group('cancel_pool', { pool_id: '2', creator: ALICE })).toEqual(new Set([ALICE]))
})
