/** A subscription, pulled instead of pushed. */
import { type Feed, failure, type Handlers } from './feed.ts'

/** Events one at a time: the next is taken when the one before was, so that a slow reader holds nothing but its place. */
export async function* pulled<Event>(join: (handlers: Handlers) => Feed): AsyncGenerator<Event, void, void> {
  let arrived = Promise.withResolvers<{ event: Event; taken(): void }>()
  const feed = join({
    onEvent: (event: Event) =>
      new Promise<void>((taken) => {
        arrived.resolve({ event, taken })
      }),
  } as Handlers)
  const ended = feed.ended()
  try {
    for (;;) {
      const next = await Promise.race([arrived.promise, ended])
      if (!next) break
      arrived = Promise.withResolvers()
      yield next.event
      next.taken()
    }
    if (feed.error) throw failure(feed.error)
  } finally {
    feed.close()
  }
}
