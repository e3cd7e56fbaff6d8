/** From a record and what was joined to it to the event as it is stored and sent: encoded here, once; and back. */
import type { Joined } from '../events/app.ts'
import { formatPosition, type Position } from '../events/position.ts'
import type { ChainEvent, CommittedEvent, DecodedBlock, EventRecord, EventValue } from '../events/types.ts'

/** Accounts an event may name. */
const MAX_ACCOUNTS = 16
/** Accounts an event may be routed to. A group's members are unbounded, and joining it may cost nothing (D13). */
export const MAX_AUDIENCE = 1_000

/** How many of an event's last fields and accounts its record did not have. */
export interface JoinedPart {
  fields: number
  accounts: number
}

/** An event as it is, as it is stored, and what of it was joined. */
export interface Encoded {
  event: ChainEvent
  committed: CommittedEvent
  joined: JoinedPart
}

/** `record` has its accounts as {@link naming} leaves them. */
export function encode(
  record: EventRecord,
  joined: Joined,
  block: Pick<DecodedBlock, 'height' | 'time'>,
  chainId: string,
): Encoded {
  const accounts = naming([...record.accounts, ...joined.accounts])
  const added = Object.entries(joined.data).filter(([field]) => !Object.hasOwn(record.data, field))
  const event: ChainEvent = {
    id: formatPosition({ height: block.height, txIndex: record.txIndex, eventIndex: record.eventIndex }),
    type: record.type,
    contract: record.contract,
    contractAddress: record.contractAddress,
    chainId,
    blockHeight: block.height,
    txHash: record.txHash,
    ...(record.evmTxHash === undefined ? {} : { evmTxHash: record.evmTxHash }),
    timestamp: block.time,
    data: { ...record.data, ...Object.fromEntries(added) },
    accounts,
    ...(joined.incomplete ? { incomplete: true } : {}),
    ...(record.duplicates ? { duplicates: true } : {}),
    processed: true,
  }
  const audience = new Set([...accounts, ...joined.audience])
  return {
    event,
    committed: {
      ...{ id: event.id, height: block.height, txIndex: record.txIndex, eventIndex: record.eventIndex },
      ...{ type: record.type, contract: record.contract, text: JSON.stringify(event) },
      audience: [...audience].slice(0, MAX_AUDIENCE),
      ...(joined.crowd !== undefined && audience.size >= MAX_AUDIENCE ? { crowd: joined.crowd } : {}),
    },
    joined: { fields: added.length, accounts: accounts.length - record.accounts.length },
  }
}

/** Accounts as an event names them: without repetition, and not too many. */
export function naming(accounts: readonly string[]): string[] {
  return [...new Set(accounts)].slice(0, MAX_ACCOUNTS)
}

/** The record that became `event`. */
export function recordOf(event: ChainEvent, { txIndex, eventIndex }: Position, joined: JoinedPart): EventRecord {
  const fields = Object.entries(event.data)
  const data = Object.create(null) as Record<string, EventValue>
  for (const [field, value] of fields.slice(0, fields.length - joined.fields)) data[field] = value
  return {
    ...{ txIndex, eventIndex, type: event.type, contract: event.contract, contractAddress: event.contractAddress },
    txHash: event.txHash,
    ...(event.evmTxHash === undefined ? {} : { evmTxHash: event.evmTxHash }),
    ...{ data, accounts: event.accounts.slice(0, event.accounts.length - joined.accounts) },
    ...(event.duplicates ? { duplicates: true } : {}),
  }
}
