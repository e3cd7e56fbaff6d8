/** Which heights were indexed of each contract, and which were left out on purpose. Each call stands inside the caller's transaction. */
import type { DatabaseSync } from 'node:sqlite'
import type { Gap } from '../events/types.ts'

/** Inclusive. */
export interface Heights {
  from: number
  to: number
}

export interface Coverage {
  /** These heights are indexed; what adjoins or overlaps becomes one. */
  cover(address: string, heights: Heights): void
  covers(address: string, heights: Heights): boolean
  /** These heights are left out: altogether, or of one contract's history. */
  leaveOut(gap: Gap, address?: string): void
  /** First height indexed of the contract. */
  first(address: string): number | undefined
  /** The heights of `within` that are neither indexed nor left out, ascending. */
  missing(address: string, within: Heights): Heights[]
}

export function coverageOf(database: DatabaseSync): Coverage {
  const touching = 'contract = $contract AND from_height <= $to + 1 AND to_height >= $from - 1'
  const around = database.prepare(
    `SELECT min(from_height) AS first, max(to_height) AS last FROM coverage WHERE ${touching}`,
  )
  const remove = database.prepare(`DELETE FROM coverage WHERE ${touching}`)
  const insert = database.prepare('INSERT INTO coverage VALUES (?, ?, ?)')
  const containing = database.prepare(
    'SELECT 1 FROM coverage WHERE contract = ? AND from_height <= ? AND to_height >= ?',
  )
  const first = database.prepare('SELECT min(from_height) AS first FROM coverage WHERE contract = ?')
  const leaveOut = database.prepare('INSERT OR REPLACE INTO gap VALUES (?, ?, ?, ?, ?)')
  const done = database.prepare(
    `SELECT from_height AS "from", to_height AS "to" FROM coverage WHERE contract = $address
     UNION ALL SELECT from_height, to_height FROM gap WHERE address IN ('', $address) ORDER BY 1`,
  )
  return {
    cover: (contract, { from, to }) => {
      const range = { $contract: contract, $from: from, $to: to }
      const known = around.get(range) as { first: number | null; last: number | null }
      remove.run(range)
      insert.run(contract, Math.min(from, known.first ?? from), Math.max(to, known.last ?? to))
    },
    covers: (contract, { from, to }) => containing.get(contract, from, to) !== undefined,
    leaveOut: ({ from, to, reason }, address = '') =>
      void leaveOut.run(from, to, reason, new Date().toISOString(), address),
    first: (contract) => (first.get(contract) as { first: number | null }).first ?? undefined,
    missing: ($address, within) => rest(within, done.all({ $address }) as unknown as Heights[]),
  }
}

/** `within` without `parts`, which ascend by their beginnings. */
function rest({ from, to }: Heights, parts: readonly Heights[]): Heights[] {
  const left: Heights[] = []
  let next = from
  for (const part of parts) {
    if (next > to) break
    if (part.from > next) left.push({ from: next, to: Math.min(part.from - 1, to) })
    next = Math.max(next, part.to + 1)
  }
  if (next <= to) left.push({ from: next, to })
  return left
}
