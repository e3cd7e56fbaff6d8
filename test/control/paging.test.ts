/** Paging over more events than any page, by account, hash and type, against the plain list of what was written. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { accountFromBytes } from '../../src/events/accounts.ts'
import { endOf, formatPosition } from '../../src/events/position.ts'
import type { ChainEvent, DecodedBlock, EventRecord } from '../../src/events/types.ts'
import { block, record } from '../store/support.ts'
import { type Served, serve } from './support.ts'

const ACCOUNTS = [1, 2].map((byte) => accountFromBytes(Buffer.alloc(20, byte), 'wasm'))
const [ALICE = '', BOB = ''] = ACCOUNTS
const HEIGHTS = 600
const EVENTS_A_BLOCK = 20
const TOTAL = HEIGHTS * EVENTS_A_BLOCK

interface Written {
  id: string
  type: string
  contract: string
  account: string | undefined
  txHash: string
}

const WRITTEN: Written[] = []
const BLOCKS: DecodedBlock[] = Array.from({ length: HEIGHTS }, (_, n) => block(n + 1, recordsOf(n + 1)))

function recordsOf(height: number): EventRecord[] {
  return Array.from({ length: EVENTS_A_BLOCK }, (_, n) => {
    const [txIndex, eventIndex] = [Math.floor(n / 4) * 2, n * 3]
    const market = n % 5 > 0
    const account = ACCOUNTS[(height + n) % 7]
    const type = market ? 'market.sold' : 'pots.opened'
    const contract = market ? 'market' : 'pots'
    const txHash = (height * 100 + txIndex).toString(16).toUpperCase().padStart(64, 'A')
    WRITTEN.push({ id: `${height}-${txIndex}-${eventIndex}`, type, contract, account, txHash })
    const contractAddress = market ? 'wasm1market' : 'wasm1pots'
    return record(txIndex, eventIndex, {
      ...{ type, contract, contractAddress, txHash, accounts: account ? [account] : [] },
    })
  })
}

/** Every page from `start` on. */
async function walk(served: Served, filter: string, limit: number, cursor: 'since' | 'before', start?: string) {
  const seen: ChainEvent[] = []
  for (let at: string | null | undefined = start; at !== null; ) {
    const from: string = at === undefined ? '' : `&${cursor}=${at}`
    const { status, body } = await served.ask(`/api/realtime/events?limit=${limit}${from}${filter}`)
    expect([status, body.count]).toEqual([200, body.events.length])
    seen.push(...body.events)
    at = body.next
  }
  return seen.map(({ id }) => id)
}

it(`${TOTAL} events come whole and in order, page by page, in both directions, however they are filtered`, async () => {
  const served = await serve({ blocks: BLOCKS, maxRequestsPerMinute: 1e9 })
  const filters: [query: string, matches: (event: Written) => boolean][] = [
    ['', () => true],
    ['&type=pots.opened', ({ type }) => type === 'pots.opened'],
    ['&contract=market', ({ contract }) => contract === 'market'],
    [`&account=${ALICE}`, ({ account }) => account === ALICE],
    [
      `&account=${BOB.toUpperCase()}&type=market.sold`,
      ({ account, type }) => account === BOB && type === 'market.sold',
    ],
  ]
  for (const [filter, matches] of filters) {
    const expected = WRITTEN.filter(matches).map(({ id }) => id)
    expect(expected.length).toBeGreaterThan(100)
    expect(await walk(served, filter, 997, 'since', '0-0-0')).toEqual(expected)
    expect(await walk(served, filter, 1_000, 'before')).toEqual(expected.toReversed())
  }
})

it('since and before are exclusive at every position, there or not', async () => {
  const served = await serve({ blocks: BLOCKS, maxRequestsPerMinute: 1e9 })
  const position = fc.tuple(fc.nat(HEIGHTS + 1), fc.nat(12), fc.nat(60))
  const order = (a: readonly number[], b: readonly number[]): number =>
    (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0)
  await fc.assert(
    fc.asyncProperty(position, position, fc.constantFrom(1, 7, 1_000), async (since, before, limit) => {
      const between = WRITTEN.filter(({ id }) => {
        const at = id.split('-').map(Number)
        return order(at, since) > 0 && order(at, before) < 0
      })
      const query = `limit=${limit}&since=${since.join('-')}&before=${before.join('-')}`
      const { body } = await served.ask(`/api/realtime/events?${query}`)
      expect(body.events.map(({ id }: ChainEvent) => id)).toEqual(between.slice(0, limit).map(({ id }) => id))
      expect(body.next).toBe(between.length > limit ? between[limit - 1]?.id : null)
    }),
    { numRuns: 60 },
  )
})

it('since a position that retention has deleted is refused with what is left; the origin is the beginning of that', async () => {
  const earliest = endOf(100)
  const served = await serve({ blocks: BLOCKS, maxRequestsPerMinute: 1e9, reader: { earliest: () => earliest } })
  const refused = await served.ask('/api/realtime/events?since=100-0-0')
  expect([refused.status, refused.body.error.code]).toEqual([400, 'resume_expired'])
  expect(refused.body.error.message).toContain(formatPosition(earliest))
  for (const since of [formatPosition(earliest), '0-0-0'])
    expect((await served.ask(`/api/realtime/events?since=${since}`)).status).toBe(200)
})

it('a hash finds exactly the events of its transaction, in /events and in /tx', async () => {
  const served = await serve({ blocks: BLOCKS, maxRequestsPerMinute: 1e9 })
  for (const { txHash } of [WRITTEN[0], WRITTEN[TOTAL >> 1], WRITTEN.at(-1)] as Written[]) {
    const expected = WRITTEN.filter((event) => event.txHash === txHash).map(({ id }) => id)
    expect(expected).toHaveLength(4)
    expect(await walk(served, `&txHash=${txHash.toLowerCase()}`, 3, 'since', '0-0-0')).toEqual(expected)
    const { body } = await served.ask(`/api/realtime/tx/${txHash}`)
    expect([body.state, body.events.map(({ id }: ChainEvent) => id)]).toEqual(['indexed', expected])
  }
})
