import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BlockSpec,
  blockAnswer,
  blockResultsAnswer,
  type EventSpec,
  sha256,
  type TxSpec,
} from '../../bench/parts/answers.ts'
import { readBlock } from '../../src/chain/decode/block.ts'
import { createDecoder } from '../../src/chain/decode/decode.ts'
import { prepareNeedles, scanBlockResults } from '../../src/chain/decode/scan.ts'
import type { Dialect } from '../../src/chain/decode/types.ts'
import { plainApp } from '../../src/events/app.ts'
import { formatPosition } from '../../src/events/position.ts'
import type { EventRecord } from '../../src/events/types.ts'
import { curious, decodeFast } from './support.ts'

const POTS = 'sei16jzpxp0e8550c9aht6q9svcux30vtyyyyxv5w2l2djjra46580wsfyte3w'
const OTHER = 'sei1sr06m8yqg0wzqqyqvzvp5t07dj4nevx9u8qc7j4qa72qu8e3ct8q6c6arh'
const contracts = [{ name: 'pots', address: POTS }]
const dialects = ['plain', 'base64'] as const

const action: EventSpec = { type: 'message', attributes: [['action', '/cosmwasm.wasm.v1.MsgExecuteContract']] }
const sentBy = (sender: string, module = 'wasm'): EventSpec => ({
  type: 'message',
  attributes: [
    ['module', module],
    ['sender', sender],
  ],
})
const paid = (amount: string, recipient = POTS): EventSpec => ({
  type: 'transfer',
  attributes: [
    ['recipient', recipient],
    ['sender', 'user'],
    ['amount', amount],
  ],
})
const received = (amount: string, receiver = POTS): EventSpec => ({
  type: 'coin_received',
  attributes: [
    ['receiver', receiver],
    ['amount', amount],
  ],
})
const emitted = (...attributes: [string, string][]): EventSpec => ({
  type: 'wasm-x',
  attributes: [['_contract_address', POTS], ...attributes],
})
const deposit = (amount: string, denom = 'usei'): EventSpec => emitted(['amount', amount], ['denom', denom])

function tx(messages: EventSpec[][], dialect: Dialect, rest: Partial<TxSpec> = {}): TxSpec {
  const events = messages.flatMap((each, n) =>
    each.map(({ type, attributes }) => ({
      type,
      attributes: dialect === 'plain' ? [...attributes, ['msg_index', `${n}`] as const] : attributes,
    })),
  )
  return { ...{ bytes: Buffer.from('tx'), code: 0, data: '', log: '', gasWanted: 9, gasUsed: 9, events }, ...rest }
}

function block(txs: TxSpec[], blockEvents: EventSpec[] = [received('1usei', 'fees')]): BlockSpec {
  const time = '2026-11-23T08:42:25.217588075Z'
  return { chainId: 'test-1', height: 7, hash: sha256('7'), parentHash: sha256('6'), time, txs, blockEvents }
}

function decoded(spec: BlockSpec, dialect: Dialect): EventRecord[] {
  return decodeFast(blockResultsAnswer(spec, dialect), blockAnswer(spec), { contracts, app: curious }).block.records
}

function facts(messages: EventSpec[][], dialect: Dialect): { sender: string | null; covered: boolean }[] {
  return decoded(block([tx(messages, dialect)]), dialect).map(({ accounts }) => JSON.parse(accounts[0] ?? ''))
}

