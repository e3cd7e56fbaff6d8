/** From one transaction's events to records: which are ours, what the catalogue makes of them. */
import type { App, WasmEvent } from '../../events/app.ts'
import type { EventRecord } from '../../events/types.ts'
import { messageFacts } from './backing.ts'
import type { TxEvent } from './tx.ts'
import type { WatchedContract } from './types.ts'

/** What decides about records: fixed for the life of a decoder. */
export interface Watch {
  /** By address. */
  contracts: ReadonlyMap<string, WatchedContract>
  app: App
}

/** Where the events stand. */
export interface Origin {
  txIndex: number
  txHash: string | null
  evmTxHash: string | undefined
}

export function watch(contracts: readonly WatchedContract[], app: App): Watch {
  return { contracts: new Map(contracts.map((contract) => [contract.address, contract])), app }
}

/** The records of one transaction that succeeded, or of the block's own events. */
export function recordsOf(events: readonly TxEvent[], origin: Origin, { contracts, app }: Watch): EventRecord[] {
  const facts = new Map<number | null, ReturnType<typeof messageFacts>>()
  const records: EventRecord[] = []
  for (const event of events) {
    const contract = contractOf(event, contracts)
    if (!contract) continue
    const read = attributesOf(event)
    const message = facts.get(event.message) ?? messageFacts(events, event.message)
    facts.set(event.message, message)
    const wasm: WasmEvent = {
      ...{ contract: contract.name, contractAddress: contract.address, attributes: read.attributes },
      name: event.type === 'wasm' ? 'wasm' : event.type.slice('wasm-'.length),
    }
    const mapped = app.catalogue.map(wasm, message)
    if (!mapped) continue
    records.push({
      ...{ txIndex: origin.txIndex, eventIndex: event.index, type: mapped.type, contract: contract.name },
      ...{ contractAddress: contract.address, txHash: origin.txHash },
      ...(origin.evmTxHash ? { evmTxHash: origin.evmTxHash } : {}),
      ...{ data: mapped.data, accounts: mapped.accounts },
      ...(read.duplicates ? { duplicates: true as const } : {}),
    })
  }
  return records
}

/** The chain puts `_contract_address` first, and no contract can emit a key that begins with `_` (wasmd keeper/events.go). */
function contractOf({ type, attributes }: TxEvent, contracts: Watch['contracts']): WatchedContract | undefined {
  if (type !== 'wasm' && !type.startsWith('wasm-')) return undefined
  const [first] = attributes
  return first?.[0] === '_contract_address' ? contracts.get(first[1]) : undefined
}

/** Without what the chain added. Of a key that occurs twice the first value counts. No prototype: keys are the contract's. */
function attributesOf({ attributes }: TxEvent): { attributes: Record<string, string>; duplicates: boolean } {
  const own: Record<string, string> = Object.create(null) as Record<string, string>
  let duplicates = false
  const last = attributes.at(-1)?.[0] === 'msg_index' ? attributes.length - 1 : attributes.length
  for (const [key, value] of attributes.slice(1, last)) {
    if (key in own) duplicates = true
    else own[key] = value
  }
  return { attributes: own, duplicates }
}
