/**
 * Deletes the oldest events of the log, whole heights at a time (D29). What is deleted stays in its digest. A projection can
 * be built anew only from a whole log: nothing is deleted while one has to be, and afterwards none can.
 */
import type { DatabaseSync } from 'node:sqlite'
import { chain } from './digest.ts'
import type { Cut, Retain } from './types.ts'

/** Events deleted at once by default, at most; a height that has more goes alone. */
const CHUNK = 5_000

const DAY = 86_400_000

interface Row {
  height: number
  tx: number
  n: number
  text: string
  audience: string | null
}

/** Where the log begins. */
export function cutOf(database: DatabaseSync): () => Cut {
  const read = database.prepare('SELECT cut_height AS height, cut_events AS events, cut_digest AS digest FROM log')
  return () => read.get() as unknown as Cut
}

/**
 * Deletes a chunk of what is not to be kept, inside the caller's transaction; false when there is nothing to delete. How old
 * an event is, is told by the time of the log's last block: a chain that stands still loses nothing.
 */
export function retention(database: DatabaseSync, retain: Retain, chunk = CHUNK): () => boolean {
  if (retain === 'all') return () => false
  const columns = 'height, tx, n, text, audience'
  const oldest = database.prepare(`SELECT ${columns} FROM event ORDER BY height, tx, n LIMIT ?`)
  const at = database.prepare(`SELECT ${columns} FROM event WHERE height = ? ORDER BY tx, n`)
  const remove = database.prepare('DELETE FROM event WHERE height <= ?')
  const unroute = database.prepare('DELETE FROM event_account WHERE account = ? AND height = ? AND tx = ? AND n = ?')
  const log = database.prepare('SELECT events, time FROM log')
  const note = database.prepare(
    'UPDATE log SET events = events - $n, cut_events = cut_events + $n, cut_height = $height, cut_digest = $digest',
  )
  const cut = cutOf(database)
  const read = (limit: number): Row[] => oldest.all(limit) as unknown as Row[]

  /** Whether a height may go, after `before` events. */
  const outlived = (): ((rows: readonly Row[], before: number) => boolean) => {
    const { events, time } = log.get() as { events: number; time: string | null }
    if ('events' in retain) return (rows, before) => events - before - rows.length >= retain.events
    const since = time === null ? 0 : Date.parse(time) - retain.days * DAY
    return ([first]) => first !== undefined && timeOf(first) < since
  }

  return () => {
    const mayGo = outlived()
    const first = read(1)
    if (!first.length || !mayGo(first, 0)) return false
    const heights = wholeHeights(read(chunk + 1), chunk, (height) => at.all(height) as unknown as Row[])
    const gone: Row[] = []
    let { digest } = cut()
    for (const rows of heights) {
      if (!mayGo(rows, gone.length)) break
      gone.push(...rows)
      digest = chain(digest, rows)
    }
    const last = gone.at(-1)
    if (!last) return false
    for (const row of gone) for (const account of accountsOf(row)) unroute.run(account, row.height, row.tx, row.n)
    remove.run(last.height)
    note.run({ $n: gone.length, $height: last.height, $digest: digest })
    return true
  }
}

/** The rows by height, without a last height that may go on; a first one that does is read whole. */
function wholeHeights(rows: Row[], chunk: number, readHeight: (height: number) => Row[]): Row[][] {
  const heights = [...Map.groupBy(rows, ({ height }) => height).values()]
  if (rows.length <= chunk) return heights
  const cut = heights.pop()
  return heights.length || !cut?.[0] ? heights : [readHeight(cut[0].height)]
}

function timeOf({ text }: Row): number {
  return Date.parse((JSON.parse(text) as { timestamp: string }).timestamp)
}

function accountsOf({ text, audience }: Row): string[] {
  return audience === null ? (JSON.parse(text) as { accounts: string[] }).accounts : (JSON.parse(audience) as string[])
}
