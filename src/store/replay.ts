/** Projections built anew beside those that are served: the log is folded into shadow tables, a little at a time. */
import type { DatabaseSync } from 'node:sqlite'
import { parsePosition } from '../events/position.ts'
import type { ChainEvent } from '../events/types.ts'
import type { Declared, Logged } from './declared.ts'
import { recordOf } from './encode.ts'
import { type Failures, type Fold, type FoldFailed, foldOver } from './fold.ts'
import { createTables, dropTables, SHADOW, tablesOf } from './tables.ts'

/** Events read at once. */
const PAGE = 256

export interface Replay {
  /**
   * Folds blocks in until about `until` (`performance.now()`), inside the caller's transaction. `left` is told of each
   * projection that is done: at the end of the log, or where it is known to fail.
   * @returns the replay to go on with once the transaction is committed; undefined when nothing is left to do
   * @throws FoldFailed
   */
  step(
    { until, failures }: { until: number; failures: Failures },
    left: (name: string, failed?: FoldFailed) => void,
  ): Replay | undefined
}

interface EventRow {
  height: number
  text: string
  joined_fields: number
  joined_accounts: number
}

/** A replay from the beginning, of these projections; their shadows are made here. */
export function startReplay(
  database: DatabaseSync,
  projections: readonly Declared[],
  { build, enter }: { build: string; enter(projection: Declared): (height: number) => void },
): Replay | undefined {
  const columns = 'height, text, joined_fields, joined_accounts'
  const after = database.prepare(`SELECT ${columns} FROM event WHERE height > ? ORDER BY height, tx, n LIMIT ${PAGE}`)
  const at = database.prepare(`SELECT ${columns} FROM event WHERE height = ? ORDER BY tx, n`)

  /** The next blocks, whole ones only; empty at the end of the log. */
  const blocksAfter = (height: number): [height: number, events: Logged[]][] => {
    const rows = after.all(height) as unknown as EventRow[]
    const blocks = [...Map.groupBy(rows, (row) => row.height)]
    const last = blocks.at(-1)
    if (last && rows.length === PAGE) {
      blocks.pop() // it may go on
      if (!blocks.length) blocks.push([last[0], at.all(last[0]) as unknown as EventRow[]])
    }
    return blocks.map(([height, events]) => [height, events.map(loggedOf)])
  }

  const from = (height: number, folds: readonly Fold[]): Replay | undefined =>
    folds.length === 0
      ? undefined
      : {
          step: ({ until, failures }, left) => {
            let cursor = height
            let remaining = folds
            for (;;) {
              const blocks = blocksAfter(cursor)
              if (!blocks.length) {
                for (const { name } of remaining) left(name)
                return undefined
              }
              for (const [height, events] of blocks) {
                remaining = remaining.filter((fold) => {
                  const failure = failures.get(fold.name)
                  if (failure?.height === height) left(fold.name, failure)
                  else fold.apply(height, events)
                  return failure?.height !== height
                })
                cursor = height
                if (performance.now() >= until || !remaining.length) return from(cursor, remaining)
              }
            }
          },
        }

  for (const projection of projections) {
    discardShadows(database, projection.name)
    createTables(database, projection, { suffix: SHADOW, build })
  }
  return from(
    0,
    projections.map((projection) => foldOver(database, projection, SHADOW, enter(projection))),
  )
}

export function discardShadows(database: DatabaseSync, projection: string): void {
  dropTables(
    database,
    tablesOf(database, projection).filter(({ shadow }) => shadow),
  )
}

function loggedOf({ text, joined_fields: fields, joined_accounts: accounts }: EventRow): Logged {
  const event = JSON.parse(text) as ChainEvent
  return {
    event,
    record: () => {
      const position = parsePosition(event.id)
      if (!position) throw new RangeError(`${event.id} is no position`)
      return recordOf(event, position, { fields, accounts })
    },
  }
}
