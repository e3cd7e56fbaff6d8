/** Every question an actor answers, and the state it reports, as plain interfaces. The runtime carries them. */
import type { Checkpoint } from './store/types.ts'

/** event-store */
export interface EventStoreQuestions {
  checkpoint(): Checkpoint
}

/** event-decoder */
export interface EventDecoderQuestions {
  stats(): { blocks: number; hits: number; events: number; fallbacks: number }
}

/** block-fetcher */
export interface BlockFetcherQuestions {
  /** `failed` when the node knows the hash with code ≠ 0, else `unknown`. Hash: upper-case hex Cosmos hash. */
  lookupTx(hash: string): Promise<'failed' | 'unknown'>
}
