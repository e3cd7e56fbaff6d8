/** Accounts: who has signed how many transactions. */
import { Failure } from './failure.ts'
import { type Journal, Table } from './journal.ts'

/** What is known of an account besides its coins. */
export interface Account {
  /** In the order of their making. */
  number: number
  /** Transactions signed so far. */
  sequence: number
  /** Sei: transactions through the EVM, which count on their own. */
  nonce: number
}

/** Accounts of a chain: of each that ever had coins, and of each contract. */
export class Accounts {
  readonly #accounts: Table<Account>
  /** The next sequence (or nonce) of those who have transactions waiting for the next block. */
  readonly #waiting = new Map<string, number>()

  constructor(journal: Journal, snapshot: readonly [address: string, account: Account][]) {
    this.#accounts = new Table(journal, snapshot)
  }

  get(address: string): Account | undefined {
    return this.#accounts.get(address)
  }

  /** Makes the account unless there is one. */
  ensure(address: string): void {
    if (this.#accounts.get(address)) return
    this.#accounts.set(address, { number: this.#accounts.size, sequence: 0, nonce: 0 })
  }

  /**
   * Counts a transaction of the account.
   * @throws Failure code 9 when there is no account, 32 when `sequence` is not its next
   */
  count(address: string, sequence: number, kind: 'sequence' | 'nonce' = 'sequence'): void {
    const account = this.#existing(address)
    if (account[kind] !== sequence) throw mismatch(account[kind], sequence)
    this.#accounts.set(address, { ...account, [kind]: sequence + 1 })
  }

  /** {@link count} for a transaction that is to wait: those who wait already count too. @throws Failure as count */
  wait(address: string, sequence: number, kind: 'sequence' | 'nonce' = 'sequence'): void {
    const [from, next] = [this.#existing(address)[kind], this.next(address, kind)]
    if (sequence < from || sequence > next) throw mismatch(next, sequence)
    this.#waiting.set(`${kind} ${address}`, Math.max(next, sequence + 1))
  }

  /** The next sequence, counting those who wait. */
  next(address: string, kind: 'sequence' | 'nonce' = 'sequence'): number {
    return this.#waiting.get(`${kind} ${address}`) ?? this.get(address)?.[kind] ?? 0
  }

  /** A block is made: nobody waits any more. */
  forgetWaiting(): void {
    this.#waiting.clear()
  }

  snapshot(): [address: string, account: Account][] {
    return this.#accounts.entries()
  }

  #existing(address: string): Account {
    const account = this.get(address)
    if (!account) throw new Failure(9, `account ${address} not found: unknown address`)
    return account
  }
}

function mismatch(expected: number, got: number): Failure {
  return new Failure(32, `account sequence mismatch, expected ${expected}, got ${got}: incorrect account sequence`)
}
