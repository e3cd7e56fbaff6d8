import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { generateBlock, watchedContracts } from '../../bench/generate.ts'
import { decodeWhole } from '../../src/chain/decode/oracle.ts'
import { plainApp } from '../../src/events/app.ts'
import { CodedError } from '../../src/runtime/shared/errors.ts'
import { answers } from './arbitrary.ts'
import { curious, decodeFast } from './support.ts'

const runs = { numRuns: 400 }

describe('blocks of contracts that mean harm', () => {
  it('decode as the reference does, whatever the texts hold', () => {
    let trusted = 0
    fc.assert(
      fc.property(answers, ({ dialect, blockResults, block }) => {
        const contracts = watchedContracts(dialect)
        const fast = decodeFast(blockResults, block, { contracts, app: curious })
        expect(fast.block).toEqual(decodeWhole(blockResults, block, { contracts, app: curious, dialect }))
        if (fast.scan.trusted) trusted += 1
      }),
      runs,
    )
    expect(trusted).toBeGreaterThan(runs.numRuns / 3)
  })

  it('decode the same when indented, bare, or with the keys of the envelope in another order', () => {
    fc.assert(
      fc.property(answers, ({ dialect, blockResults, block }) => {
        const { jsonrpc, id, result } = JSON.parse(blockResults)
        const contracts = watchedContracts(dialect)
        const reference = decodeWhole(blockResults, block, { contracts, app: plainApp, dialect })
        const writings = [
          JSON.stringify({ jsonrpc, id, result }, null, 2),
          JSON.stringify(result),
          JSON.stringify({ result, id }),
          `${blockResults}\n`,
        ]
        for (const written of writings)
          expect(decodeFast(written, block, { contracts, app: plainApp }).block).toEqual(reference)
      }),
      { numRuns: 150 },
    )
  })

  it('make no object of ours another one', () => {
    fc.assert(
      fc.property(answers, ({ dialect, blockResults, block }) => {
        const { records } = decodeFast(blockResults, block, {
          contracts: watchedContracts(dialect),
          app: plainApp,
        }).block
        for (const { data } of structuredClone(records)) {
          for (const [key, value] of Object.entries(data)) expect([key, typeof value]).toEqual([key, 'string'])
          expect(Object.getPrototypeOf(data)).toBe(Object.prototype)
        }
        expect(({} as Record<string, unknown>).polluted).toBeUndefined()
      }),
      { numRuns: 100 },
    )
  })
})

describe('damaged answers', () => {
  /** Where the reference reads the damaged answer, so do we, or we refuse it with a code; nothing else, and always an end. */
  function agreesOrRefuses(blockResults: string, whole: string, dialect: 'plain' | 'base64'): void {
    const options = { contracts: watchedContracts(dialect), app: plainApp, dialect }
    const reference = attempt(() => decodeWhole(blockResults, whole, options))
    const fast = attempt(() => decodeFast(blockResults, whole, options).block)
    if (fast instanceof Error)
      expect(fast instanceof SyntaxError || fast instanceof CodedError, String(fast.stack)).toBe(true)
    else if (!(reference instanceof Error)) expect(fast).toEqual(reference)
  }

  it('cut off anywhere, they are refused', () => {
    fc.assert(
      fc.property(answers, fc.double({ min: 0, max: 1, noNaN: true }), ({ dialect, blockResults, block }, share) => {
        const cut = blockResults.slice(0, Math.min(Math.floor(share * blockResults.length), blockResults.length - 1))
        expect(() => decodeFast(cut, block, { contracts: watchedContracts(dialect), app: plainApp })).toThrow()
      }),
      { numRuns: 300 },
    )
  })

  it('with bytes changed, they are refused or read as the reference reads them', () => {
    const change = fc.tuple(
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'a', '0', ' '),
    )
    fc.assert(
      fc.property(
        answers,
        fc.array(change, { minLength: 1, maxLength: 3 }),
        ({ dialect, blockResults, block }, changes) => {
          const chars = [...blockResults]
          for (const [share, char] of changes) chars[Math.floor(share * chars.length)] = char
          agreesOrRefuses(chars.join(''), block, dialect)
        },
      ),
      runs,
    )
  })

  it('with a piece taken out or put in twice, they are refused or read as the reference reads them', () => {
    const spot = fc.double({ min: 0, max: 0.999, noNaN: true })
    fc.assert(
      fc.property(
        answers,
        spot,
        fc.nat(200),
        fc.constantFrom(0, 2),
        ({ dialect, blockResults, block }, share, length, times) => {
          const at = Math.floor(share * blockResults.length)
          const piece = blockResults.slice(at, at + length)
          agreesOrRefuses(
            blockResults.slice(0, at) + piece.repeat(times) + blockResults.slice(at + length),
            block,
            dialect,
          )
        },
      ),
      runs,
    )
  })
})

describe('generated bench blocks', () => {
  it.each(['plain', 'base64'] as const)(
    'of the %s dialect decode as the reference does, without a fallback',
    (dialect) => {
      for (let height = 1; height <= 3; height++) {
        const { blockResults, block, matches } = generateBlock(height, { dialect })
        const contracts = watchedContracts(dialect)
        const fast = decodeFast(blockResults, block, { contracts, app: curious })
        expect(fast.scan.trusted).toBe(true)
        expect(fast.block).toEqual(decodeWhole(blockResults, block, { contracts, app: curious, dialect }))
        expect(fast.block.records.filter(({ type }) => type !== 'wasm')).toHaveLength(matches)
      }
    },
  )

  it('are the same from the same seed, link their hashes, and are sparse when asked', () => {
    const options = { dialect: 'plain', txs: 20, every: 5 } as const
    const [first, ...rest] = Array.from({ length: 10 }, (_, index) => generateBlock(index + 1, options))
    expect(generateBlock(1, options)).toEqual(first)
    expect(generateBlock(1, { ...options, seed: 2 }).blockResults).not.toBe(first?.blockResults)
    let parent = first?.hash
    for (const { block, hash } of rest) {
      expect(block).toContain(`"last_block_id":{"hash":"${parent}"`)
      parent = hash
    }
    expect([first, ...rest].map((block) => (block?.matches ?? 0) > 0)).toEqual(
      Array.from({ length: 10 }, (_, index) => (index + 1) % 5 === 0),
    )
  })
})

function attempt<T>(read: () => T): T | Error {
  try {
    return read()
  } catch (error) {
    return error as Error
  }
}
