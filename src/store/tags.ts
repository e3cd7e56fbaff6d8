/** What a commit changed, as tags: once for all its events. */
import type { App } from '../events/app.ts'
import { kindOf } from '../events/kind.ts'
import type { CommittedEvent } from '../events/types.ts'

/** More tags than this say less than "everything". */
const MOST = 5_000

/** The app's tags of the events, and `user:<account>` of everybody they concern; null: too many to say. */
export function tagsOf(events: readonly CommittedEvent[], app: App): string[] | null {
  const tags = new Set<string>()
  for (const type of new Set(events.map((event) => event.type)))
    for (const tag of app.tags?.(type) ?? [kindOf(type)]) tags.add(tag)
  for (const { audience } of events) for (const account of audience) tags.add(`user:${account}`)
  return tags.size > MOST ? null : [...tags]
}

/** Both together. */
export function mergeTags(some: readonly string[] | null, more: readonly string[] | null): readonly string[] | null {
  if (!some || !more) return null
  const both = new Set([...some, ...more])
  return both.size > MOST ? null : [...both]
}
