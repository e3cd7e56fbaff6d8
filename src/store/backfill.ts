/**
 * Contracts that were configured later than others (D5). Until the log has their whole history their events are held as
 * records, those of new blocks too; then all of them enter the log in its order, so that joins find what came before,
 * and the log ends as if the contracts had been watched from the start. Each call stands inside the caller's transaction.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { DecodedBlock, DecodedRange, EventRecord, HistoryChanged, MissingHistory } from '../events/types.ts'
import type { Coverage } from './coverage.ts'
import { cutOf } from './retention.ts'

/** An event that is held, and the block it is of. */
export interface Held {
  record: EventRecord
  block: Pick<DecodedBlock, 'height' | 'time'>
}

const NOT_FETCHED = 'the log below was deleted (store.retain)'

export interface BackfillTable {
  /** Whether anything is held or missing. */
  readonly active: boolean
  /** Whether events of this contract are held. */
  holds(address: string): boolean
  hold(record: EventRecord, block: Held['block']): void
  /** The log begins at this height: there is no history before. */
  begin(height: number): void
  missing(checkpoint: number): MissingHistory[]
  /** Takes a backfill's blocks; those that are known already change nothing. */
  fill(range: DecodedRange, contracts: readonly string[], checkpoint: number): void
  /** Takes the first held events out, in the order of the log. */
  take(limit: number): Held[]
  /** Nothing is held any more, now that the log has come to `checkpoint`. */
  complete(checkpoint: number): HistoryChanged[]
  /** Leaves this height out of what is missing; false when it is not. */
  leaveOut(height: number, reason: string, checkpoint: number): boolean
  /** Reads again whose events are held: once a transaction that called {@link complete} is committed. */
  refresh(): void
}

interface HistoryRow {
  address: string
  from_height: number | null
  complete: number
}

export function backfillTable(
  database: DatabaseSync,
  contracts: readonly { name: string; address: string }[],
  coverage: Coverage,
): BackfillTable {
  const names = new Map(contracts.map(({ name, address }) => [address, name]))
  const all = database.prepare('SELECT address, from_height, complete FROM history')
  const enter = database.prepare('INSERT OR IGNORE INTO history VALUES (?, ?, ?)')
  const mark = database.prepare('UPDATE history SET complete = ? WHERE address = ?')
  const originate = database.prepare('UPDATE history SET from_height = coalesce(from_height, ?) WHERE address = ?')
  const hold = database.prepare('INSERT OR IGNORE INTO held VALUES (?, ?, ?, ?, ?, ?)')
  const heldOf = 'FROM held WHERE address IN (SELECT value FROM json_each(?))'
  const first = database.prepare(`SELECT height, tx, n, block_time, record ${heldOf} ORDER BY height, tx, n LIMIT ?`)
  const remove = database.prepare('DELETE FROM held WHERE height = ? AND tx = ? AND n = ?')
  const logStart = database.prepare('SELECT first_height AS height FROM log')
  const cut = cutOf(database)
  let incomplete = new Set<string>()

  const rows = (): HistoryRow[] => (all.all() as unknown as HistoryRow[]).filter(({ address }) => names.has(address))

  const refresh = (): void => {
    incomplete = new Set(rows().flatMap(({ address, complete }) => (complete ? [] : [address])))
  }

  const missingOf = (address: string, origin: number | null, checkpoint: number) =>
    coverage.missing(address, { from: origin ?? 1, to: checkpoint })

  /**
   * A contract is new to a log that has begun, or was not configured for a while. Where part of the log was deleted, its
   * history is left out: projections could not be rebuilt with it.
   */
  const look = (checkpoint: number): void => {
    if (checkpoint === 0) return
    const { height: deleted } = cut()
    for (const address of names.keys())
      enter.run(address, deleted ? Number(logStart.get()?.['height']) : null, deleted ? 1 : 0)
    for (const { address, from_height: origin } of rows()) {
      const lacking = missingOf(address, origin, checkpoint)
      if (deleted) for (const heights of lacking) coverage.leaveOut({ ...heights, reason: NOT_FETCHED }, address)
      else if (lacking.length) mark.run(0, address)
    }
  }
  look((database.prepare('SELECT height FROM log').get() as { height: number }).height)
  refresh()

  const holdBack = (record: EventRecord, { height, time }: Held['block']): void =>
    void hold.run(height, record.txIndex, record.eventIndex, record.contractAddress, time, JSON.stringify(record))

  const missing = (checkpoint: number): MissingHistory[] =>
    rows()
      .filter((row) => !row.complete)
      .map(({ address, from_height: origin }) => ({
        ...{ contract: names.get(address) ?? '', address, origin },
        heights: missingOf(address, origin, checkpoint),
        logStart: Number(logStart.get()?.['height']),
      }))
      .filter(({ origin, heights }) => origin === null || heights.length)

  return {
    get active() {
      return incomplete.size > 0
    },
    holds: (address) => incomplete.has(address),
    hold: holdBack,
    begin: (height) => {
      for (const address of names.keys()) enter.run(address, height, 1)
    },
    missing,
    fill: ({ blocks, gap }, addresses, checkpoint) => {
      const [start, end] = [blocks[0]?.height, blocks.at(-1)?.height]
      for (const address of addresses.filter((each) => incomplete.has(each))) {
        if (gap) coverage.leaveOut(gap, address)
        originate.run(gap?.from ?? start ?? coverage.first(address) ?? checkpoint + 1, address)
        if (start === undefined || end === undefined || coverage.covers(address, { from: start, to: end })) continue
        for (const block of blocks)
          for (const record of block.records) if (record.contractAddress === address) holdBack(record, block)
        coverage.cover(address, { from: start, to: end })
      }
    },
    take: (limit) => {
      const taken = first.all(JSON.stringify([...incomplete]), limit)
      for (const { height, tx, n } of taken as unknown as { height: number; tx: number; n: number }[])
        remove.run(height, tx, n)
      return taken.map((row) => ({
        record: JSON.parse(String(row['record'])) as EventRecord,
        block: { height: Number(row['height']), time: String(row['block_time']) },
      }))
    },
    complete: (checkpoint) =>
      rows()
        .filter((row) => !row.complete)
        .map(({ address, from_height: from }) => {
          mark.run(1, address)
          return { contract: names.get(address) ?? '', from: from ?? checkpoint, to: checkpoint }
        }),
    leaveOut: (height, reason, checkpoint) => {
      const lacking = missing(checkpoint).filter(({ heights }) =>
        heights.some(({ from, to }) => from <= height && height <= to),
      )
      for (const { address } of lacking) coverage.leaveOut({ from: height, to: height, reason }, address)
      return lacking.length > 0
    },
    refresh,
  }
}
