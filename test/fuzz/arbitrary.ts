/** Inputs that nobody wishes for: words that mean something somewhere, and sound texts, damaged. */
import fc from 'fast-check'

export const word: fc.Arbitrary<string> = fc.constantFrom(
  ...['', ' ', '0', '-1', '1e9', '0x', '00', 'null', 'true', 'NaN', '[object Object]', '9007199254740993', '1-block-0'],
  ...[
    '0-0-0',
    '1-1',
    '1-2147483648-0',
    '999999999999999-0-0',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
  ],
  ...[
    'subscribe',
    'unsubscribe',
    'ping',
    'event',
    'error',
    'disconnect',
    'connect',
    'transfers',
    'system',
    'portfolio',
  ],
  ...['blockchain_events', 'wasm15yk64u7zc9g9k2yr2wmzeva5qgwxps6yvw76s4', `0x${'ab'.repeat(20)}`, 'AB'.repeat(32)],
  ...['\u0000', '\ud800', '💥', '\r\nX: y', '../../etc', '%', '%ff', '%2e%2e', '%00', "' OR 1=1 --", 'a'.repeat(300)],
)

export const text: fc.Arbitrary<string> = fc.oneof(
  word,
  word,
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary' }),
)

const poison = fc.constantFrom<unknown>(
  JSON.parse('{"__proto__":{"admin":true}}'),
  { constructor: 1 },
  1e308,
  -0,
  [],
  {},
)

/** Any JSON value. */
export const value: fc.Arbitrary<unknown> = fc.oneof(text, poison, fc.jsonValue({ maxDepth: 4 }), fc.integer())

/** An object with some of these fields, each of any value, and some that are none of them. */
export function objectOf(...names: string[]): fc.Arbitrary<unknown> {
  const fields = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] })
  return fc.oneof({ weight: 5, arbitrary: fields }, value, fc.dictionary(text, value, { maxKeys: 3 }))
}

/** Fields on which readers lean, some with the value that would hurt most. */
const FIELDS = [
  ...['"time":"2026-13-45T99:99:99Z"', '"txs":{"length":4294967295}', '"txs":"abcd"', '"num_txs":"999999999999999"'],
  ...[
    '"height":"999999999999999"',
    '"total":4294967295',
    '"hash":null',
    '"chain_id":"other"',
    '"code":-1',
    '"time":"9"',
  ],
  ...['"txs":', '"time":', '"events":', '"attributes":', '"block_metas":', '"last_block_id":', '"header":', '"block":'],
  ...['"data":', '"network":', '"latest_block_height":', '"sync_info":', '"code":', '"txs_results":', '"result":'],
  ...['"type":', '"channel":', '"since":', '"address":', '"tasks":', '"history":', '"nextRun":'],
]

/** One damage to a text. */
export interface Damage {
  kind: 'cut' | 'drop' | 'double' | 'put' | 'flip' | 'value' | 'base64' | 'field'
  /** Where, of the whole, 0 to 1. */
  at: number
  length: number
  put: string
}

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom<Damage['kind']>(
    'cut',
    'drop',
    'double',
    'put',
    'flip',
    'value',
    'value',
    'base64',
    'field',
    'field',
  ),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 60 }),
  put: fc.oneof(
    fc.constantFrom(
      'null',
      '[]',
      '{}',
      '""',
      '-1',
      '1e999',
      '"0"',
      '[null]',
      '[[[[',
      '}',
      '"',
      ',',
      '\\',
      '\\u0000',
      '\u0000',
    ),
    fc.constantFrom('{"events":[null]}', '{"attributes":5}', '[{"type":1}]', '"/w=="', '"!!!"', '99999999999999999999'),
    fc.constantFrom('"2026-13-45T99:99:99Z"', '{"length":4294967295}', '{"length":3}', '"999999999999999"', '"2026"'),
    value.map((any) => JSON.stringify(any)),
  ),
})

export const damages: fc.Arbitrary<Damage[]> = fc.array(damage, { minLength: 1, maxLength: 3 })

/** The text after these damages, one after the other. */
export function damaged(sound: string, each: readonly Damage[]): string {
  return each.reduce(broken, sound)
}

function broken(sound: string, { kind, at, length, put }: Damage): string {
  const from = Math.floor(at * sound.length)
  const [before, after] = [sound.slice(0, from), sound.slice(from)]
  if (kind === 'cut') return before
  if (kind === 'drop') return before + after.slice(length)
  if (kind === 'double') return before + after.slice(0, length) + after
  if (kind === 'put') return before + put + after
  if (kind === 'flip')
    return before + String.fromCharCode((after.charCodeAt(0) || 0) ^ (1 << (length % 7))) + after.slice(1)
  if (kind === 'field') {
    const field = FIELDS[length % FIELDS.length] ?? ''
    const name = field.slice(0, field.indexOf(':') + 1)
    return before + after.replace(name, () => `${field === name ? name + put : field},"was":`)
  }
  if (kind === 'base64') return before + after.replace(/"[\w+/]{4,}={0,2}"/, `"${put.replaceAll(/[^\w]/g, '')}"`)
  return before + after.replace(/:("[^"]*"|-?\d+|null|true|false|\[\]|\{|\[)/, `:${put.replaceAll('$', '$$$$')}`) // a whole value
}
