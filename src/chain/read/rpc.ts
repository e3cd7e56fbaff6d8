/** JSON-RPC by POST, the one form all dialects answer in the same envelope. Batches are matched by id. */
import { sliceBatch } from './envelope.ts'
import { RpcError } from './errors.ts'
import { orMalformed } from './fields.ts'
import type { Transport } from './transport.ts'
import type { RpcTiming } from './types.ts'

/** One method call. Heights go as strings: CometBFT refuses numbers, Sei takes both. */
export interface RpcCall {
  method: string
  params: Record<string, unknown>
}

/** Entries in one batch: hard-coded in Sei, the default of CometBFT ≥ 0.38.8. */
export const BATCH_LIMIT = 10

/** An answer of about this size stays in a core's cache from the socket through the scan, bytes. */
const CACHED = 2 ** 20
/** A header and its results come in one answer, however large: at the tip a second request would be a second way. */
const LEAST_BATCH = 2

/** JSON-RPC over a transport. Remembers how large a batch this node takes. */
export class Rpc {
  /** Calls sent, each entry of a batch counted. */
  requests = 0
  readonly #transport: Transport
  readonly #onAnswer: (timing: RpcTiming) => void
  #batchLimit: number = BATCH_LIMIT
  /** By method: how large an entry was in the last answer, bytes. */
  readonly #entryBytes = new Map<string, number>()
  #lastId = 0

  /** @param onAnswer Told how long each request took. Default: nobody. */
  constructor(transport: Transport, onAnswer: (timing: RpcTiming) => void = () => undefined) {
    this.#transport = transport
    this.#onAnswer = onAnswer
  }

  /**
   * The result of one call, parsed.
   * @throws RpcError
   */
  async call(method: string, params: Record<string, unknown> = {}, signal?: AbortSignal): Promise<unknown> {
    const parse = (bytes: Buffer): unknown => orMalformed(method, () => JSON.parse(bytes.toString()))
    const [result] = await this.batch([{ method, params }], parse, signal)
    return result
  }

  /**
   * Calls in batches as large as the node takes, and reads each result from bytes that are lent only while `read` runs.
   * @throws RpcError when a batch fails or one of its entries is an error or missing.
   */
  async batch<T>(
    calls: readonly RpcCall[],
    read: (result: Buffer, index: number) => T,
    signal?: AbortSignal,
  ): Promise<T[]> {
    const results: T[] = []
    while (results.length < calls.length) {
      const start = results.length
      const part = calls.slice(start, start + this.#batchOf(calls[start]?.method ?? ''))
      try {
        results.push(...(await this.#post(part, (bytes, index) => read(bytes, start + index), signal)))
      } catch (error) {
        if (part.length === 1 || !isRefusedAsWhole(error)) throw error
        this.#batchLimit = Math.min(this.#batchLimit, Math.ceil(part.length / 2))
      }
    }
    return results
  }

  /** As many as the node takes, and as fit into the cache. */
  #batchOf(method: string): number {
    const fitting = Math.floor(CACHED / (this.#entryBytes.get(method) ?? 1))
    return Math.min(this.#batchLimit, Math.max(LEAST_BATCH, fitting))
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  async #post<T>(
    calls: readonly RpcCall[],
    read: (result: Buffer, index: number) => T,
    signal?: AbortSignal,
  ): Promise<T[]> {
    this.requests += calls.length
    const first = this.#lastId + 1
    this.#lastId += calls.length
    const requests = calls.map((call, index) => ({ jsonrpc: '2.0', id: first + index, ...call }))
    const body = JSON.stringify(requests.length === 1 ? requests[0] : requests)
    const begun = performance.now()
    const tell = (outcome: string): void => {
      const method = calls.at(-1)?.method ?? ''
      this.#onAnswer({ method, outcome, milliseconds: performance.now() - begun })
    }
    try {
      const matched = (answer: Buffer): T[] => {
        for (const { method } of calls) this.#entryBytes.set(method, answer.length / calls.length)
        return match(answer, calls, first, read)
      }
      const answered = await this.#transport.post(body, matched, signal)
      tell('ok')
      return answered
    } catch (error) {
      if (!signal?.aborted) tell(error instanceof RpcError ? error.code.replace(/^E_RPC_/, '').toLowerCase() : 'error')
      throw error
    }
  }
}

/** Results in the order of the calls, whatever the order of the answers. */
function match<T>(
  answer: Buffer,
  calls: readonly RpcCall[],
  first: number,
  read: (result: Buffer, index: number) => T,
): T[] {
  const entries = new Map(sliceBatch(answer).map((entry) => [entry.id, entry]))
  const lone = entries.size === 1 ? entries.get(null) : undefined
  if (lone?.error) throw refusal(lone.error)
  return calls.map(({ method }, index) => {
    const entry = entries.get(first + index)
    if (entry?.error) throw failure(method, entry.error)
    if (!entry?.result) throw new RpcError('E_RPC_MALFORMED', `the answer has no entry for ${method}`)
    return read(entry.result, index)
  })
}

/** An error without an id answers the request as a whole. */
function refusal(error: unknown): RpcError {
  const { code, message, data } = failureOf(error)
  return new RpcError('E_RPC_REFUSED', describe('the request was refused', message, data), { rpcCode: code })
}

/** Texts differ between nodes and versions: they are hints, the caller compares with the node's status. */
const NOT_YET = /could not find results for height|must be less than or equal to/

function failure(method: string, error: unknown): RpcError {
  const { code, message, data } = failureOf(error)
  const text = describe(method, message, data)
  return new RpcError(NOT_YET.test(text) ? 'E_RPC_NOT_READY' : 'E_RPC_ERROR', text, { rpcCode: code })
}

/** The error object of an answer; what is amiss with it is no reason to hide the rest. */
function failureOf(error: unknown): { code: number; message: string; data: unknown } {
  const { code, message, data } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  return { code: typeof code === 'number' ? code : 0, message: typeof message === 'string' ? message : '', data }
}

/** Nodes may say as much as an answer holds; so much of it is kept, characters. */
const LONGEST_TEXT = 1_000

function describe(subject: string, message: string, data: unknown): string {
  const text = `${subject}: ${message}${data === undefined ? '' : ` (${typeof data === 'string' ? data : JSON.stringify(data)})`}`
  return text.slice(0, LONGEST_TEXT)
}

/** Smaller batches may get through: refused without an id, too large to send or to hold. */
function isRefusedAsWhole(error: unknown): boolean {
  if (!(error instanceof RpcError)) return false
  return (
    error.code === 'E_RPC_REFUSED' || error.code === 'E_RPC_OVERSIZED' || error.status === 400 || error.status === 413
  )
}
