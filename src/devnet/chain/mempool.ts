/** Transactions that wait for the next block. */
import type { Application, Call } from '../app/types.ts'
import type { Mempool } from '../node/source.ts'
import { sha256 } from './merkle.ts'

export class Pool implements Mempool {
  readonly #app: Application
  readonly #waiting = new Map<string, Uint8Array>()
  #next = Promise.withResolvers<void>()

  constructor(app: Application) {
    this.#app = app
  }

  get waiting(): readonly Uint8Array[] {
    return [...this.#waiting.values()]
  }

  encode(call: Call): Uint8Array {
    return this.#app.encode(call)
  }

  check(tx: Uint8Array): ReturnType<Mempool['check']> {
    return this.#app.check(tx)
  }

  add(tx: Uint8Array): boolean {
    const key = sha256(tx).toString('base64')
    if (this.#waiting.has(key)) return false
    this.#waiting.set(key, tx)
    return true
  }

  /** Empties it into a block. */
  take(): Uint8Array[] {
    const txs = [...this.#waiting.values()]
    this.#waiting.clear()
    return txs
  }

  nextBlock(): Promise<void> {
    return this.#next.promise
  }

  /** Tells those who wait that a block is served. */
  served(): void {
    this.#next.resolve()
    this.#next = Promise.withResolvers()
  }
}
