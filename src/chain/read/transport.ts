/** POST over kept-alive connections into buffers that are used again: a fresh megabyte for every answer is what costs. */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Connection } from './connection.ts'
import { RpcError } from './errors.ts'
import type { HttpAnswer } from './http-answer.ts'

/** How requests reach a node. The one seam between JSON-RPC and the network. */
export interface Transport {
  /**
   * Sends `body` and gives the whole answer to `read`. The bytes are lent: they are overwritten once `read` returned.
   * @throws RpcError `E_RPC_UNREACHABLE` | `E_RPC_DEADLINE` | `E_RPC_STATUS` | `E_RPC_MALFORMED` | `E_RPC_OVERSIZED`;
   * the signal's reason when aborted.
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

interface Waiter {
  resolve(connection: Connection): void
  reject(reason: unknown): void
}

/** A {@link Transport} on connections of our own: what undici takes for each read of a socket costs more than our scan. */
export function openTransport(options: TransportOptions): Transport {
  const { deadline, maxBytes = 256 * 2 ** 20, connections = 8 } = options
  const url = new URL(options.url)
  const all = Array.from({ length: connections }, () => new Connection(url, maxBytes))
  const free = [...all].reverse()
  const waiting = new Set<Waiter>()
  let closed: RpcError | undefined

  /** A connection of the caller's own, as soon as there is one. */
  function lend(patience: Patience): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const next = free.pop()
      if (next) {
        resolve(next)
        return
      }
      const waiter = { resolve, reject }
      waiting.add(waiter)
      patience.whenOver((reason) => {
        waiting.delete(waiter)
        reject(reason)
      })
    })
  }

  function giveBack(connection: Connection): void {
    const [next] = waiting
    if (!next) free.push(connection)
    else {
      waiting.delete(next)
      next.resolve(connection)
    }
  }

  async function exchange(connection: Connection, body: string, patience: Patience): Promise<HttpAnswer> {
    patience.whenOver((reason) => connection.cut(reason))
    const head = requestHead(url, options.headers, Buffer.byteLength(body))
    const answer = await connection.exchange(head, body, () => patience.renew())
    patience.end()
    if (answer.status !== 200) throw refusal(answer)
    return answer
  }

  return {
    async post(body, read, signal) {
      if (closed) throw closed
      const patience = new Patience(deadline, signal)
      try {
        const connection = await lend(patience)
        try {
          const answer = await exchange(connection, body, patience)
          const packed = answer.header('content-encoding')?.toLowerCase() === 'gzip'
          return read(packed ? await inflate(answer.body(), maxBytes) : answer.body())
        } finally {
          giveBack(connection)
        }
      } finally {
        patience.end()
      }
    },
    async close() {
      const reason = new RpcError('E_RPC_UNREACHABLE', 'the connections to the node were closed')
      closed = reason
      for (const { reject } of waiting) reject(reason)
      for (const connection of all) connection.cut(reason)
    },
  }
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/
const HEADER = /^[!#$%&'*+.^_`|~\w-]+: [\t\x20-\x7e\x80-\xff]*$/
const FRAMING = ['connection', 'content-length', 'transfer-encoding', 'upgrade', 'expect']

/** @throws RpcError for a header that would end the head, or say where the request ends. */
function requestHead(url: URL, headers: Record<string, string> = {}, length: number): string {
  const lines = new Map([
    ['host', url.host],
    ['content-type', 'application/json'],
    // Compressing costs a node next door more than it saves; over a network it is a sixth of the bytes.
    ['accept-encoding', LOOPBACK.test(url.hostname) ? 'identity' : 'gzip'],
    ...credentials(url),
    ...Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const),
  ])
  const sent = [...lines].map(([name, value]) => {
    if (!HEADER.test(`${name}: ${value}`) || FRAMING.includes(name))
      throw new RpcError(
        'E_RPC_UNREACHABLE',
        `no node can be sent the header ${JSON.stringify(name)}: correct or remove it`,
      )
    return `${name}: ${value}\r\n`
  })
  return `POST ${url.pathname}${url.search} HTTP/1.1\r\n${sent.join('')}content-length: ${length}\r\n\r\n`
}

/** A URL may carry `user:password@`. */
function credentials({ username, password }: URL): [string, string][] {
  if (!username && !password) return []
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return [['authorization', `Basic ${Buffer.from(pair).toString('base64')}`]]
}

const unzip = promisify(gunzip)

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

/** How long a request is waited for: until it is silent for too long, takes too long as a whole, or is not wanted any more. */
class Patience {
  readonly #silence: NodeJS.Timeout
  readonly #whole: NodeJS.Timeout
  readonly #signal: AbortSignal | undefined
  #over: (reason: unknown) => void = () => {}

  /** @throws the signal's reason if it is aborted. */
  constructor(deadline: number, signal: AbortSignal | undefined) {
    signal?.throwIfAborted()
    const late = (): void => this.#over(new RpcError('E_RPC_DEADLINE', `nothing was heard for ${deadline} ms`))
    this.#silence = setTimeout(late, deadline)
    this.#whole = setTimeout(late, 10 * deadline)
    this.#signal = signal
    signal?.addEventListener('abort', this.#abort)
  }

  readonly #abort = (): void => this.#over(this.#signal?.reason)

  /**
   * What to do when it is over; replaces what was to be done.
   * @throws the signal's reason if it is over already.
   */
  whenOver(todo: (reason: unknown) => void): void {
    this.#signal?.throwIfAborted()
    this.#over = todo
  }

  renew(): void {
    this.#silence.refresh()
  }

  end(): void {
    this.#over = () => {}
    clearTimeout(this.#silence)
    clearTimeout(this.#whole)
    this.#signal?.removeEventListener('abort', this.#abort)
  }
}

/** What an answer other than 200 says. */
function refusal(answer: HttpAnswer): RpcError {
  const { status } = answer
  const text = answer.body().toString('utf8', 0, 200)
  const retryAfter = parseRetryAfter(answer.header('retry-after'))
  const details = retryAfter === undefined ? { status } : { status, retryAfter }
  return new RpcError('E_RPC_STATUS', `HTTP status ${status}: ${text}`, details)
}

/** Seconds or an HTTP date, as milliseconds from now; at most five minutes. */
function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), 300_000)
}
