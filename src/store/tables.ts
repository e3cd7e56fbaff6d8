/** SQL over the tables of projections: names become those in the file, and each text is prepared once. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { StoreError } from './errors.ts'

/** What names of projections and of their tables look like. */
export const NAME = /^[a-z_]+$/

const PLACEHOLDER = /\{([\w.]+)\}/g
/** Texts that vary endlessly must not fill the memory. */
const MOST_STATEMENTS = 500

/** A statement, and the names in its text. */
export interface Prepared {
  statement: StatementSync
  names: readonly string[]
}

/**
 * Prepares texts, each once. `table` gives the table in the file for a name in braces, and throws where there is none.
 * SQLite itself prepares again what was prepared before a table was swapped.
 */
export function preparer(database: DatabaseSync, table: (name: string) => string): (sql: string) => Prepared {
  const known = new Map<string, Prepared>()
  return (sql) => {
    const found = known.get(sql)
    if (found) return found
    const names = new Set<string>()
    const resolved = sql.replace(PLACEHOLDER, (_, name: string) => {
      names.add(name)
      return `"${table(name)}"`
    })
    if (known.size >= MOST_STATEMENTS) known.clear()
    const prepared = { statement: database.prepare(resolved), names: [...names] }
    known.set(sql, prepared)
    return prepared
  }
}

/** @throws StoreError `E_NO_TABLE` */
export function noTable(name: string): never {
  const message = `there is no table {${name}}: name one of a projection of the app, {projection.table}`
  throw new StoreError('E_NO_TABLE', message)
}
