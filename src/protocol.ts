/** Every question an actor answers, and the state it reports, as plain interfaces. The runtime carries them. */
import type { MissingHistory } from './events/types.ts'
import type { Checkpoint } from './store/types.ts'

/** event-store */
export interface EventStoreQuestions {
  /** Where the pipeline goes on, the chain the log is of (null before the first commit), and what of its history it lacks. */
  resume(): { checkpoint: Checkpoint; chainId: string | null; missing: MissingHistory[] }
}

/** What event-store reports on its own: null when it is well. */
export interface StoreFault {
  /** `E_DISK_FULL` | `E_STORE_LOCKED`: it tries again by itself, nothing is lost. */
  code: string
  message: string
}

/** event-decoder */
export interface EventDecoderQuestions {
  stats(): { blocks: number; hits: number; events: number }
}

/** block-fetcher */
export interface BlockFetcherQuestions {
  /** `failed` when the node knows the transaction with code ≠ 0, else `unknown`. `hash`: upper-case hex Cosmos hash. */
  lookupTx(hash: string): Promise<'failed' | 'unknown'>
  /** The account that an EVM address (`0x…`) is associated with on Sei; null when with none. @throws SourceError `E_NO_ENDPOINT` */
  accountOfEvm(address: string): Promise<string | null>
}

/** devnet */
export interface DevnetQuestions {
  /** Where it answers, e.g. `http://127.0.0.1:26657`. */
  url(): string
  /** The highest height it shows now. */
  head(): number
}
