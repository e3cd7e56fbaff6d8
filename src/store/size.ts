/** What the log takes on disk. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { FILE } from './schema.ts'

/** Bytes of the log's files: the log itself, and its WAL. */
export function ledgerSize(path: string): { log: number; wal: number } {
  const bytes = (suffix: string): number => statSync(join(path, FILE + suffix), { throwIfNoEntry: false })?.size ?? 0
  return { log: bytes(''), wal: bytes('-wal') }
}
