/** Aliases: one name per account, and no name twice. */
import type { Projection } from '../../events/app.ts'
import { text } from './fields.ts'

export interface AliasRow {
  contract: string
  account: string
  username: string
  /** Block times of when the account took its first name, and this one. */
  created_at: string
  updated_at: string
}

export const aliases: Projection = {
  version: 1,
  tables: {
    alias: `contract TEXT NOT NULL, account TEXT NOT NULL, username TEXT NOT NULL,
      created_at TEXT NOT NULL, updated_at TEXT NOT NULL, PRIMARY KEY (contract, account)`,
  },
  indexes: { alias: ['username'] },
  apply(event, tables) {
    const { contractAddress: contract, timestamp, type } = event
    const [account, username] = [text(event, 'address'), text(event, 'username')]
    if (!account || username === undefined) return
    if (type === 'alias_unregistered')
      tables.run('DELETE FROM {alias} WHERE contract = ? AND account = ?', contract, account)
    else if (type === 'alias_registered' || type === 'alias_updated')
      tables.run(
        `INSERT INTO {alias} VALUES (?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET username = excluded.username, updated_at = excluded.updated_at`,
        ...[contract, account, username, timestamp, timestamp],
      )
  },
}
