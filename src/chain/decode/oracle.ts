/**
 * The reference: decodes whole answers by JSON.parse, the simplest way that is right. The fast path must equal it, block
 * for block; it therefore shares nothing with it but the types.
 */
import { createHash } from 'node:crypto'
import type { App, MessageFacts } from '../../events/app.ts'
import { BLOCK_TX_INDEX } from '../../events/position.ts'
import type { DecodedBlock, EventRecord } from '../../events/types.ts'
import type { Dialect, WatchedContract } from './types.ts'

interface RawEvent {
  type: string
  attributes?: { key: string; value?: string | null }[] | null
}

interface Results {
  txs_results: { code?: number; events?: RawEvent[] | null; evm_tx_info?: { txHash?: string } }[] | null
  finalize_block_events?: RawEvent[] | null
}

interface Block {
  block_id: { hash: string }
  block: {
    header: { height: string; time: string; last_block_id?: { hash: string } | null }
    data: { txs: string[] | null }
  }
}

/** What to decode for. The dialect is given, not guessed. */
export interface OracleOptions {
  contracts: readonly WatchedContract[]
  app: App
  dialect: Dialect
}

/**
 * Decodes one height from the `block_results` and `block` answers, in envelopes or bare.
 * @throws whatever JSON.parse and missing fields throw: it trusts the shape of its input.
 */
export function decodeWhole(blockResults: string, block: string, options: OracleOptions): DecodedBlock {
  const { txs_results, finalize_block_events } = resultOf<Results>(blockResults)
  const facts = resultOf<Block>(block)
  const { height, time, last_block_id } = facts.block.header
  const txs = facts.block.data.txs ?? []
  const records = (txs_results ?? []).flatMap(({ code, events, evm_tx_info }, txIndex) => {
    if (code) return []
    const txHash = createHash('sha256')
      .update(Buffer.from(txs[txIndex] ?? '', 'base64'))
      .digest('hex')
      .toUpperCase()
    const evm = evm_tx_info?.txHash ? { evmTxHash: evm_tx_info.txHash } : {}
    return decodeEvents(events ?? [], options).map((record) => ({ txIndex, txHash, ...evm, ...record }))
  })
  const ofBlock = decodeEvents(finalize_block_events ?? [], options)
  return {
    height: Number(height),
    hash: facts.block_id.hash.toUpperCase(),
    parentHash: (last_block_id?.hash ?? '').toUpperCase(),
    time,
    records: [...records, ...ofBlock.map((record) => ({ txIndex: BLOCK_TX_INDEX, txHash: null, ...record }))],
  }
}

function resultOf<T>(answer: string): T {
  const parsed = JSON.parse(answer) as { result?: T }
  return parsed.result ?? (parsed as T)
}

/** An event in plain text; which message it is of, -1 for none. */
interface Plain {
  type: string
  pairs: [string, string][]
  message: number
}

function decodeEvents(
  raw: readonly RawEvent[],
  { contracts, app, dialect }: OracleOptions,
): Omit<EventRecord, 'txIndex' | 'txHash'>[] {
  const events = plainEvents(raw, dialect)
  const taken = new Set<string>()
  return events.flatMap(({ type, pairs, message }, eventIndex) => {
    const contract = contracts.find(({ address }) => pairs[0]?.[0] === '_contract_address' && pairs[0][1] === address)
    if (!contract || !/^wasm(-|$)/.test(type)) return []
    const numbered = dialect === 'plain' && message >= 0
    const own = numbered ? pairs.slice(1, -1) : pairs.slice(1)
    const kept = new Map<string, string>()
    for (const [key, value] of own) if (!kept.has(key) && key !== '_contract_address') kept.set(key, value)
    const attributes = ownProperties(kept)
    const wasm = {
      contract: contract.name,
      contractAddress: contract.address,
      name: type.replace(/^wasm-/, ''),
      attributes,
    }
    const mapped = app.catalogue.map(wasm, factsOf(events, eventIndex, message, taken))
    if (!mapped) return []
    const duplicates = kept.size < own.length ? { duplicates: true as const } : {}
    return [{ eventIndex, contract: contract.name, contractAddress: contract.address, ...mapped, ...duplicates }]
  })
}

/** A contract may name a key `__proto__`. */
function ownProperties(pairs: Map<string, string>): Record<string, string> {
  const object = Object.create(null) as Record<string, string>
  for (const [key, value] of pairs)
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
  return object
}

function plainEvents(raw: readonly RawEvent[], dialect: Dialect): Plain[] {
  const read = (text: string | null | undefined): string =>
    dialect === 'plain' ? (text ?? '') : Buffer.from(text ?? '', 'base64').toString('utf8')
  let actions = 0
  return raw.map(({ type, attributes }) => {
    const pairs = (attributes ?? []).map(({ key, value }): [string, string] => [read(key), read(value)])
    if (type === 'message' && pairs.some(([key]) => key === 'action')) actions += 1
    const last = pairs.at(-1)
    const written = last?.[0] === 'msg_index' && /^\d{1,9}$/.test(last[1]) ? Number(last[1]) : -1
    return { type, pairs, message: dialect === 'plain' ? written : actions - 1 }
  })
}

function factsOf(events: readonly Plain[], index: number, message: number, taken: Set<string>): MessageFacts {
  const mine = events.map((event, at) => ({ ...event, at })).filter((event) => event.message === message)
  const first = (pairs: [string, string][], key: string): string | undefined =>
    pairs.find(([name]) => name === key)?.[1]
  const executed = mine.find(({ type, pairs }) => type === 'message' && first(pairs, 'module') === 'wasm')
  return {
    sender: (executed && first(executed.pairs, 'sender')) ?? null,
    takeCover(contract, amount, denom) {
      if (!/^\d{1,39}$/.test(amount)) return false
      const hasTransfers = mine.some(({ type, pairs }) => type === 'transfer' && first(pairs, 'recipient') === contract)
      const [wantedType, recipient] = hasTransfers ? ['transfer', 'recipient'] : ['coin_received', 'receiver']
      for (const { type, pairs, at } of mine.toReversed()) {
        if (at >= index || type !== wantedType || first(pairs, recipient as string) !== contract) continue
        for (const [nth, coin] of [...(first(pairs, 'amount') ?? '').split(',').entries()].toReversed()) {
          const covers = coin.replace(/^\d+/, '') === denom && BigInt(/^\d+/.exec(coin)?.[0] ?? -1) >= BigInt(amount)
          if (!covers || taken.has(`${at}/${nth}`)) continue
          taken.add(`${at}/${nth}`)
          return true
        }
      }
      return false
    },
  }
}
