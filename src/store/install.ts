/** What a newly opened writer makes of the projections in the file: the app's code may have changed since. */
import type { DatabaseSync } from 'node:sqlite'
import type { Declared } from './declared.ts'
import type { ProjectionRows } from './projection-rows.ts'
import { createTables, dropTables, isAsDeclared, tablesOf } from './tables.ts'

/**
 * Makes what is not there, forgets what the app has no longer, and marks for a rebuild what its code has changed. Tables
 * of a projection that changed stay readable until then; those of another shape are empty, for the new code to read.
 * @throws StoreError `E_BAD_PROJECTION`
 */
export function installProjections(
  database: DatabaseSync,
  { declared, rows, build }: { declared: readonly Declared[]; rows: ProjectionRows; build: string },
): void {
  const known = rows.all()
  const { height, events } = database
    .prepare('SELECT height, EXISTS (SELECT 1 FROM event) AS events FROM log')
    .get() as { height: number; events: number }

  for (const name of known.keys())
    if (!declared.some((each) => each.name === name)) {
      dropTables(database, tablesOf(database, name))
      rows.remove(name)
    }
  for (const projection of declared) {
    const { name, version } = projection
    const tables = tablesOf(database, name).filter(({ shadow }) => !shadow)
    const row = known.get(name)
    const foreign = tables.filter((table) => !isAsDeclared(table, projection))
    const whole = !foreign.length && tables.length === Object.keys(projection.tables).length
    if (row?.version === version && whole) continue
    dropTables(database, foreign)
    createTables(database, projection, { suffix: '', build })
    const behind = { state: 'rebuilding', height: whole && row ? (row.height ?? height) : 0 } as const
    const upToDate = { state: 'ok', height: null } as const
    rows.put({ name, version, reason: null, ...(row || events ? behind : upToDate) })
  }
}
