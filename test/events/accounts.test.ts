import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { accountFromHex, canonicalAccount, prefixOf } from '../../src/events/accounts.ts'

const deploy = JSON.parse(readFileSync(`${import.meta.dirname}/../recordings/sei2/deploy.json`, 'utf8')) as {
  users: string[]
  contracts: Record<string, string>
}
const REAL = [...deploy.users, ...Object.values(deploy.contracts)]
const address = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`)

it.each(REAL)('%s, of a real chain, is an account in lower and in upper case', (text) => {
  expect([canonicalAccount(text), canonicalAccount(text.toUpperCase(), 'sei')]).toEqual([text, text])
  expect(canonicalAccount(text, 'wasm')).toBeUndefined()
})

it('the address of an EVM wallet is the account the chain itself associates with its bytes', () => {
  // BIP 173, of a public test key: bech32 of 20 bytes
  expect(accountFromHex('0x751e76e8199196d454941c45d1b3a323f1433bd6', 'sei')).toMatch(
    /^sei1w508d6qejxtdg4y5r3zarvary0c5xw7k/,
  )
  // the account that Sei credits fees to in the recordings: the bytes `evm_coinbase`, padded
  expect(accountFromHex(`0x${Buffer.from('evm_coinbase').toString('hex')}${'00'.repeat(8)}`, 'sei')).toBe(
    'sei1v4mx6hmrda5kucnpwdjsqqqqqqqqqqqqlve8dv',
  )
  fc.assert(
    fc.property(address, (hex) => {
      const account = accountFromHex(hex, 'sei') ?? ''
      expect([canonicalAccount(account, 'sei'), prefixOf(account)]).toEqual([account, 'sei'])
      expect(accountFromHex(hex.toUpperCase().replace('0X', '0x'), 'sei')).toBe(account)
    }),
  )
})

it('one wrong character, and it is no account', () => {
  fc.assert(
    fc.property(address, fc.nat(37), fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7l'), (hex, at, char) => {
      const account = accountFromHex(hex, 'sei') ?? ''
      const index = 'sei1'.length + at
      fc.pre(account[index] !== char)
      expect(canonicalAccount(account.slice(0, index) + char + account.slice(index + 1))).toBeUndefined()
    }),
  )
})

it('no text whatsoever that a user may write is taken for an account, or throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
      expect(canonicalAccount(text)).toBeUndefined()
    }),
  )
})
