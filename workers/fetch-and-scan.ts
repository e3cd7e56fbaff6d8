/** The pool's task: fetches a range of heights and scans it in place; only what can matter crosses back, moved. */
import { move, transferableSymbol, valueSymbol } from 'piscina'
import type { ScannedRange } from '../src/chain/decode/types.ts'
import { fetchAndScan, type RangeTask } from '../src/chain/read/fetch-range.ts'

export default async function task(range: RangeTask): Promise<ScannedRange> {
  const scanned = await fetchAndScan(range)
  // piscina posts what the value symbol gives and moves what the other one lists: the pool's caller gets a plain range.
  const moved = { [valueSymbol]: scanned, [transferableSymbol]: scanned.bytes.buffer }
  return move(moved as never) as unknown as ScannedRange
}
