/** Which blocks follow the checkpoint: a log of one chain, without a hole. */
import type { DecodedBlock } from '../events/types.ts'
import { StoreError } from './errors.ts'
import type { Checkpoint } from './types.ts'

/**
 * The blocks beyond the checkpoint. Each follows the one before and names its hash, where the chain has hashes; the
 * block of the checkpoint itself, when it comes again, is the one we know.
 * @throws StoreError `E_GAP` | `E_CHAIN_MISMATCH`
 */
export function following(
  checkpoint: Pick<Checkpoint, 'height' | 'hash'>,
  blocks: readonly DecodedBlock[],
): DecodedBlock[] {
  let { height, hash } = checkpoint
  return blocks.filter((block) => {
    if (block.height < height) return false
    if (block.height === height) {
      requireHash(block.hash, hash, height)
      return false
    }
    if (height > 0 && block.height !== height + 1)
      throw new StoreError('E_GAP', `block ${block.height} does not follow ${height}: nothing was committed`)
    requireHash(block.parentHash, hash, height)
    ;({ height, hash } = block)
    return true
  })
}

function requireHash(named: string, known: string | null, height: number): void {
  if (named && known && named !== known)
    throw new StoreError(
      'E_CHAIN_MISMATCH',
      `block ${height} is ${known} in the store, but ${named} now: the chain was reset or the node lies`,
    )
}
