/** The memory of joins over SQLite, inside the transaction of whoever asks. */
import type { DatabaseSync } from 'node:sqlite'
import type { JoinState } from '../events/app.ts'

export function joinState(database: DatabaseSync): JoinState {
  const get = database.prepare('SELECT fields FROM join_entity WHERE key = ?')
  const put = database.prepare('INSERT OR REPLACE INTO join_entity VALUES (?, ?)')
  const weight = database.prepare('SELECT weight FROM join_member WHERE key = ? AND account = ?')
  const weigh = database.prepare('INSERT OR REPLACE INTO join_member VALUES (?, ?, ?)')
  const remove = database.prepare('DELETE FROM join_member WHERE key = ? AND account = ?')
  const members = database.prepare('SELECT account FROM join_member WHERE key = ? ORDER BY account LIMIT ?')
  return {
    get: (key) => {
      const row = get.get(key) as { fields: string } | undefined
      return row && (JSON.parse(row.fields) as Record<string, string>)
    },
    put: (key, fields) => void put.run(key, JSON.stringify(fields)),
    weight: (key, account) => (weight.get(key, account) as { weight: string } | undefined)?.weight ?? '0',
    weigh: (key, account, value) => void (value === '0' ? remove.run(key, account) : weigh.run(key, account, value)),
    members: (key, limit) => members.all(key, limit).map(({ account }) => account as string),
  }
}
