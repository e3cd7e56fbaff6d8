import type { Outlet } from '../shared/wire.ts'

/**
 * Offers items to a receiver that is never waited for: while there is no credit, what was not sent yet and the newer
 * item are merged into one, which goes out as soon as there is credit again. So the last item always arrives.
 */
export function conflate<T>(outlet: Outlet<T>, merge: (older: T, newer: T) => T): (item: T) => void {
  let held: { item: T } | undefined
  const flush = async (): Promise<void> => {
    await outlet.writable()
    if (held && outlet.trySend(held.item)) held = undefined
    if (held) await flush()
  }
  return (item) => {
    if (held) held.item = merge(held.item, item)
    else if (!outlet.trySend(item)) {
      held = { item: merge(item, item) }
      void flush()
    }
  }
}
