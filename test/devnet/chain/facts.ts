/** What an answer looks like, as a set of facts: keys in order, types and formats by path, and events by type. */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Fields of free text. */
const TEXTS = new Set([
  'log',
  'moniker',
  'message',
  'query',
  'version',
  'data_of_app',
  'vmError',
  'network',
  'chain_id',
])

export function factsOf(value: unknown, path = ''): Set<string> {
  const facts = new Set<string>()
  collect(value as Json, path, facts)
  return facts
}

function collect(value: Json, path: string, facts: Set<string>): void {
  if (Array.isArray(value)) {
    if (value.length === 0) facts.add(`${path} []`)
    for (const entry of value) collect(entry, `${path}[]`, facts)
  } else if (value === null || typeof value !== 'object') facts.add(`${path}: ${formatOf(value, path)}`)
  else if ('type' in value && Array.isArray(value['attributes'])) collectEvent(value, path, facts)
  else if (path.endsWith('.events')) collectMap(value, path, facts)
  else {
    facts.add(`${path} {${Object.keys(value).join()}}`)
    for (const [key, inner] of Object.entries(value)) collect(inner, `${path}.${key}`, facts)
  }
}

/** In `events` of a frame: texts by `type.key`, as many as there were; which ones, the events tell. */
function collectMap(value: { [key: string]: Json }, path: string, facts: Set<string>): void {
  for (const texts of Object.values(value)) {
    const known = Array.isArray(texts) && texts.length > 0 && texts.every((text) => typeof text === 'string')
    facts.add(`${path} map of ${known ? 'texts' : typeof texts}`)
  }
}

function collectEvent(value: { [key: string]: Json }, path: string, facts: Set<string>): void {
  const attributes = value['attributes'] as { key: string; value: string | null; index?: boolean }[]
  const where = /tx_result|TxResult|txs_results/.test(path) ? 'tx' : 'block'
  facts.add(`${path} {${Object.keys(value).join()}}`)
  facts.add(`${where} event ${value['type']}(${attributes.map(({ key }) => key).join()})`)
  for (const attribute of attributes)
    facts.add(
      `${path} attribute {${Object.keys(attribute).join()}} ${attribute.value === null ? 'null' : typeof attribute.value} ${attribute.index}`,
    )
}

function formatOf(value: null | boolean | number | string, path: string): string {
  if (typeof value !== 'string') return value === null ? 'null' : typeof value
  if (value === '') return "''"
  if (TEXTS.has(path.slice(path.lastIndexOf('.') + 1))) return 'text'
  if (/^-?\d+$/.test(value)) return 'decimal'
  if (/^([0-9A-F]{2}){20,32}$/.test(value)) return 'HEX'
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/.test(value)) return 'RFC 3339'
  if (/^[A-Za-z0-9+/]{4,}={0,2}$/.test(value) && value.length % 4 === 0 && /[A-Z=+/]/.test(value)) return 'base64'
  return 'text'
}
