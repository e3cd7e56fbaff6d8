/** Writing events: joined with what the log said before, encoded, and routed. */
import type { DatabaseSync } from 'node:sqlite'
import type { Catalogue } from '../events/app.ts'
import { kindOf } from '../events/kind.ts'
import type { CommittedEvent, DecodedBlock, EventRecord } from '../events/types.ts'
import type { Logged } from './declared.ts'
import { encode, naming } from './encode.ts'
import { ownTables } from './fold.ts'
import { JOINS, joinState } from './joins.ts'

/** How far a block was verified before it came here: 1 = it names its predecessor's hash. */
const LEVEL_LINKED = 1

/** An event that is in the log now. */
export interface Inserted extends Logged {
  committed: CommittedEvent
}

/** Inserts a record into the log, inside the caller's transaction. */
export type InsertEvent = (
  record: EventRecord,
  block: Pick<DecodedBlock, 'height' | 'time'>,
  chainId: string,
) => Inserted

export function eventInserter(database: DatabaseSync, catalogue: Catalogue): InsertEvent {
  const insertEvent = database.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const insertAccount = database.prepare('INSERT OR IGNORE INTO event_account VALUES (?, ?, ?, ?)')
  const insertCrowd = database.prepare('INSERT OR IGNORE INTO crowd VALUES (?)')
  const joins = joinState(ownTables(database, (table) => `${JOINS}.${table}`))
  return (given, block, chainId) => {
    const record = { ...given, accounts: naming(given.accounts) } // joins see what a replay of the log can show them
    const joined = catalogue.join(record, joins)
    const { event, committed, joined: part } = encode(record, joined, block, chainId)
    const { height, txIndex, eventIndex, type, contract, text, audience, crowd } = committed
    insertEvent.run(
      ...[height, txIndex, eventIndex, kindOf(type), type, contract, record.contractAddress, record.txHash],
      ...[record.evmTxHash?.toLowerCase() ?? null, LEVEL_LINKED, text],
      ...[joined.audience.length ? JSON.stringify(audience) : null, part.fields, part.accounts, crowd ?? null],
    )
    if (crowd !== undefined) insertCrowd.run(crowd)
    for (const account of audience) insertAccount.run(account, height, txIndex, eventIndex)
    return { event, committed, record: () => record }
  }
}
