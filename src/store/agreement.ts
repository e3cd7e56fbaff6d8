/** Whether what the log's tables say of an event agrees: its text, its columns, whom it is routed to, what was indexed. */
import type { DatabaseSync } from 'node:sqlite'
import { kindOf } from '../events/kind.ts'
import { formatPosition } from '../events/position.ts'
import type { ChainEvent } from '../events/types.ts'

interface Row {
  height: number
  tx: number
  n: number
  kind: string
  type: string
  contract: string
  address: string
  tx_hash: string | null
  evm_hash: string | null
  text: string
  audience: string | null
}

/** What disagrees, in words, event by event in order; all of it as of one height. Nothing, in a sound log. */
export function* disagreements(database: DatabaseSync): Generator<string> {
  const events = database.prepare(
    'SELECT height, tx, n, kind, type, contract, address, tx_hash, evm_hash, text, audience FROM event ORDER BY height, tx, n',
  )
  const route = database.prepare('SELECT 1 FROM event_account WHERE account = ? AND height = ? AND tx = ? AND n = ?')
  database.exec('BEGIN')
  try {
    let routes = 0
    for (const each of events.iterate()) {
      const row = each as unknown as Row
      const { height, tx, n } = row
      const id = formatPosition({ height, txIndex: tx, eventIndex: n })
      const event = parse(row.text)
      if (!event) {
        yield `${id}: its text is no event`
        continue
      }
      const fields = differing(id, row, event)
      if (fields.length) yield `${id}: its text has another ${fields.join(', ')}`
      const audience = row.audience === null ? event.accounts : accountsOf(row.audience)
      if (!audience) yield `${id}: its audience cannot be read`
      for (const account of audience ?? [])
        if (route.get(account, height, tx, n)) routes += 1
        else yield `${id}: it is not routed to ${account}`
    }
    yield* counted(database, routes)
  } finally {
    database.exec('COMMIT')
  }
}

/** What is seen only of the tables as a whole. */
function* counted(database: DatabaseSync, routes: number): Generator<string> {
  const count = (what: string): number => Number(database.prepare(`SELECT count(*) AS n FROM ${what}`).get()?.['n'])
  const surplus = count('event_account') - routes
  if (surplus > 0) yield `${surplus} events are routed to accounts they do not concern`
  const uncovered = count(
    `event WHERE NOT EXISTS (
      SELECT 1 FROM coverage WHERE contract = event.address AND event.height BETWEEN from_height AND to_height)`,
  )
  if (uncovered) yield `${uncovered} events stand at heights that were never indexed of their contract`
  const held = Number(database.prepare('SELECT events FROM log').get()?.['events'])
  if (held !== count('event')) yield `the log counts ${held} events, but holds ${count('event')}`
  const above = count('event, log WHERE event.height > log.height')
  if (above) yield `${above} events stand above the checkpoint`
}

/** The fields of the text that its columns contradict. */
function differing(id: string, row: Row, event: ChainEvent): string[] {
  const pairs: Record<string, [said: unknown, stored: unknown]> = {
    id: [event.id, id],
    blockHeight: [event.blockHeight, row.height],
    type: [event.type, row.type],
    kind: [kindOf(event.type), row.kind],
    contract: [event.contract, row.contract],
    contractAddress: [event.contractAddress, row.address],
    txHash: [event.txHash, row.tx_hash],
    evmTxHash: [event.evmTxHash?.toLowerCase() ?? null, row.evm_hash],
  }
  return Object.entries(pairs).flatMap(([field, [said, stored]]) => (said === stored ? [] : [field]))
}

/** Undefined for a text that is damaged so far that nothing can be said of its fields. */
function parse(text: string): ChainEvent | undefined {
  try {
    const event = JSON.parse(text) as Partial<ChainEvent> | null
    const strings = [event?.type, event?.evmTxHash ?? '']
    return Array.isArray(event?.accounts) && strings.every((each) => typeof each === 'string')
      ? (event as ChainEvent)
      : undefined
  } catch {
    return undefined
  }
}

function accountsOf(audience: string): string[] | undefined {
  try {
    const accounts: unknown = JSON.parse(audience)
    return Array.isArray(accounts) ? accounts.map(String) : undefined
  } catch {
    return undefined
  }
}
