/** What can go wrong between us and the nodes: a request that failed, and a source that cannot be indexed. */
import { CodedError } from '../../runtime/shared/errors.ts'

/**
 * Why a request failed. Another endpoint, or the same one later, may do better.
 * - `E_RPC_UNREACHABLE` no connection, or it was cut
 * - `E_RPC_DEADLINE` nothing was heard in time
 * - `E_RPC_STATUS` HTTP status other than 200
 * - `E_RPC_MALFORMED` not the JSON-RPC answer that was asked for: truncated, other ids, other shape
 * - `E_RPC_OVERSIZED` more bytes than we are willing to hold
 * - `E_RPC_ERROR` the node understood and answered an error
 * - `E_RPC_REFUSED` it answered an error that names no request: the batch as a whole
 * - `E_RPC_NOT_READY` the node has the block announced but its results not stored yet (CometBFT, some milliseconds)
 * - `E_RPC_OTHER_CHAIN` a header of this answer names another chain than the others
 */
export type RpcErrorCode =
  | 'E_RPC_UNREACHABLE'
  | 'E_RPC_DEADLINE'
  | 'E_RPC_STATUS'
  | 'E_RPC_MALFORMED'
  | 'E_RPC_OVERSIZED'
  | 'E_RPC_ERROR'
  | 'E_RPC_REFUSED'
  | 'E_RPC_NOT_READY'
  | 'E_RPC_OTHER_CHAIN'

export interface RpcErrorDetails extends ErrorOptions {
  /** Code in the JSON-RPC error object. */
  rpcCode?: number
  /** HTTP status. */
  status?: number
  /** Milliseconds the server asked us to stay away (Retry-After). */
  retryAfter?: number
}

/** A request to a node failed. */
export class RpcError extends CodedError {
  declare readonly code: RpcErrorCode
  readonly rpcCode: number | undefined
  readonly status: number | undefined
  readonly retryAfter: number | undefined

  constructor(code: RpcErrorCode, message: string, details: RpcErrorDetails = {}) {
    super(code, message, details)
    this.rpcCode = details.rpcCode
    this.status = details.status
    this.retryAfter = details.retryAfter
  }
}

/** Faults that more waiting does not mend by itself; docs/errors.md says what to do about each. */
export type SourceErrorCode =
  | 'E_SOURCE_INCAPABLE'
  | 'E_CHAIN_MISMATCH'
  | 'E_PRUNED'
  | 'E_POISON_BLOCK'
  | 'E_WRONG_CHAIN'
  | 'E_NO_ENDPOINT'

/** The source as it is cannot be indexed any further. */
export class SourceError extends CodedError {
  declare readonly code: SourceErrorCode
  /** The height that cannot be passed. */
  readonly height: number | undefined

  constructor(code: SourceErrorCode, message: string, height?: number, options?: ErrorOptions) {
    super(code, message, options)
    this.height = height
  }
}

/** True for an {@link RpcError} of this code. */
export function isRpcError(thrown: unknown, code: RpcErrorCode): thrown is RpcError {
  return thrown instanceof RpcError && thrown.code === code
}
