/** The pool's task: fetches a range of heights and scans it in place; only what can matter crosses back, moved. */
import { move, transferableSymbol, valueSymbol } from 'piscina'
import { fetchAndScan, type RangeTask, takeTimings } from '../src/chain/read/fetch-range.ts'
import type { PooledRange } from '../src/chain/read/types.ts'

export default async function task(range: RangeTask): Promise<PooledRange> {
  const scanned = { ...(await fetchAndScan(range)), requests: takeTimings() }
  // piscina posts what the value symbol gives and moves what the other one lists: the pool's caller gets a plain range.
  const moved = { [valueSymbol]: scanned, [transferableSymbol]: scanned.bytes.buffer }
  return move(moved as never) as unknown as PooledRange
}