describe.each(dialects)('backing on the %s dialect', (dialect) => {
  const covered = (...messages: EventSpec[][]): boolean[] =>
    facts(
      messages.map((each) => [action, ...each]),
      dialect,
    ).map((fact) => fact.covered)

  it('is a transfer to the contract in the same message that covers the amount', () => {
    expect(covered([paid('10usei'), deposit('10')])).toEqual([true])
    expect(covered([paid('10usei'), deposit('9')])).toEqual([true])
    expect(covered([paid('10usei'), deposit('11')])).toEqual([false])
    expect(covered([paid('10uatom'), deposit('10')])).toEqual([false])
    expect(covered([paid('10usei', OTHER), deposit('10')])).toEqual([false])
    expect(covered([paid('10usei')], [deposit('10')])).toEqual([false])
    expect(covered([paid('60usei,5uatom'), deposit('5', 'uatom'), deposit('60')])).toEqual([true, true])
  })

  it('is taken whole and once, and only of what came before the event', () => {
    expect(covered([paid('10usei'), deposit('5'), deposit('5')])).toEqual([true, false])
    expect(covered([deposit('5'), paid('5usei'), deposit('5')])).toEqual([false, true])
    expect(covered([paid('5usei'), paid('5usei'), deposit('5'), deposit('5'), deposit('5')])).toEqual([
      true,
      true,
      false,
    ])
  })

  it('is what the contract received where no transfer names it, never both', () => {
    expect(covered([received('5usei'), deposit('5')])).toEqual([true])
    expect(covered([received('5usei'), paid('5usei'), deposit('5'), deposit('5')])).toEqual([true, false])
  })

  it('is exact up to 2^128 − 1, and false for what is no amount', () => {
    const most = String(2n ** 128n - 1n)
    expect(covered([paid(`${most}usei`), deposit(most)])).toEqual([true])
    expect(covered([paid(`${BigInt(most) - 1n}usei`), deposit(most)])).toEqual([false])
    expect(
      covered([paid('5usei'), deposit('-1')], [paid('5usei'), deposit('')], [paid('5usei'), deposit('1e1')]),
    ).toEqual([false, false, false])
  })

  it('never backs more than was paid, nor more deposits than there were payments', () => {
    const sum = fc.integer({ min: 1, max: 9 })
    const event = fc.oneof(
      sum.map((n) => ({ n, event: paid(`${n}usei`) })),
      sum.map((n) => ({ n, event: deposit(`${n}`) })),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (list) => {
        const verdicts = covered(list.map(({ event: each }) => each))
        const total = (type: string): number[] => list.filter(({ event: each }) => each.type === type).map(({ n }) => n)
        const backed = total('wasm-x').filter((_, index) => verdicts[index])
        const add = (a: number, b: number): number => a + b
        expect(backed.reduce(add, 0)).toBeLessThanOrEqual(total('transfer').reduce(add, 0))
        expect(backed.length).toBeLessThanOrEqual(total('transfer').length)
      }),
      { numRuns: 100 },
    )
  })

  it('the sender is whom the wasm module names in that message, not the bank', () => {
    const senders = facts(
      [
        [action, sentBy('bank user', 'bank'), sentBy('anna'), deposit('1')],
        [action, sentBy('berta'), deposit('1')],
        [action, deposit('1')],
      ],
      dialect,
    )
    expect(senders.map(({ sender }) => sender)).toEqual(['anna', 'berta', null])
  })
})

describe.each(dialects)('records on the %s dialect', (dialect) => {
  it('keep the first of duplicate keys and say so; hostile keys are data like any other', () => {
    const hostile = emitted(['__proto__', 'a'], ['constructor', 'b'], ['x', ''], ['x', '2'])
    const [record] = decoded(block([tx([[hostile]], dialect)]), dialect)
    expect(record?.duplicates).toBe(true)
    expect(Object.entries(record?.data ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['x', ''],
    ])
    expect(decoded(block([tx([[deposit('1')]], dialect)]), dialect)[0]).not.toHaveProperty('duplicates')
  })

  it("leave out the chain's own msg_index, not the contract's", () => {
    const [record] = decoded(block([tx([[emitted(['msg_index', '77'], ['y', '1'])]], dialect)]), dialect)
    expect(record?.data).toEqual({ msg_index: '77', y: '1' })
  })

  it('come of wasm events alone, by contract and not by type, with raw positions that count failed transactions', () => {
    const executed: EventSpec = { type: 'execute', attributes: [['_contract_address', POTS]] }
    const foreign: EventSpec = { type: 'wasm-x', attributes: [['_contract_address', OTHER]] }
    const late: EventSpec = {
      type: 'wasm-x',
      attributes: [
        ['a', 'b'],
        ['_contract_address', POTS],
      ],
    }
    const bare: EventSpec = {
      type: 'wasm',
      attributes: [
        ['_contract_address', POTS],
        ['action', 'go'],
      ],
    }
    const failed = tx([[deposit('1')]], dialect, { code: 5 })
    const records = decoded(
      block([failed, tx([[executed, foreign, late, bare]], dialect), tx([[deposit('2')]], dialect)]),
      dialect,
    )
    expect(records.map((record) => [formatPosition({ height: 7, ...record }), record.type])).toEqual([
      ['7-1-3', 'wasm'],
      ['7-2-0', 'x'],
    ])
  })

  it('of the block itself stand after the transactions and have no hash', () => {
    const spec = block([tx([[deposit('1')]], dialect)], [received('1usei', 'fees'), deposit('2')])
    const records = decoded(spec, dialect)
    expect(records.map((record) => formatPosition({ height: 7, ...record }))).toEqual(['7-0-0', '7-block-1'])
    expect(records.map(({ txHash }) => txHash)).toEqual([sha256(Buffer.from('tx')), null])
  })
})

