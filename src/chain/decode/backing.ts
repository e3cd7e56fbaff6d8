/** Facts of a message beyond one event: who sent it, and which bank transfers of it cover what an event claims. */
import type { MessageFacts } from '../../events/app.ts'
import type { TxEvent } from './tx.ts'

interface Cover {
  contract: string
  /** What nobody took yet, by denom. */
  coins: Map<string, bigint>
}

const COIN = /^(\d{1,60})([a-zA-Z][\w/:.-]*)$/

/** The facts of message `message` of a transaction; what one event took as cover is gone for the next. */
export function messageFacts(events: readonly TxEvent[], message: number | null): MessageFacts {
  const mine = events.filter((event) => event.message === message)
  let covers: Cover[] | undefined
  return {
    sender: senderOf(mine),
    takeCover: (contract, amount, denom) => {
      covers ??= readCovers(mine)
      if (!/^\d{1,60}$/.test(amount)) return false
      const wanted = BigInt(amount)
      const cover = covers.find((each) => each.contract === contract && (each.coins.get(denom) ?? 0n) >= wanted)
      if (!cover) return false
      cover.coins.set(denom, (cover.coins.get(denom) ?? 0n) - wanted)
      return true
    },
  }
}

/** `message.sender` of the wasm module; of any module where that one says nothing. */
function senderOf(events: readonly TxEvent[]): string | null {
  const messages = events.filter(({ type }) => type === 'message')
  const wasm = messages.find((event) => value(event, 'module') === 'wasm' && value(event, 'sender'))
  return value(wasm ?? messages.find((event) => value(event, 'sender')), 'sender') ?? null
}

/** Bank transfers by recipient; where the chain emits no `transfer`, what was received. Never both: they are one payment. */
function readCovers(events: readonly TxEvent[]): Cover[] {
  const transfers = coversOf(events, 'transfer', 'recipient')
  return transfers.length ? transfers : coversOf(events, 'coin_received', 'receiver')
}

function coversOf(events: readonly TxEvent[], type: string, key: string): Cover[] {
  return events
    .filter((event) => event.type === type)
    .flatMap((event) => {
      const contract = value(event, key)
      return contract === undefined ? [] : [{ contract, coins: readCoins(value(event, 'amount') ?? '') }]
    })
}

/** `60usei,5uatom` as amounts by denom. */
function readCoins(list: string): Map<string, bigint> {
  const coins = new Map<string, bigint>()
  for (const coin of list.split(',')) {
    const [, amount, denom] = COIN.exec(coin) ?? []
    if (amount !== undefined && denom !== undefined) coins.set(denom, (coins.get(denom) ?? 0n) + BigInt(amount))
  }
  return coins
}

function value(event: TxEvent | undefined, key: string): string | undefined {
  return event?.attributes.find(([name]) => name === key)?.[1]
}
