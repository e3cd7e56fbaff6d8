/** From one transaction's events to records: which are ours, what the catalogue makes of them. */
import type { App, WasmEvent } from '../../events/app.ts'
import type { EventRecord } from '../../events/types.ts'
import type { Attribute } from './attributes.ts'
import { Message } from './backing.ts'
import type { TxEvent } from './tx.ts'
import type { WatchedContract } from './types.ts'

/** What decides about records: fixed for the life of a decoder. */
export interface Watch {
  contracts: ReadonlyMap<string, WatchedContract>
  app: App
}

/** Where the events stand. */
export interface Origin {
  txIndex: number
  txHash: string | null
  evmTxHash: string | undefined
}

/** Prepares {@link Watch}: contracts by address. */
export function watch(contracts: readonly WatchedContract[], app: App): Watch {
  return { contracts: new Map(contracts.map((contract) => [contract.address, contract])), app }
}

/** The records of one transaction that succeeded, or of the block's own events. */
export function recordsOf(
  events: readonly TxEvent[],
  { txIndex, txHash, evmTxHash }: Origin,
  { contracts, app }: Watch,
): EventRecord[] {
  const messages = new Map<number | null, Message>()
  const records: EventRecord[] = []
  for (const event of events) {
    const contract = contractOf(event, contracts)
    if (!contract) continue
    const message = messages.get(event.message) ?? new Message(events, event.message)
    messages.set(event.message, message)
    const { attributes, duplicates } = attributesOf(event)
    const wasm: WasmEvent = {
      contract: contract.name,
      contractAddress: contract.address,
      name: nameOf(event),
      attributes,
    }
    const mapped = app.catalogue.map(wasm, message.factsFor(event.index))
    if (!mapped) continue
    records.push({
      txIndex,
      eventIndex: event.index,
      type: mapped.type,
      contract: contract.name,
      contractAddress: contract.address,
      txHash,
      ...(evmTxHash ? { evmTxHash } : {}),
      data: mapped.data,
      accounts: mapped.accounts,
      ...(duplicates ? { duplicates } : {}),
    })
  }
  return records
}

const CUSTOM = 'wasm-'

function nameOf({ type }: TxEvent): string {
  return type.startsWith(CUSTOM) ? type.slice(CUSTOM.length) : type
}

/** The chain puts `_contract_address` first, and no contract can emit a key that begins with `_` (wasmd keeper/events.go). */
function contractOf(event: TxEvent, contracts: Watch['contracts']): WatchedContract | undefined {
  if (event.type !== 'wasm' && !event.type.startsWith(CUSTOM)) return undefined
  const first = event.attributes.first()
  return first?.[0] === '_contract_address' ? contracts.get(first[1]) : undefined
}

/** Without what the chain added. Of a key that occurs twice the first value counts. No prototype: the keys are the contract's. */
function attributesOf(event: TxEvent): { attributes: Record<string, string>; duplicates: true | undefined } {
  const attributes = Object.create(null) as Record<string, string>
  let duplicates: true | undefined
  for (const [key, value] of ownOf(event)) {
    if (key in attributes || key === '_contract_address') duplicates = true
    else attributes[key] = value
  }
  return { attributes, duplicates }
}

/** `_contract_address` is first; where the chain numbers messages, `msg_index` is last. */
function ownOf({ attributes, message }: TxEvent): readonly Attribute[] {
  const isNumbered = attributes.dialect === 'plain' && message !== null
  return attributes.decoded().slice(1, isNumbered ? -1 : undefined)
}
