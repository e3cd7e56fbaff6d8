/** Transactions of the newest writer only: one that was replaced, but still runs, changes nothing any more (D9). */
import type { DatabaseSync } from 'node:sqlite'
import { StoreError, storeError } from './errors.ts'

/** The log's own row. */
export interface LogRow {
  chain_id: string | null
  height: number
  hash: string | null
  time: string | null
  generation: number
}

export interface Fence {
  /** One more with every writer that opened the file. */
  readonly generation: number
  row(): LogRow
  /**
   * All of `work` in one transaction, by the newest writer only, or nothing of it.
   * @throws StoreError `E_FENCED` and what the disk makes of it; what `work` throws
   */
  whole<T>(work: (now: LogRow) => T): T
}

/**
 * Fences off every writer before; a writer for another chain does not get so far.
 * @throws StoreError `E_CHAIN_MISMATCH`
 */
export function takeOver(database: DatabaseSync, chainId: string | undefined): Fence {
  const generation = takeGeneration(database, chainId)
  const begin = database.prepare('BEGIN IMMEDIATE')
  const end = database.prepare('COMMIT')
  const rollback = database.prepare('ROLLBACK')
  const read = database.prepare('SELECT chain_id, height, hash, time, generation FROM log')
  const row = (): LogRow => read.get() as unknown as LogRow
  return {
    generation,
    row,
    whole: (work) => {
      try {
        begin.run()
        const now = row()
        if (now.generation !== generation)
          throw new StoreError(
            'E_FENCED',
            'another writer has opened this store since: only one process may index into a data folder',
          )
        const done = work(now)
        end.run()
        return done
      } catch (error) {
        if (database.isTransaction) rollback.run()
        throw storeError(error)
      }
    },
  }
}

function takeGeneration(database: DatabaseSync, chainId: string | undefined): number {
  const take = 'UPDATE log SET generation = generation + 1 WHERE coalesce(chain_id = ?, TRUE) RETURNING generation'
  const taken = database.prepare(take).get(chainId ?? null)
  if (taken) return Number(taken['generation'])
  const stored = database.prepare('SELECT chain_id FROM log').get()?.['chain_id']
  throw new StoreError(
    'E_CHAIN_MISMATCH',
    `the store is of chain ${stored}, but ${chainId} is configured: choose another data folder (--data, store.path) or chain (--chain-id)`,
  )
}
