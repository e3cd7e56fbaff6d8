/** The data folder: made when it is not there, and one process's own while that runs. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreError, storeError } from './errors.ts'
import { FILE } from './schema.ts'

/** A predecessor that is about to end is waited for, ms. */
const TIMEOUT = 1_000

/** @throws StoreError `E_READ_ONLY` when it cannot be made */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
  } catch (cause) {
    throw new StoreError('E_READ_ONLY', 'the data folder cannot be made: choose another one (--data, store.path)', {
      cause,
    })
  }
}

/**
 * Keeps other processes from indexing into the folder until the answer is called, or this process ends however it ends:
 * the lock is the operating system's, held by an open transaction on an empty database.
 * @throws StoreError `E_STORE_LOCKED` when another process has it; `E_READ_ONLY`
 */
export function lockFolder(path: string): () => void {
  makeFolder(path)
  try {
    const lock = new DatabaseSync(join(path, 'seiche.lock'), { timeout: TIMEOUT })
    lock.exec('BEGIN EXCLUSIVE')
    return () => lock.close()
  } catch (thrown) {
    const error = storeError(thrown)
    if (!(error instanceof StoreError) || error.code !== 'E_BUSY') throw error
    throw new StoreError(
      'E_STORE_LOCKED',
      'another Seiche indexes into this data folder: end it, or choose another folder (--data, store.path)',
      { cause: thrown },
    )
  }
}

/** Forgets the log in a folder that is locked. @throws StoreError `E_READ_ONLY` */
export function removeLog(path: string): void {
  try {
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(path, FILE + suffix), { force: true })
  } catch (cause) {
    const message = 'the store cannot be removed: make the data folder writable (--data, store.path)'
    throw new StoreError('E_READ_ONLY', message, { cause })
  }
}
