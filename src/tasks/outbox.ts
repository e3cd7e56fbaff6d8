/** What the scheduler tells main, in order; of states only the newest, and before the events that follow from them. */
import type { Outlet } from '../runtime/index.ts'
import type { FromScheduler } from './questions.ts'
import type { TaskState } from './types.ts'

export interface Outbox {
  send(item: FromScheduler): void
  /** The state of this task is another, or it is gone. */
  changed(id: string): void
}

/** Events that wait while main takes nothing; older ones are dropped. */
const MOST_EVENTS = 1_000

export function createOutbox(outlet: Outlet<FromScheduler>, stateOf: (id: string) => TaskState | undefined): Outbox {
  const items: FromScheduler[] = []
  const dirty = new Set<string>()
  let flushing = false

  const states = (): FromScheduler => {
    const ids = [...dirty]
    dirty.clear()
    const found = ids.map((id) => ({ id, state: stateOf(id) }))
    return {
      kind: 'states',
      changed: found.flatMap(({ state }) => state ?? []),
      gone: found.filter(({ state }) => !state).map(({ id }) => id),
    }
  }
  const flush = async (): Promise<void> => {
    flushing = true
    await outlet.writable()
    while (dirty.size || items.length) {
      const item = dirty.size && items[0]?.kind !== 'hello' ? states() : items.shift()
      if (item) await outlet.send(item)
      await outlet.writable()
    }
    flushing = false
  }
  const wake = (): void => {
    if (!flushing) flush().catch(() => undefined) // main is gone for good: it stops
  }
  return {
    send: (item) => {
      items.push(item)
      if (items.length > MOST_EVENTS) {
        const oldest = items.findIndex(({ kind }) => kind === 'event')
        if (oldest >= 0) items.splice(oldest, 1)
      }
      wake()
    },
    changed: (id) => {
      dirty.add(id)
      wake()
    },
  }
}
