/** Facts of a message beyond one event: who sent it, and whether the bank moved what an event claims. */
import type { MessageFacts } from '../../events/app.ts'
import type { TxEvent } from './tx.ts'

/** One coin of one bank transfer. */
interface Payment {
  /** Index of the bank event. */
  index: number
  recipient: string
  denom: string
  amount: bigint
}

/** `60usei`; amounts reach 2^128 − 1, 39 digits. */
const COIN = /^(\d{1,39})([a-zA-Z][\w/:.-]{0,127})$/
const AMOUNT = /^\d{1,39}$/

/** The facts of one message of a transaction. */
export class Message {
  readonly #events: readonly TxEvent[]
  #sender: string | null | undefined
  #payments: Payment[] | undefined

  constructor(events: readonly TxEvent[], message: number | null) {
    this.#events = events.filter((event) => event.message === message)
  }

  /** What the event at `index` may know. A payment that it takes as cover is gone for all others. */
  factsFor(index: number): MessageFacts {
    return new FactsFor(this, index)
  }

  /** Who executed: the sender that the wasm module names. Of calls that contracts make in turn there may be more; the first counts. */
  get sender(): string | null {
    this.#sender ??=
      this.#events
        .find((event) => event.type === 'message' && event.attributes.value('module') === 'wasm')
        ?.attributes.value('sender') ?? null
    return this.#sender
  }

  /** The funds of a call move before it runs: the latest payment before the event that covers it, whole and once. */
  take(recipient: string, amount: string, denom: string, index: number): boolean {
    if (!AMOUNT.test(amount)) return false
    this.#payments ??= paymentsOf(this.#events)
    const wanted = BigInt(amount)
    const at = this.#payments.findLastIndex(
      (paid) => paid.index < index && paid.recipient === recipient && paid.denom === denom && paid.amount >= wanted,
    )
    if (at < 0) return false
    this.#payments.splice(at, 1)
    return true
  }
}

/**
 * A class, and its methods on the prototype: of a literal with a getter, and of a function that a constructor assigns, V8
 * makes something old at once, which keeps all that it sees until the next full collection: each transaction's text.
 */
class FactsFor implements MessageFacts {
  readonly #message: Message
  readonly #index: number

  constructor(message: Message, index: number) {
    this.#message = message
    this.#index = index
  }

  get sender(): string | null {
    return this.#message.sender
  }

  takeCover(contract: string, amount: string, denom: string): boolean {
    return this.#message.take(contract, amount, denom, this.#index)
  }
}

/** Bank transfers; for a recipient that no transfer names, what it received. Never both: they tell of one payment. */
function paymentsOf(events: readonly TxEvent[]): Payment[] {
  const transfers = events.filter(({ type }) => type === 'transfer')
  const named = new Set(transfers.map((event) => event.attributes.value('recipient')))
  const received = events.filter(
    (event) => event.type === 'coin_received' && !named.has(event.attributes.value('receiver')),
  )
  return [
    ...transfers.flatMap((event) => coinsOf(event, 'recipient')),
    ...received.flatMap((event) => coinsOf(event, 'receiver')),
  ]
}

/** The amount of a bank event is a list: `60usei,5uatom`. */
function coinsOf(event: TxEvent, key: 'recipient' | 'receiver'): Payment[] {
  const recipient = event.attributes.value(key)
  const coins = (event.attributes.value('amount') ?? '').split(',').map((coin) => COIN.exec(coin))
  return coins.flatMap((coin) =>
    coin?.[1] && coin[2] && recipient
      ? [{ index: event.index, recipient, denom: coin[2], amount: BigInt(coin[1]) }]
      : [],
  )
}
