/** The table of transactions that could not be decoded. */
import type { DatabaseSync } from 'node:sqlite'
import type { DecodedBlock } from '../events/types.ts'
import type { Quarantined } from './types.ts'

export function quarantinedOf(row: Record<string, unknown>): Quarantined {
  return {
    height: Number(row['height']),
    txIndex: Number(row['tx']),
    txHash: row['tx_hash'] === null ? null : String(row['tx_hash']),
    dialect: row['dialect'] === 'base64' ? 'base64' : 'plain',
    bytes: row['bytes'] as Uint8Array,
    reason: String(row['reason']),
    blockTime: String(row['block_time']),
    since: String(row['since']),
  }
}

/** What a writer does with the table, inside its transaction. */
export interface QuarantineTable {
  add(block: DecodedBlock): void
  all(): Quarantined[]
  remove(transaction: Quarantined): void
  keep(transaction: Quarantined, reason: string): void
}

export function quarantineTable(database: DatabaseSync): QuarantineTable {
  const insert = database.prepare('INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const all = database.prepare('SELECT * FROM quarantine ORDER BY height, tx')
  const remove = database.prepare('DELETE FROM quarantine WHERE height = ? AND tx = ?')
  const keep = database.prepare('UPDATE quarantine SET reason = ? WHERE height = ? AND tx = ?')
  return {
    add: ({ height, time, quarantined = [] }) => {
      const now = new Date().toISOString()
      for (const { txIndex, txHash, dialect, bytes, reason } of quarantined)
        insert.run(height, txIndex, txHash, dialect, bytes, reason, time, now)
    },
    all: () => all.all().map(quarantinedOf),
    remove: ({ height, txIndex }) => void remove.run(height, txIndex),
    keep: ({ height, txIndex }, reason) => void keep.run(reason, height, txIndex),
  }
}