describe('the scan', () => {
  const needles = prepareNeedles([POTS])

  it('counts a result without gas_wanted (Sei leaves out a zero) by parsing, once the block is known to hold more', () => {
    const spec = block([tx([[deposit('1')]], 'base64'), tx([[deposit('2')]], 'base64', { gasWanted: 0 })])
    const body = Buffer.from(blockResultsAnswer(spec, 'base64'))
    expect(scanBlockResults(body, { needles, dialect: undefined, expectedTxs: 2 })).toMatchObject({
      txCount: 2,
      trusted: false,
    })
    expect(decoded(spec, 'base64').map(({ txIndex }) => txIndex)).toEqual([0, 1])
  })

  it('gives the true count where it is not the expected one', () => {
    const body = Buffer.from(blockResultsAnswer(block([tx([[deposit('1')]], 'plain')]), 'plain'))
    expect(scanBlockResults(body, { needles, dialect: 'plain', expectedTxs: 3 })).toMatchObject({
      txCount: 1,
      trusted: false,
    })
  })

  it('finds any number of contracts, of any length of address, and none that only resemble them', () => {
    const many = Array.from({ length: 500 }, (_, n) => `sei1${sha256(`${n}`).toLowerCase()}`)
    for (const watched of [many, ['a'], ['cosmos1', ...many.slice(0, 9)]]) {
      const [address = ''] = watched
      for (const [written, hits] of [
        [address, 1],
        [`${address}x`, 0],
        [address.slice(0, -1), 0],
      ] as const) {
        const event: EventSpec = { type: 'wasm-x', attributes: [['_contract_address', written]] }
        const body = Buffer.from(blockResultsAnswer(block([tx([[event]], 'plain')]), 'plain'))
        expect(scanBlockResults(body, { needles: prepareNeedles(watched), dialect: 'plain' }).hits).toHaveLength(hits)
      }
    }
  })

  it('takes a key in an unusual layout for a hit, and the decoder looks', () => {
    const spec = block([tx([[deposit('1')]], 'plain')])
    const usual = `"key":"_contract_address","value":"${POTS}"`
    const unusual = [`"value":"${POTS}","key":"_contract_address"`, `"key":"_contract_address", "value":"${POTS}"`]
    for (const written of unusual) {
      const { block: decodedBlock, scan } = decodeFast(
        blockResultsAnswer(spec, 'plain').replace(usual, written),
        blockAnswer(spec),
        { contracts, app: plainApp },
      )
      expect([scan.trusted, decodedBlock.records.length]).toEqual([true, 1])
    }
  })

  it.each(dialects)('learns the %s dialect from the contract key where the first keys tell nothing', (dialect) => {
    const unknown: EventSpec = {
      type: 'x',
      attributes: [
        ['id', '1'],
        ['data', '2'],
        ['k', '3'],
        ['kk', '4'],
        ['kkk', '5'],
      ],
    }
    const body = Buffer.from(blockResultsAnswer(block([tx([[unknown, deposit('1')]], dialect)], []), dialect))
    expect(scanBlockResults(body, { needles, dialect: undefined })).toMatchObject({ dialect, hits: [{ txIndex: 0 }] })
    const silent = Buffer.from(blockResultsAnswer(block([tx([[unknown]], dialect)], []), dialect))
    expect(scanBlockResults(silent, { needles, dialect: undefined })).toMatchObject({ dialect: undefined, hits: [] })
  })

  it('leaves the bytes alone and works on a view of a larger buffer', () => {
    const text = blockResultsAnswer(block([tx([[deposit('1')]], 'plain')]), 'plain')
    const whole = Buffer.from(`${text}${text}`)
    const { hits, trusted } = scanBlockResults(whole.subarray(text.length), { needles, dialect: undefined })
    expect([hits.length, trusted, whole.toString()]).toEqual([1, true, `${text}${text}`])
    expect(JSON.parse(Buffer.from(hits[0]?.json ?? []).toString())).toEqual(JSON.parse(text).result.txs_results[0])
  })

  it.each(['', '{}', '[]', 'null', '{"jsonrpc":"2.0","id":1,"error":{"code":-32603}}', '<html>'])(
    'refuses %j',
    (body) => {
      expect(() => scanBlockResults(Buffer.from(body), { needles, dialect: undefined })).toThrow(SyntaxError)
    },
  )
})

