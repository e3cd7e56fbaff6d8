/** Rebuilding projections, and two peers that write what a rebuild writes, ready-made, with prepared statements. */
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { App, Projection, SqlValue } from '../../src/events/app.ts'
import { FILE } from '../../src/store/schema.ts'
import { openWriter } from '../../src/store/writer.ts'
import { measured, type Rate } from './rate.ts'

/** A write of a projection: `{table}` in its SQL is resolved. */
interface Write {
  sql: string
  values: SqlValue[]
}

/** Rows in a transaction of the peers, as many as a step of a rebuild has, or more. */
const ROWS = 2_000

/** Rebuilds all of the app's projections from the log in the folder `path`. */
export function rebuildAll(path: string, app: App, events: number): Rate {
  const writer = openWriter({ path, app, contracts: [] })
  writer.rebuild(Object.keys(app.projections ?? {}))
  const rate = measured(events, () => {
    while (writer.replay() !== 'nothing');
  })
  writer.close()
  return rate
}

/** The app, and every write its projections will have made. */
export function recording(app: App): { app: App; writes: Write[] } {
  const writes: Write[] = []
  const recorded = ([name, projection]: [string, Projection]) => [
    name,
    {
      ...projection,
      apply: (event, tables) =>
        projection.apply(event, {
          ...tables,
          run: (sql, ...values) => {
            writes.push({ values, sql: sql.replace(/\{(\w+)\}/g, (_, table: string) => `"${name}.${table}"`) })
            tables.run(sql, ...values)
          },
        }),
    } satisfies Projection,
  ]
  return {
    app: { ...app, projections: Object.fromEntries(Object.entries(app.projections ?? {}).map(recorded)) },
    writes,
  }
}

/** The very same writes, into the same tables and indexes. */
export function write(path: string, app: App, writes: readonly Write[], events: number): Rate {
  return into(path, app, events, (database) => {
    const statements = new Map<string, StatementSync>()
    const statement = (sql: string): StatementSync => {
      const prepared = statements.get(sql) ?? database.prepare(sql)
      statements.set(sql, prepared)
      return prepared
    }
    return writes.map(({ sql, values }) => [statement(sql), values])
  })
}

/** The rows that are in the projections of the folder `from` in the end, into the same tables and indexes. */
export function insertFinal(path: string, app: App, from: string, events: number): Rate {
  return into(path, app, events, (database) => {
    const source = new DatabaseSync(join(from, FILE), { readOnly: true })
    const tables = source
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '*.*' AND name NOT GLOB 'joins.*'`)
      .all()
    const inserts = tables.flatMap(({ name }) => {
      const rows = source
        .prepare(`SELECT * FROM "${name}"`)
        .all()
        .map((row) => Object.values(row))
      if (!rows[0]) return []
      const insert = database.prepare(`INSERT INTO "${name}" VALUES (${rows[0].map(() => '?')})`)
      return rows.map((row): [StatementSync, SQLInputValue[]] => [insert, row])
    })
    source.close()
    return inserts
  })
}

function into(
  path: string,
  app: App,
  events: number,
  ready: (database: DatabaseSync) => [StatementSync, SQLInputValue[]][],
): Rate {
  openWriter({ path, app, contracts: [] }).close() // makes the tables and indexes
  const database = new DatabaseSync(join(path, FILE))
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000') // as ours
  const writes = ready(database)
  const rate = measured(events, () => {
    for (let n = 0; n < writes.length; n += ROWS) {
      database.exec('BEGIN')
      for (const [statement, values] of writes.slice(n, n + ROWS)) statement.run(...values)
      database.exec('COMMIT')
    }
  })
  database.close()
  return rate
}
