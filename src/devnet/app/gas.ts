/** Gas: round numbers near the recorded ones, the same for the same transaction. A real node meters every read and write. */
import { Failure } from './failure.ts'

/** What things cost; bytes of a transaction as in the SDK's TxSizeCostPerByte, the rest near what was recorded. */
export const GAS = {
  ante: 30_000,
  txByte: 10,
  bankSend: 18_000,
  /** Loading a contract's code, and each later message of the same transaction. */
  load: 75_000,
  run: 15_000,
  instantiate: 30_000,
  event: 5_000,
  valueByte: 20,
} as const

/** A transaction's meter. */
export class GasMeter {
  readonly wanted: number
  #used = 0

  constructor(wanted: number) {
    this.wanted = wanted
  }

  get used(): number {
    return this.#used
  }

  /** @throws Failure code 11 above what the transaction wants to pay for */
  use(gas: number, location: string): void {
    this.#used += gas
    if (this.#used <= this.wanted) return
    throw new Failure(
      11,
      `out of gas in location: ${location}; gasWanted: ${this.wanted}, gasUsed: ${this.#used}: out of gas`,
    )
  }
}
