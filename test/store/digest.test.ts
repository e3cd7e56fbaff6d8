import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { plainApp } from '../../src/events/app.ts'
import type { DecodedBlock } from '../../src/events/types.ts'
import { type LogDigest, logDigest } from '../../src/store/digest.ts'
import { openReader } from '../../src/store/reader.ts'
import { openWriter } from '../../src/store/writer.ts'
import { block, CONTRACTS, folder, range, readerOn, record, writerOn } from './support.ts'

/** Blocks 1…n by how many events each has; `text` goes into the last event. */
function blocks(counts: readonly number[], text = 'x'): DecodedBlock[] {
  return counts.map((count, n) => {
    const last = n === counts.length - 1
    return block(
      n + 1,
      Array.from({ length: count }, (_, index) =>
        record(0, index, { data: { id: last && index === count - 1 ? text : 'x' } }),
      ),
    )
  })
}

/** The digest of a log into which these ranges were committed, one after the other. */
function digestOf(ranges: readonly DecodedBlock[][]): LogDigest {
  const path = folder()
  const writer = openWriter({ path, app: plainApp, contracts: CONTRACTS, chainId: 'test-1' })
  for (const each of ranges) if (each.length) writer.commit(range(each))
  writer.close()
  const reader = openReader(path)
  try {
    return logDigest(reader)
  } finally {
    reader.close()
  }
}

const counts = fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }).map((some) => [...some, 1])

it('is the same in whatever pieces the log was written, and another when one text is', () => {
  fc.assert(
    fc.property(counts, fc.nat(6), (each, cut) => {
      const whole = digestOf([blocks(each)])
      expect(digestOf([blocks(each).slice(0, cut), blocks(each).slice(cut)])).toEqual(whole)
      expect(digestOf([blocks(each, 'y')])).toEqual({ ...whole, digest: expect.not.stringMatching(whole.digest) })
    }),
    { numRuns: 8 },
  )
})

it('another height of the same event is another digest; a height without events changes none', () => {
  const [first, second] = [digestOf([blocks([1])]), digestOf([blocks([0, 1])])]
  expect(second.digest).not.toBe(first.digest)
  expect(digestOf([blocks([1, 0, 0])])).toEqual({ ...first, height: 3 })
  expect(digestOf([blocks([0])])).toEqual({ height: 1, events: 0, digest: '0'.repeat(64) })
})

it('of a part: both ends are inclusive, and beyond the checkpoint there is nothing', () => {
  const path = folder()
  writerOn(path).commit(range(blocks([2, 0, 1, 3])))
  const reader = readerOn(path)
  const events = (from: number, to: number): number => logDigest(reader, { from, to }).events
  expect([events(1, 1), events(2, 3), events(3, 4), events(2, 2)]).toEqual([2, 1, 4, 0])
  expect(logDigest(reader, { to: 9 })).toEqual(logDigest(reader))
  expect(logDigest(reader).height).toBe(4)
})

/** The rule as it is written down, over texts that were read one by one. */
function byTheRule(events: readonly { height: number; text: string }[]): string {
  let digest: Buffer = Buffer.alloc(32)
  for (const height of new Set(events.map((event) => event.height))) {
    const texts = events.filter((event) => event.height === height).map(({ text }) => Buffer.from(text))
    const number = (value: number, digits: number) => Buffer.from(value.toString(16).padStart(digits, '0'), 'hex')
    const parts = [digest, number(height, 16), ...texts.flatMap((text) => [number(text.length, 8), text])]
    digest = createHash('sha256').update(Buffer.concat(parts)).digest()
  }
  return digest.toString('hex')
}

it('follows its rule, also over blocks that are longer than a page and texts that are no ASCII', () => {
  const path = folder()
  const writer = writerOn(path)
  const many = Array.from({ length: 2_500 }, (_, n) => record(0, n, { data: { note: '波 🌊'.repeat(n % 3) } }))
  writer.commit(range([block(1, many), block(2, [record(0, 0)])]))
  const reader = readerOn(path)
  const texts = reader.events({ order: 'asc', limit: 9_999 })
  expect(logDigest(reader)).toEqual({ height: 2, events: 2_501, digest: byTheRule(texts) })
})
