/**
 * What `read` answers, read at most once in a turn of the event loop, however many ask. Nobody can notice: who learned
 * of anything that happened in a turn can only ask in a later one.
 */
export function oncePerTurn<T>(read: () => T): () => T {
  let known: { value: T } | undefined
  return () => {
    if (!known) {
      known = { value: read() }
      setImmediate(() => {
        known = undefined
      })
    }
    return known.value
  }
}
