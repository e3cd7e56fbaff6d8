/** The scan by JSON.parse, for answers that the fast one does not vouch for. */
import { BLOCK_TX_INDEX } from '../../events/position.ts'
import { listOf } from './attributes.ts'
import { settleDialect } from './dialect.ts'
import { CONTRACT_KEY, type Needles } from './needles.ts'
import type { RawEvent } from './tx.ts'
import type { Dialect, FoundHit, Scan } from './types.ts'

interface BlockResults {
  height?: unknown
  txs_results?: ({ events?: RawEvent[] | null } | null)[] | null
  finalize_block_events?: RawEvent[] | null
}

/** As `scanBlockResults`; hits are written anew, compact. @throws SyntaxError; CodedError `E_DIALECT` */
export function parsedScan(
  body: Buffer,
  { needles, dialect: known }: { needles: Needles; dialect: Dialect | undefined },
): Scan {
  const answer = JSON.parse(body.toString()) as { result?: BlockResults } & BlockResults
  const result = answer?.result ?? answer ?? {}
  const { height, txs_results, finalize_block_events } = result
  if (typeof height !== 'string' || !/^\d{1,15}$/.test(height)) throw new SyntaxError('block_results names no height')
  const dialect = settleDialect(Buffer.from(JSON.stringify(result)), known)
  const txs = listOf(txs_results)
  const parts = txs.map((tx, txIndex) => ({ txIndex, part: tx as unknown, events: listOf(tx?.events) }))
  const blockEvents = listOf(finalize_block_events)
  const all = [...parts, { txIndex: BLOCK_TX_INDEX, part: blockEvents, events: blockEvents }]
  const hits = all.filter(({ events }) => dialect && events.some((event) => isOf(event, dialect, needles))).map(hitOf)
  return { height: Number(height), txCount: txs.length, dialect, hits, trusted: false }
}

function isOf(event: RawEvent, dialect: Dialect, needles: Needles): boolean {
  const addresses: ReadonlySet<unknown> = needles[dialect].addresses
  return listOf(event?.attributes).some(
    (attribute) => attribute?.key === CONTRACT_KEY[dialect] && addresses.has(attribute.value),
  )
}

function hitOf({ txIndex, part }: { txIndex: number; part: unknown }): FoundHit {
  return { txIndex, json: Buffer.from(JSON.stringify(part)) }
}
