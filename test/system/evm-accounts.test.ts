import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { accountFromBytes, accountFromHex } from '../../src/events/accounts.ts'
import { evmAccounts } from '../../src/system/evm-accounts.ts'

const hexOf = (n: number): string => `0x${n.toString(16).padStart(40, '0')}`
const cast = (hex: string): string => accountFromHex(hex, 'sei') ?? ''
const HEX = '0x751e76e8199196d454941c45d1b3a323f1433bd6'
const OWNER = accountFromBytes(Buffer.alloc(20, 7), 'sei')

beforeEach(() => vi.useFakeTimers({ toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

function resolving(ask: (address: string) => Promise<string | null>) {
  const asked: string[] = []
  const resolve = evmAccounts({
    prefix: 'sei',
    ask: (address) => {
      asked.push(address)
      return ask(address)
    },
  })
  return { asked, resolve }
}

it('an association is asked for once, whoever asks in whatever case, and known at once from then on', async () => {
  const { asked, resolve } = resolving(async () => OWNER)
  const both = [resolve(HEX), resolve(HEX.toUpperCase().replace('0X', '0x'))]
  expect(both).toEqual([expect.any(Promise), expect.any(Promise)])
  expect(await Promise.all(both)).toEqual([OWNER, OWNER])
  vi.advanceTimersByTime(3_600_000)
  expect([resolve(HEX), asked]).toEqual([OWNER, [HEX]])
})

it('without one it is the account of the same bytes, for ten seconds: an association may come', async () => {
  let owner: string | null = null
  const { asked, resolve } = resolving(async () => owner)
  expect(await resolve(HEX)).toBe(cast(HEX))
  owner = OWNER
  vi.advanceTimersByTime(9_000)
  expect([resolve(HEX), asked.length]).toEqual([cast(HEX), 1])
  vi.advanceTimersByTime(1_001)
  expect(await resolve(HEX)).toBe(OWNER)
})

it.each<[string, () => Promise<string | null>]>([
  ['fails', () => Promise.reject(new Error('no node'))],
  [
    'throws',
    () => {
      throw new Error('no actor')
    },
  ],
  ['is of another chain', async () => accountFromBytes(Buffer.alloc(20, 7), 'wasm')],
  ['is no account', async () => 'sei1nonsense'],
])('an answer that %s is none', async (_, ask) => {
  expect(await resolving(ask).resolve(HEX)).toBe(cast(HEX))
})

it('what is no EVM address is undefined at once, and nobody is asked', () => {
  const { asked, resolve } = resolving(async () => OWNER)
  for (const text of ['0x', '0x12', `${HEX}0`, `${HEX.slice(0, -1)}g`, OWNER]) expect(resolve(text)).toBeUndefined()
  expect(asked).toEqual([])
})

it('more than a node should be asked a second wait for the next; who would wait long takes the account of the same bytes', async () => {
  const { asked, resolve } = resolving(async () => OWNER)
  const answers = Array.from({ length: 700 }, (_, n) => resolve(hexOf(n)))
  await vi.advanceTimersByTimeAsync(0)
  expect(asked.length).toBe(200)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(asked.length).toBe(400)
  await vi.advanceTimersByTimeAsync(3_000)
  expect(asked.length).toBe(600)
  expect(await Promise.all(answers)).toEqual(answers.map((_, n) => (n < 600 ? OWNER : cast(hexOf(n)))))
  expect(await resolve(hexOf(699))).toBe(OWNER) // nobody was asked: nothing is remembered
})
