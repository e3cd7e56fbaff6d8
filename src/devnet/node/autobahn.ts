/** A chain under Sei's Autobahn consensus, as it was recorded: transactions without headers, results or signatures. */
import type { NodeBlock } from './source.ts'

/** The block time in `status`. */
export const EPOCH = '1970-01-01T00:00:00Z'

const NO_ID = { hash: '', parts: { total: 0, hash: '' } }

/** What is left of a block: its transactions, its height and its time. */
export function bareBlock(found: NodeBlock): NodeBlock {
  const { block_id, block } = JSON.parse(found.block.toString())
  const hashes = Object.keys(block.header).filter((name) => name.endsWith('_hash') || name === 'proposer_address')
  const header = {
    ...block.header,
    version: { block: '0', app: '0' },
    last_block_id: NO_ID,
    ...Object.fromEntries(hashes.map((name) => [name, ''])),
  }
  const bare = {
    block_id: { hash: block_id.hash, parts: NO_ID.parts },
    block: { ...block, header, last_commit: { height: '0', round: 0, block_id: NO_ID, signatures: null } },
  }
  const { height, blockId, txs } = found
  return {
    height,
    block: Buffer.from(JSON.stringify(bare)),
    results: emptyResults(found.results),
    blockId,
    header,
    txs,
  }
}

/** Results that are well-formed and empty. */
export function emptyResults(results: Buffer): Buffer {
  const all = JSON.parse(results.toString())
  return Buffer.from(JSON.stringify({ ...all, txs_results: null, finalize_block_events: null }))
}