describe('the decoder', () => {
  const decoder = () => createDecoder({ contracts, app: plainApp })
  const range = (dialect: Dialect | undefined, json = '') => ({
    ...{ chainId: 'test-1', dialect, bytes: new Uint8Array(Buffer.from(json)) },
    blocks: [
      {
        height: 9,
        hash: '',
        parentHash: '',
        time: '',
        txCount: 4,
        hits: json ? [{ txIndex: 3, txHash: 'AB', offset: 0, length: json.length }] : [],
      },
    ],
  })

  it('pins the dialect: another one later is an error, an unknown one is not', () => {
    const { decode } = decoder()
    for (const dialect of [undefined, 'plain', undefined, 'plain'] as const)
      expect(decode(range(dialect)).blocks).toHaveLength(1)
    expect(() => decode(range('base64'))).toThrow(expect.objectContaining({ code: 'E_DIALECT' }))
  })

  it.each([
    '{"events":',
    'null',
    '{"events":{}}',
    '{"events":[null]}',
    '{"events":[{"type":1}]}',
    '{"events":[{"type":"wasm","attributes":[{"key":1}]}]}',
  ])('tells height and transaction of a result it cannot read: %s', (json) => {
    expect(() => decoder().decode(range('plain', json))).toThrow(
      expect.objectContaining({ code: 'E_MALFORMED_RESULT', message: expect.stringMatching(/block 9.*transaction 3/) }),
    )
  })

  it('lets an error of the catalogue through as it is', () => {
    const broken = {
      ...plainApp,
      catalogue: {
        ...plainApp.catalogue,
        map: () => {
          throw new RangeError('mine')
        },
      },
    }
    const json = `{"events":[{"type":"wasm","attributes":[{"key":"_contract_address","value":"${POTS}"}]}]}`
    expect(() => createDecoder({ contracts, app: broken }).decode(range('plain', json))).toThrow(RangeError)
  })

  it('counts what it did', () => {
    const { decode, stats } = decoder()
    decode(range('plain', '{"events":[]}'))
    expect(stats()).toEqual({ blocks: 1, hits: 1, events: 0 })
  })
})

describe('a block answer', () => {
  const spec = block([
    tx([], 'plain', { bytes: Buffer.from('first') }),
    tx([], 'plain', { bytes: Buffer.from('second') }),
  ])
  const answer = blockAnswer(spec)

  it.each([
    ['as nodes write it', answer],
    ['bare', JSON.stringify(JSON.parse(answer).result)],
    ['indented', JSON.stringify(JSON.parse(answer), null, 2)],
  ])('gives header, count and hashes of transactions: %s', (_, text) => {
    const { txHash, ...facts } = readBlock(Buffer.from(text)) ?? { txHash: () => '' }
    const { chainId, height, hash, parentHash, time } = spec
    expect(facts).toEqual({ chainId, height, hash, parentHash, time, txCount: 2 })
    expect([txHash(0), txHash(1)]).toEqual([sha256(Buffer.from('first')), sha256(Buffer.from('second'))])
  })

  it('of an empty block has no transactions, also where the node writes null', () => {
    const empty = blockAnswer(block([]))
    expect(readBlock(Buffer.from(empty))?.txCount).toBe(0)
    expect(readBlock(Buffer.from(empty.replace('"txs":[]', '"txs":null')))?.txCount).toBe(0)
  })

  it('whose transactions are no list is refused, however long it says it is', () => {
    const empty = blockAnswer(block([]))
    for (const txs of ['{"length":4294967295}', '"abcd"', '5'])
      expect(() => readBlock(Buffer.from(empty.replace('"txs":[]', `"txs":${txs}`)))).toThrow(SyntaxError)
  })

  it('that is null is no block; one cut off is refused', () => {
    expect(
      readBlock(Buffer.from('{"jsonrpc":"2.0","id":1,"result":{"block_id":{"hash":""},"block":null}}')),
    ).toBeUndefined()
    const cut = answer.slice(0, answer.indexOf('"txs":[') + 12)
    expect(() => readBlock(Buffer.from(cut))).toThrow(SyntaxError)
    expect(() => readBlock(Buffer.from('{}'))).toThrow(SyntaxError)
  })
})
