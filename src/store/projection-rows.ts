/** The table that says how each projection stands. */
import type { DatabaseSync } from 'node:sqlite'
import { JOINS } from './joins.ts'
import type { ProjectionStatus } from './types.ts'

/** A row. `height`: where it stands still; null while it keeps up with the log. */
export interface ProjectionRow {
  name: string
  version: number
  state: ProjectionStatus['state']
  height: number | null
  reason: string | null
  since: string
}

/** How the app's projections stand, by name. */
export function projectionStatus(database: DatabaseSync): () => ProjectionStatus[] {
  const select = database.prepare(
    `SELECT name, version, state, coalesce(projection.height, log.height) AS height,
       projection.height IS NOT NULL AS stale, reason, since
     FROM projection, log WHERE name <> '${JOINS}' ORDER BY name`,
  )
  return () =>
    select.all().map((row) => {
      const { stale, ...status } = row as unknown as Omit<ProjectionStatus, 'stale'> & { stale: number }
      return { ...status, stale: stale === 1 }
    })
}

/** What a writer does with the table, inside its transaction. */
export interface ProjectionRows {
  all(): Map<string, ProjectionRow>
  /** Whether one stands so. */
  has(state: ProjectionStatus['state']): boolean
  /** Those that keep up with the log. */
  keepingUp(): Set<string>
  put(row: Omit<ProjectionRow, 'since'>): void
  /** It stands still at `height`. A rebuild of it goes on. */
  stop(name: string, height: number, reason: string): void
  /** It is to be rebuilt, and keeps up meanwhile if it did. */
  rebuild(name: string): void
  remove(name: string): void
}

export function projectionRows(database: DatabaseSync): ProjectionRows {
  const all = database.prepare('SELECT * FROM projection')
  const one = database.prepare('SELECT 1 FROM projection WHERE state = ?')
  const keepingUp = database.prepare('SELECT name FROM projection WHERE height IS NULL')
  const put = database.prepare('INSERT OR REPLACE INTO projection VALUES (?, ?, ?, ?, ?, ?)')
  const stop = database.prepare(
    `UPDATE projection SET state = iif(state = 'rebuilding', state, 'suspended'), height = ?, reason = ?, since = ? WHERE name = ?`,
  )
  const rebuild = database.prepare(
    `UPDATE projection SET state = 'rebuilding', reason = NULL, since = ? WHERE name = ?`,
  )
  const remove = database.prepare('DELETE FROM projection WHERE name = ?')
  const now = (): string => new Date().toISOString()
  return {
    all: () => new Map((all.all() as unknown as ProjectionRow[]).map((row) => [row.name, row])),
    has: (state) => one.get(state) !== undefined,
    keepingUp: () => new Set(keepingUp.all().map(({ name }) => String(name))),
    put: ({ name, version, state, height, reason }) => void put.run(name, version, state, height, reason, now()),
    stop: (name, height, reason) => void stop.run(height, reason, now(), name),
    rebuild: (name) => void rebuild.run(now(), name),
    remove: (name) => void remove.run(name),
  }
}
