/** What tasks on the scheduler's thread are given. */
import type { TaskContext } from '../events/app.ts'

type Bound<F> = F extends (...args: infer A) => infer R ? (...args: [...A, signal: AbortSignal]) => R : never

/** What the context of every task is made of. */
export interface ContextParts {
  view: TaskContext['view']
  read: TaskContext['read']
  /** The caches of this thread. */
  cache(name: string): { get(key: string): unknown; set(key: string, data: unknown, options: object): void }
  /** The log's height now. */
  height(): number
  chain: { [K in keyof TaskContext['chain']]: Bound<TaskContext['chain'][K]> }
  contracts: TaskContext['contracts']
}

/** The context of one try. `using` is called whenever the task makes use of it. */
export function taskContext(parts: ContextParts, signal: AbortSignal, using: () => void): TaskContext {
  const { view, read, cache, chain, contracts } = parts
  const height = parts.height()
  const used =
    <A extends unknown[], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      using()
      return call(...args)
    }
  return {
    ...{ signal, contracts },
    view: used(view),
    read: (work) => {
      using()
      return read(work)
    },
    cache: {
      get: used((name, key) => cache(name).get(key)),
      set: used((name, key, data, options) => cache(name).set(key, data, { asOf: height, ...options })),
    },
    chain: {
      smartQuery: used((contract, query) => chain.smartQuery(contract, query, signal)),
      balances: used((address) => chain.balances(address, signal)),
    },
  }
}
