/** Closures on main, as work that the scheduler can run. */
import { flatten, revive } from '../runtime/shared/plain-error.ts'
import type { Work } from './attempt.ts'
import { Opaque } from './portable.ts'
import type { FromScheduler, ToScheduler } from './questions.ts'

export interface Remote {
  /** Has main run the closure of this task; over when main says so. */
  closure(id: string): Work
  /** Takes what main says. What an earlier generation ordered is nobody's any more. */
  answered(item: ToScheduler): void
}

/** `generation`: this scheduler's, so that no two runs have the same ticket. */
export function createRemote(generation: number, send: (item: FromScheduler) => void): Remote {
  const pending = new Map<string, PromiseWithResolvers<unknown>>()
  let ordered = 0
  return {
    closure: (id) => (signal) => {
      const ticket = `${generation}-${++ordered}`
      const run = Promise.withResolvers<unknown>()
      pending.set(ticket, run)
      signal.addEventListener('abort', () => send({ kind: 'abort', ticket, reason: flatten(signal.reason) }))
      send({ kind: 'run', id, ticket })
      return run.promise
    },
    answered: (item) => {
      const run = pending.get(item.ticket)
      pending.delete(item.ticket)
      if (item.kind === 'error') run?.reject(revive(item.error))
      else run?.resolve(item.kind === 'opaque' ? new Opaque(item.reason) : item.result)
    },
  }
}
