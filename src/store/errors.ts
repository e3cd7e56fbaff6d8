/** Why the log could not be opened, read or written. Nothing is ever half done: a commit that throws changed nothing. */
import { CodedError } from '../runtime/shared/errors.ts'

/**
 * - `E_GAP` a range that does not follow the checkpoint
 * - `E_NOT_NEXT` a height to skip that is not the next
 * - `E_CHAIN_MISMATCH` another chain, or another block at a height we know
 * - `E_FENCED` a newer writer has opened the file: this one must not write any more
 * - `E_NO_STORE` nothing was ever indexed into this folder
 * - `E_STORE_EXISTS` a copy would take the place of what is there
 * - `E_STORE_NEWER` the file was written by a newer version
 * - `E_STORE_CORRUPT` the file is damaged or none of ours
 * - `E_CUT` retention has deleted what would be needed
 * - `E_BAD_PROJECTION` a projection whose tables cannot be made, or that does what none may
 * - `E_NO_TABLE` SQL that names a table no projection has
 * - `E_BUSY` another process writes at this moment; `E_STORE_LOCKED` it does so for seconds
 * - `E_DISK_FULL`, `E_READ_ONLY`, `E_STORE_IO` what the disk keeps us from
 */
export type StoreErrorCode =
  | 'E_GAP'
  | 'E_NOT_NEXT'
  | 'E_CHAIN_MISMATCH'
  | 'E_FENCED'
  | 'E_NO_STORE'
  | 'E_STORE_EXISTS'
  | 'E_STORE_NEWER'
  | 'E_STORE_CORRUPT'
  | 'E_CUT'
  | 'E_BAD_PROJECTION'
  | 'E_NO_TABLE'
  | 'E_BUSY'
  | 'E_STORE_LOCKED'
  | 'E_DISK_FULL'
  | 'E_READ_ONLY'
  | 'E_STORE_IO'

export class StoreError extends CodedError {
  declare readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** Faults that end by themselves or by an operator's hand. */
const PASSING: ReadonlySet<StoreErrorCode> = new Set(['E_BUSY', 'E_STORE_LOCKED', 'E_DISK_FULL', 'E_READ_ONLY'])

/** Whether waiting and trying again is all that is to be done about it. */
export function passes(error: unknown): error is StoreError {
  return error instanceof StoreError && PASSING.has(error.code)
}

/** SQLite's primary result codes (sqlite.org/rescode.html) and what they mean here. */
const MEANING: Record<number, [StoreErrorCode, string]> = {
  5: ['E_BUSY', 'another process is writing to the store; it is tried again'],
  6: ['E_BUSY', 'the store is locked; it is tried again'],
  8: ['E_READ_ONLY', 'the store cannot be written: make the data folder writable (--data, store.path)'],
  10: ['E_STORE_IO', 'the disk failed while reading or writing the store'],
  11: ['E_STORE_CORRUPT', 'the store is damaged: restore a backup, or start anew with --reset'],
  13: ['E_DISK_FULL', 'the disk is full: make room; indexing goes on by itself, nothing is lost'],
  14: ['E_READ_ONLY', 'the store cannot be opened: make the data folder writable (--data, store.path)'],
  26: ['E_STORE_CORRUPT', 'the file is no store of ours: choose another data folder (--data, store.path)'],
}

/** The error SQLite threw as ours; anything else as it is. */
export function storeError(thrown: unknown): unknown {
  const code = (thrown as { errcode?: unknown }).errcode
  const [name, message] = (typeof code === 'number' ? MEANING[code & 0xff] : undefined) ?? []
  return name && message ? new StoreError(name, message, { cause: thrown }) : thrown
}
