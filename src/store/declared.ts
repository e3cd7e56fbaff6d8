/** Everything that is a fold over the log: the app's projections, and the memory of its joins. */
import type { App, OwnTables, Projection } from '../events/app.ts'
import type { ChainEvent, EventRecord } from '../events/types.ts'
import { StoreError } from './errors.ts'
import { JOIN_TABLES, JOINS, joinState } from './joins.ts'

/** An event of the log, and the record it was made of. */
export interface Logged {
  event: ChainEvent
  record(): EventRecord
}

export interface Declared extends Omit<Projection, 'apply'> {
  name: string
  /** 1 + its index among all: how deaths name it. */
  part: number
  /** How it folds events into these tables. */
  folding(tables: OwnTables): (logged: Logged) => void
}

/** The memory of joins first. @throws StoreError `E_BAD_PROJECTION` */
export function declaredBy({ catalogue, projections = {} }: App): Declared[] {
  if (Object.hasOwn(projections, JOINS))
    throw new StoreError('E_BAD_PROJECTION', `the name ${JOINS} is taken: call the projection otherwise`)
  const joins: Omit<Declared, 'part'> = {
    ...{ ...JOIN_TABLES, name: JOINS },
    folding: (tables) => {
      const state = joinState(tables)
      return ({ record }) => void catalogue.join(record(), state)
    },
  }
  const others = Object.entries(projections).map(([name, projection]) => ({
    ...{ ...projection, name },
    folding:
      (tables: OwnTables) =>
      ({ event }: Logged) =>
        projection.apply(event, tables),
  }))
  return [joins, ...others].map((each, index) => ({ ...each, part: index + 1 }))
}
