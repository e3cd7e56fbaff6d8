/** The `log` of a successful transaction on Sei: JSON of each message's events, merged by type (SDK 0.45: types.StringifyEvents). */
import type { AppEvent } from './types.ts'

/** @param messages the events of each message, in order */
export function successLog(messages: readonly (readonly AppEvent[])[]): string {
  const logs = messages.map((events, n) => {
    const merged = new Map<string, { key: string; value?: string }[]>()
    for (const { type, attributes } of events) {
      const all = merged.get(type) ?? []
      for (const [key, value] of attributes) all.push(value === '' ? { key } : { key, value })
      merged.set(type, all)
    }
    const sorted = [...merged].sort(([a], [b]) => (a < b ? -1 : 1))
    const stringified = sorted.map(([type, attributes]) => ({ type, attributes }))
    return n === 0 ? { events: stringified } : { msg_index: n, events: stringified }
  })
  return goJson(logs)
}

/** JSON as Go writes it: `<`, `>`, `&`, U+2028 and U+2029 are escaped, too. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
