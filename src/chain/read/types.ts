/** How the source of blocks is doing, as main shows it in /status, /health and /actors. Plain data: crosses threads. */

import type { ScannedRange } from '../decode/types.ts'

/** A fault of the source that an operator must see. */
export interface SourceFault {
  /** `E_SOURCE_INCAPABLE` | `E_CHAIN_MISMATCH` | `E_NO_ENDPOINT` | `E_PRUNED` | `E_WRONG_CHAIN` */
  code: string
  /** What is wrong and what to do. */
  message: string
  height?: number
}

export interface EndpointStatus {
  /** Scheme, host and port only: URLs carry keys. */
  alias: string
  up: boolean
  /** Why it is set aside, when it is. */
  setAside?: string
  latestHeight: number | null
  earliestHeight: number | null
  requests: number
  failures: number
}

/** How far it is with the history of contracts that were configured later. */
export interface BackfillStatus {
  /** Configured names. */
  contracts: string[]
  /** The next height to fetch, and the last one. */
  height: number
  to: number
  /** What keeps it from going on; it is looked at again every few seconds. */
  fault: SourceFault | null
}

/** How long a node took for a request: a batch is one, named after its last call. */
export interface RpcTiming {
  method: string
  /** `ok`, or what went wrong: `deadline`, `unreachable`, `status`, `malformed`, `error`, … */
  outcome: string
  milliseconds: number
}

/** A range from a thread of the pool, with the requests that ended there since the range before. */
export interface PooledRange extends ScannedRange {
  requests: RpcTiming[]
}

export interface SourceStatus {
  /** `halted`: a fault that more waiting does not mend by itself; it is looked at again every few seconds. */
  state: 'connecting' | 'catching-up' | 'following' | 'unreachable' | 'halted'
  chainId: string | null
  /** Highest height a right endpoint has shown; null before the first answer. */
  headHeight: number | null
  /** Heights fetched and handed on. */
  fetchedHeight: number | null
  fault: SourceFault | null
  /** Default: nothing is missing. */
  backfill?: BackfillStatus
  endpoints: EndpointStatus[]
  /** Requests that ended since the status before. */
  requests?: (RpcTiming & { endpoint: string })[]
}
