/** From a record and what was joined to it to the event as it is stored and sent: encoded here, once. */
import type { Joined } from '../events/app.ts'
import { formatPosition } from '../events/position.ts'
import type { ChainEvent, CommittedEvent, DecodedBlock, EventRecord } from '../events/types.ts'

/** Accounts an event may name. */
const MAX_ACCOUNTS = 16
/** Accounts an event may be routed to. A group's members are unbounded, and joining it may cost nothing (D13). */
export const MAX_AUDIENCE = 1_000

export function encode(
  record: EventRecord,
  joined: Joined,
  block: Pick<DecodedBlock, 'height' | 'time'>,
  chainId: string,
): CommittedEvent {
  const accounts = [...new Set([...record.accounts, ...joined.accounts])].slice(0, MAX_ACCOUNTS)
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
    data: { ...record.data, ...joined.data },
    accounts,
    ...(joined.incomplete ? { incomplete: true } : {}),
    ...(record.duplicates ? { duplicates: true } : {}),
    processed: true,
  }
  return {
    ...{ id: event.id, height: block.height, txIndex: record.txIndex, eventIndex: record.eventIndex },
    ...{ type: record.type, contract: record.contract, text: JSON.stringify(event) },
    audience: [...new Set([...accounts, ...joined.audience])].slice(0, MAX_AUDIENCE),
  }
}
