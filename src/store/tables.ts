/** Tables of projections: how they are called in the file, how they are made and exchanged, and SQL over them. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Declared } from './declared.ts'
import { StoreError } from './errors.ts'

/** `projection.table`: no other table in the file has a dot in its name. */
const QUALIFIED = /^[a-z_]+\.[a-z_]+$/
/** A shadow is a table in the making: this stands behind its name. */
export const SHADOW = '~'
export type Suffix = '' | typeof SHADOW
const PLACEHOLDER = /\{([\w.]+)\}/g
/** Texts that vary endlessly must not fill the memory. */
const MOST_STATEMENTS = 500

/**
 * Prepares texts, each once. `table` gives the table in the file for a name in braces, and throws where there is none;
 * `allow` throws at what must not be prepared.
 * SQLite itself prepares again what was prepared before a table was exchanged.
 */
export function preparer(
  database: DatabaseSync,
  table: (name: string) => string,
  allow: (sql: string) => void = () => undefined,
): (sql: string) => StatementSync {
  const known = new Map<string, StatementSync>()
  return (sql) => {
    const found = known.get(sql)
    if (found) return found
    allow(sql)
    const statement = database.prepare(sql.replace(PLACEHOLDER, (_, name: string) => `"${table(name)}"`))
    if (known.size >= MOST_STATEMENTS) known.clear()
    known.set(sql, statement)
    return statement
  }
}

/** @throws StoreError `E_NO_TABLE` */
export function noTable(name: string): never {
  const message = `there is no table {${name}}: name one of a projection of the app, {projection.table}`
  throw new StoreError('E_NO_TABLE', message)
}

/** A table in the file. */
export interface Table {
  name: string
  /** The statement that makes it. */
  sql: string
  shadow: boolean
}

/** The tables of a projection that are in the file, shadows included. */
export function tablesOf(database: DatabaseSync, projection: string): Table[] {
  const select = `SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name GLOB ? || '.*'`
  const rows = database.prepare(select).all(projection) as { name: string; sql: string }[]
  return rows.map(({ name, sql }) => ({ name, sql, shadow: name.endsWith(SHADOW) }))
}

/**
 * Makes the tables that are not there. `build`: another one each time, as indexes keep their names when tables are
 * exchanged.
 * @throws StoreError `E_BAD_PROJECTION`
 */
export function createTables(
  database: DatabaseSync,
  { name: projection, tables, indexes = {} }: Pick<Declared, 'name' | 'tables' | 'indexes'>,
  { suffix, build }: { suffix: Suffix; build: string },
): void {
  const there = new Set(tablesOf(database, projection).map(({ name }) => name))
  for (const [table, columns] of Object.entries(tables)) {
    const name = `${projection}.${table}`
    if (!QUALIFIED.test(name)) bad(name, 'names of projections and tables consist of a-z and _')
    if (there.has(name + suffix)) continue
    try {
      database.exec(`CREATE TABLE "${name}${suffix}" ${shape(columns)}`)
      for (const [n, indexed] of (indexes[table] ?? []).entries())
        database.exec(`CREATE INDEX "${name}#${build}.${n}" ON "${name}${suffix}" (${indexed})`)
    } catch (error) {
      bad(name, (error as Error).message, error)
    }
  }
}

/** Whether a table in the file has the shape that its projection declares. */
export function isAsDeclared({ name, sql }: Table, { tables }: Pick<Declared, 'tables'>): boolean {
  const columns = tables[name.slice(name.indexOf('.') + 1)]
  return columns !== undefined && sql.endsWith(shape(columns))
}

/** Puts the shadows of a projection in the place of its tables. */
export function exchange(database: DatabaseSync, projection: string): void {
  const tables = tablesOf(database, projection)
  dropTables(
    database,
    tables.filter(({ shadow }) => !shadow),
  )
  for (const { name, shadow } of tables)
    if (shadow) database.exec(`ALTER TABLE "${name}" RENAME TO "${name.slice(0, -SHADOW.length)}"`)
}

export function dropTables(database: DatabaseSync, tables: readonly Pick<Table, 'name'>[]): void {
  for (const { name } of tables) database.exec(`DROP TABLE "${name}"`)
}

const shape = (columns: string): string => `(${columns}) WITHOUT ROWID`

function bad(name: string, why: string, cause?: unknown): never {
  throw new StoreError('E_BAD_PROJECTION', `the table {${name}} cannot be made: ${why}`, { cause })
}
