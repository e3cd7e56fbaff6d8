/** One projection at work on its tables, or on their shadows. */
import type { DatabaseSync } from 'node:sqlite'
import type { OwnTables, SqlValue } from '../events/app.ts'
import type { Declared, Logged } from './declared.ts'
import { StoreError, storeError } from './errors.ts'
import { noTable, preparer, type Suffix } from './tables.ts'

export interface Fold {
  readonly name: string
  /**
   * Folds in the events of one block, inside the caller's transaction.
   * @throws FoldFailed: of the transaction nothing can be kept, see {@link withoutFailed}; StoreError for the disk's faults
   */
  apply(height: number, block: readonly Logged[]): void
}

/** A projection could not fold a block in. */
export class FoldFailed extends Error {
  readonly projection: string
  readonly height: number

  constructor(projection: string, height: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.projection = projection
    this.height = height
  }
}

/** By projection: where it fails, and is to stop. */
export type Failures = ReadonlyMap<string, FoldFailed>

/**
 * Does `work`, a transaction, and does it again each time a projection has failed in it, told of all that did. That is rare;
 * a savepoint for each block and projection would copy every page that one of them changes.
 */
export function withoutFailed<T>(work: (failures: Failures) => T): T {
  const failures = new Map<string, FoldFailed>()
  for (;;)
    try {
      return work(failures)
    } catch (error) {
      if (!(error instanceof FoldFailed)) throw error
      failures.set(error.projection, error)
    }
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
  return {
    name,
    apply: (height, block) => {
      try {
        enter(height)
        for (const logged of block) fold(logged)
      } catch (thrown) {
        if (storeError(thrown) !== thrown) throw thrown // the disk's fault, not the projection's
        throw new FoldFailed(name, height, thrown)
      }
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
