import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readEvents, readTxResult, type TxEvent } from '../../src/chain/decode/tx.ts'
import type { Dialect } from '../../src/chain/decode/types.ts'

/** Texts that look like the structure around them. */
const text = fc.constantFrom(
  '',
  'a',
  'action',
  'module',
  '1',
  ']}]',
  '},{"type":"',
  '","attributes":[',
  '\\"',
  '\u2028',
  'ü',
)
const key = fc.oneof(fc.constantFrom('msg_index', 'action', 'YWN0aW9u', '_contract_address'), text)
const attribute = fc
  .tuple(key, fc.oneof(text, fc.constant(null)), fc.constantFrom(undefined, true), fc.boolean())
  .map(([key, value, index, isTurned]) => (isTurned ? { index, value, key } : { key, value, index }))
const attributes = fc.oneof(
  { weight: 6, arbitrary: fc.array(attribute, { maxLength: 4 }) },
  fc.constantFrom(null, undefined),
)
const type = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('wasm', 'message', 'transfer') }, text)
const event = fc
  .tuple(type, attributes, fc.constantFrom(...Array(8).fill(''), 'turned', 'more'))
  .map(([type, attributes, shape]) =>
    shape === 'turned' ? { attributes, type } : { type, attributes, ...(shape ? { more: [{ type: 'x' }] } : {}) },
  )

/** Everything that can be asked of an event. */
function told({ index, type, message, attributes }: TxEvent): object {
  const values = ['action', 'module', '_contract_address'].map((name) => attributes.value(name))
  return { index, type, message, values, first: attributes.first(), all: attributes.decoded() }
}

it('events cut out of the text are the events that JSON.parse finds in it, however they are laid out', () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 5 }),
      fc.constantFrom<Dialect>('plain', 'base64'),
      fc.constantFrom(undefined, 1),
      (events, dialect, indent) => {
        const json = JSON.stringify({ code: 0, log: '"events":[', events, codespace: ']}]' }, null, indent)
        const cut = readTxResult(json, dialect).events
        expect(cut.map(told)).toEqual(readEvents(JSON.parse(json).events, dialect).map(told))
      },
    ),
    { numRuns: 10_000 },
  )
})
