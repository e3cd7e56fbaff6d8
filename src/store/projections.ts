/**
 * The projections of an app beside the log: folded in with each block, suspended where they fail, and rebuilt by replaying
 * the log into shadow tables that are put in the place of the others (D5, D11).
 */
import type { DatabaseSync } from 'node:sqlite'
import type { App } from '../events/app.ts'
import { type Declared, declaredBy, type Logged } from './declared.ts'
import { type Failures, type FoldFailed, foldOver } from './fold.ts'
import { type Death, heldAt } from './hangs.ts'
import { installProjections } from './install.ts'
import { JOINS } from './joins.ts'
import { projectionRows } from './projection-rows.ts'
import { discardShadows, type Replay, startReplay } from './replay.ts'
import { exchange } from './tables.ts'

export interface ProjectionsOptions {
  app: App
  /** The writer's. */
  generation: number
  /** Told what is folded now: the height, and the part that is a projection; 0: none. */
  progress(height: number, part: number): void
  /** How earlier generations of this thread ended. */
  deaths: readonly Death[]
}

/** Each call stands inside the caller's transaction, which is made anew where it throws FoldFailed. */
export interface Projections {
  /** Folds blocks into all that keep up; `failures` are suspended where they are known to fail. @throws FoldFailed */
  apply(blocks: readonly { height: number; events: readonly Logged[] }[], failures: Failures): void
  /** These are to be rebuilt from the beginning; without names everything that is not suspended. */
  rebuild(names?: readonly string[]): void
  /** Whether something is to be rebuilt. */
  pending(): boolean
  /** Whether something failed, and is to be rebuilt once its code is mended. */
  suspended(): boolean
  /** Goes on rebuilding until about `until` (`performance.now()`). @throws FoldFailed */
  replay(until: number, failures: Failures): Replayed
}

export interface Replayed {
  /** `exchanged`: tables have taken the place of others. */
  did: 'nothing' | 'some' | 'exchanged'
  /** Takes note that the transaction is committed; without that the replay starts over. */
  committed(): void
}

const LONGEST_REASON = 500

/** Installs the app's projections in the file. @throws StoreError `E_BAD_PROJECTION` */
export function createProjections(
  database: DatabaseSync,
  { app, generation, progress, deaths }: ProjectionsOptions,
): Projections {
  const declared = declaredBy(app)
  const rows = projectionRows(database)
  installProjections(database, { declared, rows, build: `${generation}` })
  const installed = rows.all()
  let replay: Replay | undefined
  let builds = 0

  const enter = ({ name, part }: Declared): ((height: number) => void) => {
    const isHeld = heldAt(deaths, part, installed.get(name)?.since ?? '')
    return (height) => {
      progress(height, part)
      if (isHeld(height)) throw new Error('it did not end, again and again')
    }
  }
  const live = declared
    .filter(({ name }) => name !== JOINS) // the memory of joins is kept while events are joined
    .map((projection) => foldOver(database, projection, '', enter(projection)))

  const stop = ({ projection, height, message }: FoldFailed): void =>
    rows.stop(projection, height - 1, `block ${height}: ${message}`.slice(0, LONGEST_REASON))

  const begin = (): Replay | undefined => {
    const known = rows.all()
    const wanted = declared.filter(({ name }) => known.get(name)?.state === 'rebuilding')
    builds += 1
    return startReplay(database, wanted, { enter, build: `${generation}.${builds}` })
  }
  begin() // only to tell at the start, not later, that tables cannot be made

  const finish = (name: string, failed?: FoldFailed): void => {
    const version = rows.all().get(name)?.version ?? 0
    if (failed && name === JOINS)
      discardShadows(database, name) // what it has is better than half of it
    else exchange(database, name)
    rows.put({ name, version, state: 'ok', height: null, reason: null })
    if (failed) stop(failed)
  }

  return {
    apply: (blocks, failures) => {
      const keepingUp = rows.keepingUp()
      const eventful = blocks.filter(({ events }) => events.length)
      for (const fold of live.filter(({ name }) => keepingUp.has(name))) {
        const failure = failures.get(fold.name)
        const sound = failure ? eventful.filter(({ height }) => height < failure.height) : eventful
        for (const { height, events } of sound) fold.apply(height, events)
        if (failure) stop(failure)
      }
      if (eventful.length) progress(eventful.at(-1)?.height ?? 0, 0)
    },
    rebuild: (names) => {
      for (const { name, state } of rows.all().values())
        if (names ? names.includes(name) : state !== 'suspended' || name === JOINS) rows.rebuild(name)
      replay = undefined
    },
    pending: () => rows.has('rebuilding'),
    suspended: () => rows.has('suspended'),
    replay: (until, failures) => {
      const going = replay ?? begin()
      let exchanged = false
      const next = going?.step({ until, failures }, (name, failed) => {
        finish(name, failed)
        exchanged = true
      })
      progress(0, 0)
      return {
        did: exchanged ? 'exchanged' : going ? 'some' : 'nothing',
        committed: () => {
          replay = next
        },
      }
    },
  }
}
