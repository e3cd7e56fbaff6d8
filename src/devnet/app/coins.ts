/** Coins as the SDK prints them: `10uatom,25usei`, sorted by denom, none of them zero. */
import { Failure } from './failure.ts'

/** So much of one denom; the amount in decimal digits. */
export interface Coin {
  denom: string
  amount: string
}

/** The largest amount a contract can hold (Uint128); the SDK itself goes to 256 bits. */
export const MAX_UINT128 = 2n ** 128n - 1n

/** SDK: types/coin.go, reDnmString. */
const DENOM = /^[a-zA-Z][a-zA-Z0-9/:._-]{2,127}$/
const POSITIVE = /^0*[1-9]\d{0,77}$/

/** @throws Failure code 10 when `text` is no list of coins */
export function parseCoins(text: string): Coin[] {
  if (text === '') return []
  return text.split(',').map((part) => {
    const [, amount = '', denom = ''] = /^\s*(\d+)(\S+)\s*$/.exec(part) ?? []
    if (!DENOM.test(denom)) throw new Failure(10, `invalid decimal coin expression: ${part}: invalid coins`)
    return { amount: BigInt(amount).toString(), denom }
  })
}

/** Coins as events and logs write them; empty for none. */
export function printCoins(coins: readonly Coin[]): string {
  return coins.map(({ amount, denom }) => amount + denom).join(',')
}

/** @throws Failure code 10 unless all are positive and sorted by denom without repetition, as the SDK demands */
export function checkCoins(coins: readonly Coin[]): void {
  const valid = coins.every(({ denom, amount }, n) => {
    return DENOM.test(denom) && POSITIVE.test(amount) && (n === 0 || coins[n - 1]!.denom < denom)
  })
  if (!valid) throw new Failure(10, `${printCoins(coins)}: invalid coins`)
}
