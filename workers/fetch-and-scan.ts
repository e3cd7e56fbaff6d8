/** The pool's task: fetches a range of heights and scans it in place; only what can matter crosses back. */
import { move } from 'piscina'
import type { ScannedRange } from '../src/chain/decode/types.ts'
import { fetchAndScan, type RangeTask } from '../src/chain/read/fetch-range.ts'

export default async function task(range: RangeTask): Promise<ScannedRange> {
  const scanned = await fetchAndScan(range)
  return { ...scanned, bytes: move(scanned.bytes) as ScannedRange['bytes'] }
}
