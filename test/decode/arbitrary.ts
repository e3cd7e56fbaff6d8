/** Blocks with contracts that mean harm, for properties: every text may hold what the scan looks for. */
import fc from 'fast-check'
import { watchedContracts } from '../../bench/generate.ts'
import {
  type BlockSpec,
  blockAnswer,
  blockResultsAnswer,
  type EventSpec,
  rawLog,
  sha256,
  type TxSpec,
} from '../../bench/parts/answers.ts'
import type { Dialect } from '../../src/chain/decode/types.ts'

/** What a scan by needles could be fooled with, as text of a contract. */
const BAIT = [
  ...['_contract_address', '"_contract_address"', '{"key":"_contract_address","value":"', 'X2NvbnRyYWN0X2FkZHJlc3M='],
  ...[
    '"gas_wanted":',
    '"gas_wanted":"1"',
    '"events":[',
    '},{"code":0,',
    '},{',
    '},{"data":"',
    '],"finalize_block_events":',
  ],
  ...[
    '"txs_results":',
    '"validator_updates":',
    '"height":"9"',
    '\\',
    '\\"',
    '"',
    '\\\\"',
    '\u0000',
    '\u2028',
    '<&>',
    '😀',
    '\ud800',
    '',
  ],
  ...['__proto__', 'constructor', 'msg_index', 'action', 'toString', 'aWQ=', 'amount', '{"jsonrpc":"2.0","id":'],
]

const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...BAIT) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...BAIT), fc.string(), fc.constantFrom(...BAIT)).map((parts) => parts.join('')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[...watchedContracts('plain'), ...watchedContracts('base64')].map(({ address }) => address),
    ),
  },
)

const pairs = fc.array(fc.tuple(text, text), { maxLength: 4 })
const amount = fc.constantFrom('1', '5', '10', '340282366920938463463374607431768211455')
const coins = fc.constantFrom('1usei', '5usei', '10usei', '5uatom', '10usei,5uatom', '5ibc/AB,1usei', '')

function contractOf(dialect: Dialect): fc.Arbitrary<string> {
  const ours = watchedContracts(dialect).map(({ address }) => address)
  return fc.constantFrom(...ours, `${ours[0]}x`, 'foreign1qqqqqqqqqqqqqqqq', '')
}

/** One message's events. Contracts write `wasm` and `wasm-…`; the rest is the chain's own. */
function message(dialect: Dialect): fc.Arbitrary<EventSpec[]> {
  const contract = contractOf(dialect)
  const action: fc.Arbitrary<EventSpec> = fc.constant({
    type: 'message',
    attributes: [['action', '/cosmwasm.wasm.v1.MsgExecuteContract']],
  })
  const event: fc.Arbitrary<EventSpec> = fc.oneof(
    fc
      .tuple(fc.constantFrom('wasm', 'wasm-x', 'wasm-seimoney.deposit_pot', 'execute', 'wasmx'), contract, pairs)
      .map(([type, address, own]) => ({
        ...{ type, attributes: [['_contract_address', address] as const, ...own] },
      })),
    fc.tuple(contract, amount).map(([address, sum]) => ({
      ...{
        type: 'wasm-deposit',
        attributes: [
          ['_contract_address', address],
          ['amount', sum],
          ['denom', 'usei'],
        ] as const,
      },
    })),
    fc.tuple(contract, coins).map(
      ([recipient, sum]): EventSpec => ({
        type: 'transfer',
        attributes: [
          ['recipient', recipient],
          ['amount', sum],
        ],
      }),
    ),
    fc.tuple(contract, coins).map(
      ([receiver, sum]): EventSpec => ({
        type: 'coin_received',
        attributes: [
          ['receiver', receiver],
          ['amount', sum],
        ],
      }),
    ),
    fc.tuple(fc.constantFrom('wasm', 'bank'), text).map(
      ([module, sender]): EventSpec => ({
        type: 'message',
        attributes: [
          ['module', module],
          ['sender', sender],
        ],
      }),
    ),
  )
  return fc.tuple(action, fc.array(event, { maxLength: 6 })).map(([first, rest]) => [first, ...rest])
}

function tx(dialect: Dialect): fc.Arbitrary<TxSpec> {
  const ante: EventSpec[] = [
    {
      type: 'coin_spent',
      attributes: [
        ['spender', 'user'],
        ['amount', '10usei'],
      ],
    },
    {
      type: 'transfer',
      attributes: [
        ['recipient', watchedContracts(dialect)[0]?.address ?? ''],
        ['amount', '10usei'],
      ],
    },
  ]
  return fc
    .record({
      bytes: fc.uint8Array({ maxLength: 40 }),
      code: fc.constantFrom(0, 0, 0, 5),
      data: fc.constantFrom('', 'YWN0aW9u'),
      log: text,
      gasWanted: fc.constantFrom(0, 400_000, 400_000, 400_000),
      messages: fc.array(message(dialect), { maxLength: 3 }),
      bare: fc.constantFrom(false, false, true),
      evm: fc.option(fc.constant({ txHash: `0x${'ab'.repeat(32)}` }), { nil: undefined }),
    })
    .map(({ bytes, code, data, log, gasWanted, messages, bare, evm }) => {
      const numbered = messages.map((events, n) =>
        events.map(({ type, attributes }) => ({
          type,
          attributes: dialect === 'plain' ? [...attributes, ['msg_index', `${n}`] as const] : attributes,
        })),
      )
      const events = bare ? [] : [...ante, ...numbered.flat()]
      const told = code === 0 && dialect === 'base64' ? rawLog(events) : log
      return {
        ...{ bytes: Buffer.from(bytes), code, data, log: told, gasWanted, gasUsed: 1, events },
        ...(evm ? { evm } : {}),
      }
    })
}

export interface Answers {
  spec: BlockSpec
  dialect: Dialect
  blockResults: string
  block: string
}

/** A block in either dialect, as its two answers. */
export const answers: fc.Arbitrary<Answers> = fc.constantFrom<Dialect>('plain', 'base64').chain((dialect) =>
  fc
    .record({
      txs: fc.array(tx(dialect), { maxLength: 5 }),
      ofBlock: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: message(dialect) }),
    })
    .map(({ txs, ofBlock }) => {
      const minted: EventSpec = {
        type: 'coin_received',
        attributes: [
          ['receiver', 'fees'],
          ['amount', '1usei'],
        ],
      }
      const spec: BlockSpec = {
        ...{
          chainId: 'test-1',
          height: 7,
          hash: sha256('7'),
          parentHash: sha256('6'),
          time: '2026-11-23T08:42:25.217588075Z',
        },
        ...{ txs, blockEvents: [minted, ...ofBlock] },
      }
      return { spec, dialect, blockResults: blockResultsAnswer(spec, dialect), block: blockAnswer(spec) }
    }),
)
