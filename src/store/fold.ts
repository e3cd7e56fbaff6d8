/** One projection at work on its tables, or on their shadows. */
import type { DatabaseSync } from 'node:sqlite'
import type { OwnTables, SqlValue } from '../events/app.ts'
import type { Declared, Logged } from './declared.ts'
import { StoreError, storeError } from './errors.ts'
import { noTable, preparer, type Suffix } from './tables.ts'

export interface Fold {
  readonly name: string
  /**
   * Folds in the events of one block, all or none of them, inside the caller's transaction.
   * @returns why it could not; undefined when it could
   * @throws StoreError for the disk's faults
   */
  apply(height: number, block: readonly Logged[]): Error | undefined
}

/** `enter` is called before each block; what it throws keeps the projection from trying. */
export function foldOver(
  database: DatabaseSync,
  { name, tables, folding }: Declared,
  suffix: Suffix,
  enter: (height: number) => void,
): Fold {
  const tableOf = (table: string): string =>
    Object.hasOwn(tables, table) ? `${name}.${table}${suffix}` : noTable(table)
  const fold = folding(ownTables(database, tableOf))
  const begin = database.prepare('SAVEPOINT fold')
  const end = database.prepare('RELEASE fold')
  const undo = database.prepare('ROLLBACK TO fold')
  return {
    name,
    apply: (height, block) => {
      begin.run()
      try {
        enter(height)
        for (const logged of block) fold(logged)
      } catch (thrown) {
        if (storeError(thrown) !== thrown) throw thrown // the disk's fault, not the projection's
        undo.run()
        end.run()
        return thrown instanceof Error ? thrown : new Error(String(thrown))
      }
      end.run()
      return undefined
    },
  }
}

/** A projection that could end the transaction would tear the block apart. */
const CHANGES = /^\s*(INSERT|REPLACE|UPDATE|DELETE|WITH)\b/i

/** Tables for reading and writing; `table` gives the table in the file for a name, or throws. */
export function ownTables(database: DatabaseSync, table: (name: string) => string): OwnTables {
  const prepared = preparer(database, table)
  const changing = preparer(database, table, (sql) => {
    if (!CHANGES.test(sql))
      throw new StoreError('E_BAD_PROJECTION', `run() takes INSERT, UPDATE or DELETE, not: ${sql}`)
  })
  return {
    get: <Row extends object>(sql: string, ...values: SqlValue[]) => prepared(sql).get(...values) as Row | undefined,
    all: <Row extends object>(sql: string, ...values: SqlValue[]) => prepared(sql).all(...values) as Row[],
    run: (sql, ...values) => void changing(sql).run(...values),
  }
}
