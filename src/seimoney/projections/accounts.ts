/** Accounts that events named: since when, until when, and how often. */
import type { OwnTables, Projection } from '../../events/app.ts'
import { hour } from './fields.ts'

export interface AccountRow {
  account: string
  /** Block times of the first and the last event that names it. */
  first_at: string
  last_at: string
  last_hour: number
  events: number
}

/**
 * `seen`: by hour of block time, how many accounts were seen in it for the first time, and for the last time so far:
 * the last ones of 24 hours are those that were active in them. `total`: one row.
 */
export const accounts: Projection = {
  version: 1,
  tables: {
    account: `account TEXT NOT NULL PRIMARY KEY, first_at TEXT NOT NULL, last_at TEXT NOT NULL,
      last_hour INTEGER NOT NULL, events INTEGER NOT NULL`,
    seen: 'hour INTEGER NOT NULL PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL',
    total: 'id INTEGER NOT NULL PRIMARY KEY, accounts INTEGER NOT NULL',
  },
  apply({ accounts, timestamp }, tables) {
    const now = hour(timestamp)
    for (const account of accounts) see(tables, account, timestamp, now)
  },
}

function see(tables: OwnTables, account: string, time: string, now: number): void {
  const known = tables.get<{ last_hour: number }>('SELECT last_hour FROM {account} WHERE account = ?', account)
  if (!known) {
    tables.run('INSERT INTO {account} VALUES (?, ?, ?, ?, 1)', account, time, time, now)
    tables.run('INSERT INTO {total} VALUES (1, 1) ON CONFLICT DO UPDATE SET accounts = accounts + 1')
    count(tables, now, { first: 1, last: 1 })
    return
  }
  tables.run(
    'UPDATE {account} SET last_at = ?, last_hour = ?, events = events + 1 WHERE account = ?',
    ...[time, now, account],
  )
  if (known.last_hour === now) return
  count(tables, known.last_hour, { first: 0, last: -1 })
  count(tables, now, { first: 0, last: 1 })
}

function count(tables: OwnTables, hour: number, { first, last }: { first: number; last: number }): void {
  tables.run(
    `INSERT INTO {seen} VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET first = first + excluded.first, last = last + excluded.last`,
    ...[hour, first, last],
  )
}
