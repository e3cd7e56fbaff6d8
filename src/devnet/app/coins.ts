/** Coins as the SDK prints them: `10uatom,25usei`, sorted by denom, none of them zero. */
import { Failure } from './failure.ts'

export interface Coin {
  denom: string
  amount: string
}

/** The largest amount a contract can hold (Uint128); the SDK itself goes to 256 bits. */
export const MAX_UINT128 = 2n ** 128n - 1n

/** SDK: types/coin.go, reDnmString and reDecAmt. */
const COIN = /^(\d+)([a-zA-Z][a-zA-Z0-9/:._-]{2,127})$/

/** @throws Failure code 10 when `text` is no list of coins */
export function parseCoins(text: string): Coin[] {
  if (text === '') return []
  return text.split(',').map((part) => {
    const match = COIN.exec(part.trim())
    if (!match) throw new Failure(10, `invalid decimal coin expression: ${part}: invalid coins`)
    return { amount: BigInt(match[1]!).toString(), denom: match[2]! }
  })
}

export function printCoins(coins: readonly Coin[]): string {
  return coins.map(({ amount, denom }) => amount + denom).join(',')
}

/** @throws Failure code 10 unless all are positive and sorted by denom without repetition, as the SDK demands */
export function checkCoins(coins: readonly Coin[]): void {
  const valid = coins.every(
    ({ denom, amount }, n) =>
      COIN.test(amount + denom) && !/^0+$/.test(amount) && (n === 0 || coins[n - 1]!.denom < denom),
  )
  if (!valid) throw new Failure(10, `${printCoins(coins)}: invalid coins`)
}
