/** Reading projections: everything one piece of work asks is as of one height. */
import type { DatabaseSync } from 'node:sqlite'
import type { AsOf, SqlValue, Tables } from '../events/app.ts'
import { noTable, preparer } from './tables.ts'
import type { LogReader } from './types.ts'

/** {@link LogReader.read} over a read-only handle. The transaction ends with the work, also when that throws. */
export function snapshotReads(database: DatabaseSync): LogReader['read'] {
  const exists = database.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?`)
  const prepared = preparer(database, (name) => (name.includes('.') && exists.get(name) ? name : noTable(name)))
  const [begin, end] = [database.prepare('BEGIN'), database.prepare('COMMIT')]
  const log = database.prepare('SELECT height, time FROM log')
  const tables: Tables = {
    get: <Row extends object>(sql: string, ...values: SqlValue[]) => prepared(sql).get(...values) as Row | undefined,
    all: <Row extends object>(sql: string, ...values: SqlValue[]) => prepared(sql).all(...values) as Row[],
  }

  return (work) => {
    if (database.isTransaction) return work(tables, asOf()) // a view may read what another view reads
    begin.run()
    try {
      return work(tables, asOf())
    } finally {
      end.run()
    }
  }

  function asOf(): AsOf {
    const { height, time } = log.get() as unknown as AsOf
    return { height, time }
  }
}
