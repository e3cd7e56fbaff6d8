/** Blocks for what is tested of retention. */
import type { DecodedBlock } from '../../src/events/types.ts'
import { block, record } from './support.ts'

/** A block of four events that concern two accounts. */
export function fourOf(height: number): DecodedBlock {
  const accounts = [`wasm1user${height % 3}`, 'wasm1all']
  return block(
    height,
    [0, 1, 2, 3].map((n) => record(n % 2, n, { accounts, data: { id: `${height}` } })),
  )
}
