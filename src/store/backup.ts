/** Copies of the log: taken while it is being written, and put back. */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreError, storeError } from './errors.ts'
import { lockFolder, removeLog } from './folder.ts'
import { FILE, requireKnown } from './schema.ts'
import { toDisk } from './to-disk.ts'

/** What a copy holds. */
export interface Copied {
  /** The log's checkpoint in the copy. */
  height: number
  bytes: number
}

/** While another process opens or closes the log, ms. */
const TIMEOUT = 2_000

/**
 * Writes a copy of the log in the data folder `path` to `file`, as of one height; indexing goes on meanwhile.
 * The file has its name only when it is whole, checked, and on the disk.
 * @throws StoreError `E_STORE_EXISTS` when there is such a file; `E_NO_STORE` | `E_STORE_NEWER` | `E_STORE_CORRUPT` |
 *   `E_READ_ONLY` | `E_DISK_FULL`; nothing is left behind then
 */
export function backupLog(path: string, file: string): Copied {
  if (existsSync(file)) throw new StoreError('E_STORE_EXISTS', 'this file is there already: name another one (--to)')
  return copy(join(path, FILE), file, () => undefined)
}

/**
 * Makes the log in `file` that of the data folder `path`, which no process may index into meanwhile. `reset`: in the place of
 * the one that is there, which stays until the new one is whole and checked.
 * @throws StoreError `E_STORE_EXISTS` when there is a log and not `reset`; `E_STORE_LOCKED` and what {@link backupLog} throws
 */
export function restoreLog(path: string, file: string, { reset }: { reset: boolean }): Copied {
  const unlock = lockFolder(path)
  try {
    const log = join(path, FILE)
    if (existsSync(log) && !reset) {
      const message = 'the data folder has a log already: choose another one (--data), or replace it with --reset'
      throw new StoreError('E_STORE_EXISTS', message)
    }
    return copy(file, log, () => removeLog(path))
  } finally {
    unlock()
  }
}

/**
 * SQLite's VACUUM INTO: one read transaction, so that a writer never makes it begin again, as it would the backup API. A
 * copy of a file that is in use is whole too, which a copy of its bytes is not.
 */
function copy(from: string, to: string, beforeRename: () => void): Copied {
  const part = `${to}.part`
  try {
    rmSync(part, { force: true }) // of a try that was cut short
    opened(from, (source) => {
      requireStore(source)
      into(source, part)
    })
    const height = opened(part, (made) => {
      requireSound(made)
      return Number(made.prepare('SELECT height FROM log').get()?.['height'])
    })
    toDisk(part)
    beforeRename()
    renameSync(part, to)
    return { height, bytes: statSync(to).size }
  } catch (error) {
    rmSync(part, { force: true })
    throw copyError(error)
  }
}

/** Of what SQLite has no better word for than an error, in a file that is not ours to trust, we do. */
function copyError(thrown: unknown): unknown {
  const error = storeError(thrown)
  if (!(error instanceof Error) || !('errcode' in error)) return error
  return new StoreError('E_STORE_CORRUPT', `the file cannot be read (${error.message}): take another`, {
    cause: thrown,
  })
}

function opened<T>(file: string, work: (database: DatabaseSync) => T): T {
  if (!existsSync(file)) throw new StoreError('E_NO_STORE', `there is no log at ${file}`)
  const database = new DatabaseSync(file, { readOnly: true, timeout: TIMEOUT })
  try {
    return work(database)
  } finally {
    database.close()
  }
}

function into(source: DatabaseSync, part: string): void {
  try {
    source.prepare('VACUUM INTO ?').run(part)
  } catch (cause) {
    const error = storeError(cause)
    if (!(error instanceof StoreError) || error.code !== 'E_READ_ONLY') throw error
    throw new StoreError('E_READ_ONLY', `the copy cannot be written: make the folder of ${part} writable`, { cause })
  }
}

/** @throws StoreError `E_STORE_CORRUPT` for a database that is none of ours; `E_STORE_NEWER` */
function requireStore(database: DatabaseSync): void {
  const tables = database.prepare(`SELECT count(*) AS n FROM sqlite_schema WHERE name IN ('log', 'event')`).get()
  if (requireKnown(database) > 0 && tables?.['n'] === 2) return
  throw new StoreError('E_STORE_CORRUPT', 'the file is no store of ours: name one that `seiche backup` wrote')
}

/** What SQLite finds wrong with the file's structure, in its words; none in a sound one. At most 100. */
export function damage(database: DatabaseSync): string[] {
  const found = database.prepare('PRAGMA quick_check(100)').all()
  return found.map((row) => String(row['quick_check'])).filter((text) => text !== 'ok')
}

function requireSound(database: DatabaseSync): void {
  const [first] = damage(database)
  if (first !== undefined)
    throw new StoreError('E_STORE_CORRUPT', `the copy is damaged (${first}): take another backup`)
}
