/** Events as queries see them: values by `type.key`, in plain text whatever the dialect. */
import type { Dialect } from '../../chain/decode/types.ts'

/** An event in an answer; Sei's keys and values are base64. */
export interface EventJson {
  type: string
  attributes: { key: string; value: string | null }[]
}

/** Adds events to a map. */
export function addEvents(
  map: Map<string, string[]>,
  events: readonly EventJson[],
  dialect: Dialect,
): Map<string, string[]> {
  const text = dialect === 'plain' ? String : (value: string) => Buffer.from(value, 'base64').toString()
  for (const { type, attributes } of events)
    for (const { key, value } of attributes) {
      const name = `${type}.${text(key)}`
      const found = text(value ?? '')
      const values = map.get(name)
      if (values) values.push(found)
      else map.set(name, [found])
    }
  return map
}
