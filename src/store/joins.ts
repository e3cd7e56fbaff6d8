/** The memory of joins over SQLite, inside the transaction of whoever asks. It is a projection of the house's own. */
import type { JoinState, OwnTables, Projection } from '../events/app.ts'

/** The name of its projection, which no app may use. */
export const JOINS = 'joins'

/** Its tables. They are filled while events are joined, and by a replay when history has changed. */
export const JOIN_TABLES: Omit<Projection, 'apply'> = {
  version: 1,
  tables: {
    entity: 'key TEXT PRIMARY KEY, fields TEXT NOT NULL',
    member: 'key TEXT NOT NULL, account TEXT NOT NULL, weight TEXT NOT NULL, PRIMARY KEY (key, account)',
  },
}

/** The memory in these tables. */
export function joinState(tables: OwnTables): JoinState {
  const weight = 'SELECT weight FROM {member} WHERE key = ? AND account = ?'
  const remove = 'DELETE FROM {member} WHERE key = ? AND account = ?'
  const weigh = 'INSERT OR REPLACE INTO {member} VALUES (?, ?, ?)'
  const members = 'SELECT account FROM {member} WHERE key = ? ORDER BY account LIMIT ?'
  return {
    get: (key) => {
      const row = tables.get<{ fields: string }>('SELECT fields FROM {entity} WHERE key = ?', key)
      return row && (JSON.parse(row.fields) as Record<string, string>)
    },
    put: (key, fields) => tables.run('INSERT OR REPLACE INTO {entity} VALUES (?, ?)', key, JSON.stringify(fields)),
    weight: (key, account) => tables.get<{ weight: string }>(weight, key, account)?.weight ?? '0',
    weigh: (key, account, value) =>
      value === '0' ? tables.run(remove, key, account) : tables.run(weigh, key, account, value),
    members: (key, limit) => tables.all<{ account: string }>(members, key, limit).map(({ account }) => account),
  }
}
