/**
 * The events of a result, cut out of its text: most of them concern nobody, and parsing is most of what decoding costs.
 *
 * Why cutting is safe: the text is known to be JSON, and inside a string every quote is escaped, so that {@link START} and
 * {@link ATTRIBUTES} are structure. Each event has to be laid out as all chains write it, its type and its attributes and
 * nothing else; whatever is not goes through JSON.parse.
 */
import { Attributes, type Listed } from './attributes.ts'
import type { Dialect } from './types.ts'

const START = '{"type":"'
const ATTRIBUTES = '"attributes":'
/** What stands before it, and behind. */
const [AFTER_TYPE, LIST] = ['",', '[']
const [END, BETWEEN] = [']}', ']},']

/** The events, and the offset behind the list. `from`: where the list begins. Undefined when it is laid out otherwise. */
export function cutEvents(json: string, from: number, dialect: Dialect): { events: Listed[]; end: number } | undefined {
  if (json[from] !== '[' || !json.startsWith(START, from + 1)) return undefined
  const events: Listed[] = []
  let start = from + 1
  let key = json.indexOf(ATTRIBUTES, start)
  for (;;) {
    const next = json.indexOf(START, start + START.length)
    const end = next < 0 ? json.indexOf(`${END}]`, start) + END.length : next - 1
    const following = json.indexOf(ATTRIBUTES, key + 1)
    const type = json.slice(start + START.length, key - AFTER_TYPE.length)
    const list = key + ATTRIBUTES.length
    const isUsual =
      key > start &&
      key < end &&
      (following < 0 || following > end) &&
      json.startsWith(AFTER_TYPE, key - AFTER_TYPE.length) &&
      json.startsWith(LIST, list) &&
      json.startsWith(next < 0 ? END : BETWEEN, end - END.length) &&
      !/["\\]/.test(type)
    if (!isUsual) return undefined
    events.push({ type, attributes: new Attributes(json.slice(list, end - 1), dialect) })
    if (next < 0) return { events, end: end + 1 }
    start = next
    key = following
  }
}
