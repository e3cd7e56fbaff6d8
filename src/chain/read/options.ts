/** What the source of blocks is told, and what it needs of its surroundings. */

import type { MissingHistory } from '../../events/types.ts'
import type { ScannedRange, WatchedContract } from '../decode/types.ts'
import type { EndpointOptions } from './endpoint.ts'
import type { RangeTask } from './fetch-range.ts'
import type { HeadTiming } from './head.ts'
import type { RangeTiming } from './ranges.ts'
import type { PooledRange, SourceStatus } from './types.ts'

/** Longest silence of a node, unless {@link SourceOptions.requestDeadline} says otherwise, ms. */
export const REQUEST_DEADLINE = 5_000

/** Which chain to read, from where on. Plain data: crosses threads. */
export interface SourceOptions {
  /** In order of preference. */
  endpoints: EndpointOptions[]
  /** The chain that must be served. Default: `storedChainId`, else that of the first endpoint that answers. */
  chainId?: string
  contracts: WatchedContract[]
  /** First height of an empty log. Default: the contracts' creation where the node tells it, else its earliest height. */
  startHeight?: number
  /** Last committed block; height 0: nothing committed. */
  checkpoint: { height: number; hash: string | null; time: string | null }
  storedChainId: string | null
  /** What the log lacks of contracts that were configured later; fetched while the source is at the head. Default: nothing. */
  missing?: MissingHistory[]
  /** Between two `status` while no notices come, ms. Default 500. */
  pollInterval?: number
  /** Go on above heights that every node has pruned. Default: halt with `E_PRUNED`. */
  acceptGap?: boolean
  /** Longest silence of a node before the next one is asked, ms. Default 5000. */
  requestDeadline?: number
  /** Tries of one node before the next one is asked. Default 1. */
  maxRetries?: number
}

/** What the source needs of its surroundings. */
export interface SourcePorts {
  /**
   * Takes the next heights: consecutive, ascending, each once; or, marked as a backfill, some below the checkpoint.
   * Resolves when there is room for more.
   */
  emit(range: ScannedRange): Promise<void>
  /** Told on every change, at most every 100 ms. */
  status(status: SourceStatus): void
  /** {@link fetchAndScan} on another thread, used while far behind the head. Default: inline. */
  fetchInPool?: (task: RangeTask) => Promise<PooledRange>
  /** The last height handed on. */
  progress(height: number): void
  /** Whether there are heights to hand on; no while waiting for the head or a node. */
  busy(busy: boolean): void
  /** Ends the source. */
  signal: AbortSignal
}

/** Intervals that nobody configures; tests make them short. All ms. */
export interface SourceTiming extends Omit<HeadTiming, 'pollInterval'>, RangeTiming {
  /** Between two looks at a fault. */
  faultRetry: number
  /** Without any endpoint for this long the source is `unreachable`. */
  unreachableAfter: number
}
