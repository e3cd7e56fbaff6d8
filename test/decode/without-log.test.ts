import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readTxResult } from '../../src/chain/decode/tx.ts'

const events = fc.array(
  fc.record({ type: fc.constantFrom('wasm', 'message'), attributes: fc.constant([{ key: 'a', value: 'b' }]) }),
  { maxLength: 3 },
)
/** What looks like the events, or a code, and is none. */
const log = fc.constantFrom(
  '',
  '[{"events":[{"type":"x"}],"code":7}]',
  '"events":',
  '\\"code":5,',
  '{"code":5,"events":[]}',
)
const nested = fc.constantFrom(null, { events: [], code: 9 }, [{ events: [{ type: 'x' }] }], { code: 3 })
const entries = fc
  .tuple(
    fc.record(
      { code: fc.constantFrom(0, 5, -1, '0'), data: nested, log, info: log, events, codespace: log, extra: nested },
      { requiredKeys: ['events'] },
    ),
    fc.shuffledSubarray(['code', 'data', 'log', 'info', 'events', 'codespace', 'extra'], { minLength: 7 }),
    fc.boolean(),
  )
  .map(([fields, order, usual]) =>
    (usual ? ['code', 'data', 'log', 'info', 'events', 'codespace'] : order).flatMap((key) =>
      key in fields ? [[key, fields[key as keyof typeof fields]] as const] : [],
    ),
  )

it('a result is read as JSON.parse reads it, whatever stands before its events and in which order', () => {
  fc.assert(
    fc.property(entries, fc.constantFrom(undefined, 1), (fields, indent) => {
      const json = JSON.stringify(Object.fromEntries(fields), null, indent)
      const whole = JSON.parse(json)
      const { ok, events: read } = readTxResult(json, 'plain')
      expect(ok).toBe(whole.code === undefined || whole.code === 0)
      expect(read.map(({ type }) => type)).toEqual(whole.events.map(({ type }: { type: string }) => type))
    }),
    { numRuns: 5_000 },
  )
})

it('a key that comes twice counts as it does for JSON.parse', () => {
  const twice = '{"code":0,"code":5,"events":[],"events":[{"type":"wasm","attributes":[]}]}'
  expect(readTxResult(twice, 'plain')).toMatchObject({ ok: false, events: [{ type: 'wasm' }] })
})
