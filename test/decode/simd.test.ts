/** Pairs of bytes are found where they stand, wherever that is, and nowhere else. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import wabt from 'wabt'
import { PROGRAM, placesOf, Searchable } from '../../src/chain/decode/simd.ts'
import { searched } from './searched.ts'

it('the program is what its text assembles to', async () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../src/chain/decode/simd.wat'), 'utf8')
  const { buffer } = (await wabt()).parseWat('simd.wat', text, { simd: true }).toBinary({})
  expect(PROGRAM.equals(buffer)).toBe(true)
})

/** One after the other. */
function slowly(bytes: Buffer, from: number, to: number, ...texts: Buffer[]): number[] {
  const places: number[] = []
  for (let at = from; at < to; at++)
    if (texts.some((text) => bytes[at] === text[0] && bytes[at + text.length - 1] === text.at(-1))) places.push(at)
  return places
}

const few = fc.uint8Array({ max: 4, maxLength: 300 })
const texts = fc
  .integer({ min: 1, max: 9 })
  .chain((length) => fc.tuple(...[0, 1].map(() => fc.uint8Array({ max: 4, minLength: length, maxLength: length }))))
const [MARK, TWICE] = [Buffer.from('_d'), Buffer.from('__')]

describe('placesOf', () => {
  it('finds what a loop finds', () => {
    fc.assert(
      fc.property(few, fc.nat(40), fc.nat(300), fc.nat(300), texts, (bytes, offset, one, other, [a, b]) => {
        const body = searched(bytes, '', offset)
        const [from, to] = [Math.min(one, other, body.length), Math.min(Math.max(one, other), body.length)]
        const [first, second] = [Buffer.from(a ?? []), Buffer.from(b ?? [])]
        // what stands behind the end may complete a text that begins before it: whoever asks looks again
        const around = Buffer.from(body.buffer, body.byteOffset)
        expect(placesOf(body, from, to, first, second)).toEqual(slowly(around, from, to, first, second))
      }),
      { numRuns: 2_000 },
    )
  })

  it('finds more places than fit into one answer of the program', () => {
    const body = searched(Buffer.alloc(70_000, '_d'))
    expect(placesOf(body, 0, body.length - 1, TWICE, MARK)).toEqual(slowly(body, 0, body.length - 1, TWICE, MARK))
  })

  it('searches no bytes that are elsewhere', () => {
    expect(placesOf(Buffer.from('_d'), 0, 2, MARK)).toBeUndefined()
  })
})

it('memory grows in place: what is in it stays, and can be searched', () => {
  const grown = new Searchable()
  grown.reserve(10)
  grown.bytes.write('_d', 5)
  for (const length of [100_000, 1_000_000]) {
    grown.reserve(length)
    expect(grown.bytes.length).toBeGreaterThanOrEqual(length)
    expect(placesOf(grown.bytes, 0, 100, MARK)).toEqual([5])
  }
  grown.bytes.write('_d', 999_998)
  expect(placesOf(grown.bytes, 900_000, 1_000_000, MARK)).toEqual([999_998])
})
