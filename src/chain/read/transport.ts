/** POST over kept-alive connections into buffers that are used again: a fresh megabyte for every answer is what costs. */
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type * as undici from 'undici'
import type { Dispatcher } from 'undici'
import { RpcError } from './errors.ts'

/** How requests reach a node. The one seam between JSON-RPC and the network. */
export interface Transport {
  /**
   * Sends `body` and gives the whole answer to `read`. The bytes are lent: they are overwritten once `read` returned.
   * @throws RpcError `E_RPC_UNREACHABLE` | `E_RPC_DEADLINE` | `E_RPC_STATUS` | `E_RPC_OVERSIZED`; the signal's reason when aborted.
   */
  post<T>(body: string, read: (answer: Buffer) => T, signal?: AbortSignal): Promise<T>
  close(): Promise<void>
}

export interface TransportOptions {
  url: string
  headers?: Record<string, string> | undefined
  /** Longest silence, ms: until the first byte and between bytes. The whole answer may take ten times as long. */
  deadline: number
  /** Most bytes of one answer. Default 256 MiB. */
  maxBytes?: number
  /** Connections kept open at most. Default 8. */
  connections?: number
}

/** Not by the package's front door, which loads its fetch, WebSocket and cache as well: 14 MB in every thread that reads. */
const Pool = createRequire(import.meta.url)('undici/lib/dispatcher/pool.js') as typeof undici.Pool

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/
const unzip = promisify(gunzip)

/** A {@link Transport} on an undici pool. */
export function openTransport(options: TransportOptions): Transport {
  const { deadline, maxBytes = 256 * 2 ** 20 } = options
  const url = new URL(options.url)
  const pool = new Pool(url.origin, {
    connections: options.connections ?? 8,
    connect: { timeout: deadline },
    headersTimeout: 0, // our own deadline covers connecting, waiting and reading alike
    bodyTimeout: 0,
  })
  // Compressing costs a node next door more than it saves; over a network it is a sixth of the bytes.
  const encoding = LOOPBACK.test(url.hostname) ? 'identity' : 'gzip'
  const headers = {
    'content-type': 'application/json',
    'accept-encoding': encoding,
    ...credentials(url),
    ...options.headers,
  }
  const idle: Collector[] = []

  async function exchange(body: string, collector: Collector, signal?: AbortSignal): Promise<Buffer> {
    signal?.throwIfAborted()
    const request = { method: 'POST' as const, path: url.pathname + url.search, headers, body }
    await new Promise<void>((resolve, reject) => {
      const exchange = new Exchange(collector, deadline, maxBytes, signal, resolve, reject)
      pool.dispatch(request, exchange)
    })
    const bytes = collector.bytes()
    return collector.gzipped ? await inflate(bytes, maxBytes) : bytes
  }

  return {
    async post(body, read, signal) {
      const collector = idle.pop() ?? new Collector()
      const answer = await exchange(body, collector, signal) // a collector whose exchange failed is not used again
      try {
        return read(answer)
      } finally {
        idle.push(collector)
      }
    },
    close: () => pool.destroy(),
  }
}

/** A URL may carry `user:password@`; undici does not look there. */
function credentials({ username, password }: URL): Record<string, string> {
  if (!username && !password) return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

async function inflate(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await unzip(bytes, { maxOutputLength: maxBytes })
  } catch (cause) {
    const tooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    throw new RpcError(tooLarge ? 'E_RPC_OVERSIZED' : 'E_RPC_MALFORMED', 'the compressed answer cannot be unpacked', {
      cause,
    })
  }
}

/** A buffer that grows to the largest answer it has held. */
class Collector {
  gzipped = false
  #buffer = Buffer.allocUnsafeSlow(64 * 1024)
  #length = 0

  start(expected: number): void {
    this.#length = 0
    this.#reserve(Math.min(expected, 16 * 2 ** 20)) // a promise of more has to be kept first
  }

  append(chunk: Buffer): void {
    this.#reserve(this.#length + chunk.length)
    chunk.copy(this.#buffer, this.#length)
    this.#length += chunk.length
  }

  get length(): number {
    return this.#length
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #reserve(length: number): void {
    if (length <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#buffer.length))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

/** One request on its way: undici's events in, one settled promise out, whatever happens first. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #collector: Collector
  readonly #maxBytes: number
  readonly #settle: (error?: unknown) => void
  readonly #silence: NodeJS.Timeout
  #controller: Dispatcher.DispatchController | undefined
  #failure: Error | undefined
  #status = 0
  #retryAfter: number | undefined

  constructor(
    collector: Collector,
    deadline: number,
    maxBytes: number,
    signal: AbortSignal | undefined,
    resolve: () => void,
    reject: (error: unknown) => void,
  ) {
    this.#collector = collector
    this.#maxBytes = maxBytes
    const late = (): void => this.#abort(new RpcError('E_RPC_DEADLINE', `nothing was heard for ${deadline} ms`))
    this.#silence = setTimeout(late, deadline)
    const whole = setTimeout(late, 10 * deadline)
    const cancel = (): void => this.#abort(signal?.reason as Error)
    signal?.addEventListener('abort', cancel, { once: true })
    this.#settle = (error) => {
      clearTimeout(this.#silence)
      clearTimeout(whole)
      signal?.removeEventListener('abort', cancel)
      if (error === undefined) resolve()
      else reject(error)
    }
  }

  /** Settles at once: a request still waiting for its connection has no controller yet. */
  #abort(reason: Error): void {
    this.#failure ??= reason
    this.#controller?.abort(this.#failure)
    this.#settle(this.#failure)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#failure) controller.abort(this.#failure)
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status
    this.#retryAfter = parseRetryAfter(headers['retry-after'])
    this.#collector.gzipped = headers['content-encoding'] === 'gzip'
    const expected = Number(headers['content-length'] ?? 0)
    if (expected > this.#maxBytes) this.#tooLarge()
    else this.#collector.start(expected)
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#silence.refresh()
    if (this.#collector.length + chunk.length > this.#maxBytes) this.#tooLarge()
    else this.#collector.append(chunk)
  }

  onResponseEnd(): void {
    if (this.#status === 200) {
      this.#settle()
      return
    }
    const text = this.#collector.bytes().toString('utf8', 0, Math.min(this.#collector.length, 200))
    const retryAfter = this.#retryAfter === undefined ? {} : { retryAfter: this.#retryAfter }
    this.#settle(
      new RpcError('E_RPC_STATUS', `HTTP status ${this.#status}: ${text}`, { status: this.#status, ...retryAfter }),
    )
  }

  onResponseError(_: Dispatcher.DispatchController, cause: Error): void {
    this.#settle(this.#failure ?? new RpcError('E_RPC_UNREACHABLE', `no answer: ${describe(cause)}`, { cause }))
  }

  #tooLarge(): void {
    this.#abort(new RpcError('E_RPC_OVERSIZED', `the answer is larger than ${this.#maxBytes} bytes`))
  }
}

function describe(error: Error): string {
  return error.message || (error as NodeJS.ErrnoException).code || error.name
}

/** Seconds or an HTTP date, as milliseconds from now; at most five minutes. */
function parseRetryAfter(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string') return undefined
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), 300_000)
}
