import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { generateBlock } from '../../bench/generate.ts'
import { quickIsJson } from '../../src/chain/decode/simd.ts'
import { isJson as eitherWay } from '../../src/chain/read/is-json.ts'
import { searched } from '../decode/searched.ts'

/** What may stand behind the end, and must not be read on. */
const BEHIND = ['1', '.5', 'e9', '"', '}', ']', ' ', 'rue', '\\']

/** Byte by byte and by SIMD: there is no difference. */
function isJson(bytes: Uint8Array): boolean {
  const one = eitherWay(bytes)
  expect(quickIsJson(searched(bytes, BEHIND[bytes.length % BEHIND.length]))).toBe(one)
  return one
}

const parses = (bytes: Uint8Array): boolean => {
  try {
    JSON.parse(Buffer.from(bytes).toString())
    return true
  } catch {
    return false
  }
}

const texts = fc
  .tuple(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t'))
  .map(([value, indent]) => JSON.stringify(value, null, indent))

/** Lists in objects in lists: each of them two levels. */
const nested = (times: number): string => `${'[{"a":'.repeat(times)}1${'}]'.repeat(times)}`

/** Bytes that matter to JSON more often than others. */
const byte = fc.oneof(fc.constantFrom(...Buffer.from('"\\{}[]:,0-+.eEutrfn \n\t\u0000')), fc.nat(255))

describe('isJson agrees with JSON.parse', () => {
  it('on every JSON text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(isJson(Buffer.from(text))).toBe(true)
      }),
    )
  })

  it('on texts of which bytes were changed, left out or put in', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1), fc.array(byte, { maxLength: 2 })), {
      maxLength: 3,
    })
    fc.assert(
      fc.property(texts, edits, (text, changes) => {
        const bytes = [...Buffer.from(text)]
        for (const [at, removed, added] of changes) bytes.splice(at % (bytes.length + 1), removed, ...added)
        const damaged = Uint8Array.from(bytes)
        expect(isJson(damaged)).toBe(parses(damaged))
      }),
      { numRuns: 20_000 },
    )
  })

  it('on bytes of any kind', () => {
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (bytes) => {
        expect(isJson(Uint8Array.from(bytes))).toBe(parses(Uint8Array.from(bytes)))
      }),
      { numRuns: 50_000 },
    )
  })

  it('on numbers, escapes and nesting at their edges', () => {
    const edges = ['0', '-0', '00', '-', '1.', '.1', '1e', '1e+', '1E-5', '01', '"\\u12"', '"\\u12aF"', '"\\x"', '"', '', ' ', '[', '[1,]', '{"a"}', '{"a":1,}', '{,}', 'nul', 'nulll', 'true false', '[[[[]]]]', '"\u007f\u00ff\ud83d\ude00"', '\ufeff1', '[1]]', '{"a":{}}', '{"a":[]}'] // biome-ignore format: a list
    for (const text of edges) expect([text, isJson(Buffer.from(text))]).toEqual([text, parses(Buffer.from(text))])
  })

  it('on what is nested deep; SIMD leaves to the other what is deeper than it follows', () => {
    for (const levels of [32_767, 32_768]) expect(isJson(Buffer.from(nested(levels)))).toBe(true)
    const deeper = searched(Buffer.from(nested(32_769)))
    expect(quickIsJson(deeper)).toBeUndefined()
    expect(eitherWay(deeper)).toBe(true)
  })

  it('on a block, and on each of its beginnings', () => {
    const block = generateBlock(1, { dialect: 'plain', every: 1 }).blockResults
    const bytes = Buffer.from(block)
    expect(isJson(bytes)).toBe(true)
    for (let end = 0; end < bytes.length; end += 9_973) expect(isJson(bytes.subarray(0, end))).toBe(false)
  })
})
