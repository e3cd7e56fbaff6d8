/** The log's file, made or brought to this code's version before anybody reads it. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { storeError } from './errors.ts'
import { makeFolder } from './folder.ts'
import { FILE, migrate } from './schema.ts'

/** A writer that is about to end is waited for, ms. */
const TIMEOUT = 2_000

/**
 * Afterwards the folder holds a log of this version, maybe an empty one.
 * @throws StoreError `E_READ_ONLY` | `E_STORE_NEWER` | `E_STORE_CORRUPT` | `E_BUSY`
 */
export function makeStore(path: string): void {
  makeFolder(path)
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(join(path, FILE), { timeout: TIMEOUT })
    migrate(database, join(path, FILE))
    database.exec('PRAGMA journal_mode = WAL')
  } catch (error) {
    throw storeError(error)
  } finally {
    database?.close()
  }
}
