/** The SDK's x/bank as far as its events show it: balances, moves between them, and what is said about each. */

import { createHash } from 'node:crypto'
import type { Dialect } from '../../chain/decode/types.ts'
import { accountFromBytes } from '../../events/accounts.ts'
import type { Accounts } from './accounts.ts'
import { type Coin, printCoins } from './coins.ts'
import { Failure } from './failure.ts'
import { type Journal, Table } from './journal.ts'
import type { AppEvent } from './types.ts'

/** Denom → amount; denoms without coins are left out. A map, since a denom may be called `constructor`. */
type Holding = ReadonlyMap<string, bigint>

/** What a bank knows, as plain data. */
export interface BankSnapshot {
  balances: [address: string, coins: Record<string, string>][]
  wei: [address: string, wei: string][]
}

/** Denom of fees and of what is minted, on the recorded chains and here. */
export const NATIVE = 'usei'
/** Sei's EVM counts in 10^-12 usei (x/evm: one usei is 10^12 wei). */
export const WEI = 10n ** 12n

/** Who has which coins. */
export class Bank {
  readonly #dialect: Dialect
  readonly #accounts: Accounts
  readonly #balances: Table<Holding>
  /** Sei: what an account has beyond whole usei, in wei. */
  readonly #wei: Table<bigint>

  constructor(dialect: Dialect, accounts: Accounts, journal: Journal, snapshot: BankSnapshot) {
    this.#dialect = dialect
    this.#accounts = accounts
    const holdings = snapshot.balances.map(([address, coins]): [string, Holding] => [
      address,
      new Map(Object.entries(coins).map(([denom, amount]) => [denom, BigInt(amount)])),
    ])
    this.#balances = new Table(journal, holdings)
    this.#wei = new Table(
      journal,
      snapshot.wei.map(([address, wei]): [string, bigint] => [address, BigInt(wei)]),
    )
  }

  balance(address: string, denom: string): bigint {
    return this.#balances.get(address)?.get(denom) ?? 0n
  }

  /** All coins of an account, by denom. */
  balances(address: string): Coin[] {
    return coinsOf(this.#balances.get(address) ?? new Map())
  }

  /** All coins there are, by denom; wei beyond whole usei are no coins. */
  supply(): Coin[] {
    const total = new Map<string, bigint>()
    for (const [, holding] of this.#balances.entries()) {
      for (const [denom, amount] of holding) total.set(denom, (total.get(denom) ?? 0n) + amount)
    }
    return coinsOf(total)
  }

  /**
   * Moves coins and says so in `events`, without the SDK's trailing `message`, which contracts' moves lack.
   * @throws Failure code 5 when there are too few
   */
  move(from: string, to: string, coins: readonly Coin[], events: AppEvent[]): void {
    this.spend(from, coins, events)
    this.receive(to, coins, events)
    const amount = printCoins(coins)
    events.push({
      type: 'transfer',
      attributes: [
        ['recipient', to],
        ['sender', from],
        ['amount', amount],
      ],
    })
  }

  /** {@link move} and the `message` that the SDK's SendCoins adds. */
  send(from: string, to: string, coins: readonly Coin[], events: AppEvent[]): void {
    this.move(from, to, coins, events)
    events.push({ type: 'message', attributes: [['sender', from]] })
  }

  /** Takes coins out of an account; somebody must receive them. @throws Failure code 5 when there are too few */
  spend(from: string, coins: readonly Coin[], events: AppEvent[]): void {
    for (const { denom, amount } of coins) this.#take(from, denom, BigInt(amount))
    events.push({
      type: 'coin_spent',
      attributes: [
        ['spender', from],
        ['amount', printCoins(coins)],
      ],
    })
  }

  /** Puts coins, taken from somebody or new, into an account. */
  receive(to: string, coins: readonly Coin[], events: AppEvent[]): void {
    for (const { denom, amount } of coins) this.#change(to, denom, this.balance(to, denom) + BigInt(amount))
    events.push({
      type: 'coin_received',
      attributes: [
        ['receiver', to],
        ['amount', printCoins(coins)],
      ],
    })
  }

  /** What an account has in wei, its usei among them. */
  wei(address: string): bigint {
    return this.balance(address, NATIVE) * WEI + (this.#wei.get(address) ?? 0n)
  }

  /** Changes what an account has in wei. @throws Failure code 5 when it has too little */
  addWei(address: string, wei: bigint): void {
    const total = this.wei(address) + wei
    if (total < 0n) throw new Failure(5, `${this.wei(address)}wei is smaller than ${-wei}wei: insufficient funds`)
    if (total / WEI !== this.balance(address, NATIVE)) this.#change(address, NATIVE, total / WEI)
    if (total % WEI) this.#wei.set(address, total % WEI)
    else this.#wei.delete(address)
  }

  snapshot(): BankSnapshot {
    return {
      balances: this.#balances
        .entries()
        .map(([address, holding]) => [
          address,
          Object.fromEntries([...holding].map(([denom, amount]) => [denom, amount.toString()])),
        ]),
      wei: this.#wei.entries().map(([address, wei]) => [address, wei.toString()]),
    }
  }

  #take(from: string, denom: string, amount: bigint): void {
    const balance = this.balance(from, denom)
    if (balance < amount) {
      const lack = `${balance}${denom} is smaller than ${amount}${denom}: insufficient funds`
      throw new Failure(5, this.#dialect === 'plain' ? `spendable balance ${lack}` : lack)
    }
    this.#change(from, denom, balance - amount)
  }

  #change(address: string, denom: string, amount: bigint): void {
    const holding = new Map(this.#balances.get(address))
    if (amount === 0n) holding.delete(denom)
    else holding.set(denom, amount)
    this.#balances.set(address, holding)
    this.#accounts.ensure(address)
  }
}

/** Address of a module's account (SDK: x/auth/types, NewModuleAddress). */
export function moduleAddress(name: string, prefix: string): string {
  return accountFromBytes(createHash('sha256').update(name).digest().subarray(0, 20), prefix)
}

function coinsOf(holding: Holding): Coin[] {
  return [...holding]
    .map(([denom, amount]) => ({ denom, amount: amount.toString() }))
    .sort((a, b) => (a.denom < b.denom ? -1 : 1))
}
