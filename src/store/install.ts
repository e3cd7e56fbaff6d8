/** What a newly opened writer makes of the projections in the file: the app's code may have changed since. */
import type { DatabaseSync } from 'node:sqlite'
import type { Declared } from './declared.ts'
import { StoreError } from './errors.ts'
import { JOINS } from './joins.ts'
import type { ProjectionRows } from './projection-rows.ts'
import { createTables, dropTables, isAsDeclared, tablesOf } from './tables.ts'

const cannot = (cut: number): string =>
  `its code has changed, and the events up to height ${cut} it would be rebuilt from were deleted (store.retain): index anew with --reset`

/**
 * Makes what is not there, forgets what the app has no longer, and marks for a rebuild what its code has changed. Tables
 * of a projection that changed stay readable until then; those of another shape are empty, for the new code to read.
 * Where part of the log was deleted nothing can be rebuilt: what changed stands still where it is.
 * @throws StoreError `E_BAD_PROJECTION`; `E_CUT` for tables of another shape that could not be filled again
 */
export function installProjections(
  database: DatabaseSync,
  { declared, rows, build }: { declared: readonly Declared[]; rows: ProjectionRows; build: string },
): void {
  const known = rows.all()
  const { height, events, cut } = database
    .prepare('SELECT height, EXISTS (SELECT 1 FROM event) AS events, cut_height AS cut FROM log')
    .get() as { height: number; events: number; cut: number }

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
    if (cut && foreign.length)
      throw new StoreError(
        'E_CUT',
        `the tables of projection ${name} have another shape, and the events up to height ${cut} they would be filled from were deleted (store.retain): go back to the app as it was, or index anew with --reset`,
      )
    dropTables(database, foreign)
    createTables(database, projection, { suffix: '', build })
    const behind = { state: 'rebuilding', height: whole && row ? (row.height ?? height) : 0 } as const
    const upToDate = { state: 'ok', height: null } as const
    if (!cut) rows.put({ name, version, reason: null, ...(row || events ? behind : upToDate) })
    else if (name === JOINS)
      rows.put({ name, version, reason: null, ...upToDate }) // what it knows is better than nothing
    else rows.put({ name, version, state: 'suspended', height: behind.height, reason: cannot(cut) })
  }
}
