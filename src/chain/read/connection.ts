/** One keep-alive connection to a node (HTTP/1.1 over TCP or TLS), opened when it is needed and anew when it was lost. */
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { RpcError } from './errors.ts'
import { HttpAnswer } from './http-answer.ts'

/** Idle for longer than this, a connection is not trusted any more: what lies between may have forgotten it, ms. */
const TRUSTED_IDLE = 4_000

interface Exchange {
  resolve(answer: HttpAnswer): void
  reject(reason: unknown): void
  heard(): void
}

/** Carries one exchange at a time. */
export class Connection {
  readonly #url: URL
  readonly #maxBytes: number
  #answer: HttpAnswer
  #socket: Socket | undefined
  #exchange: Exchange | undefined
  #idleSince = 0

  constructor(url: URL, maxBytes: number) {
    this.#url = url
    this.#maxBytes = maxBytes
    this.#answer = new HttpAnswer(maxBytes)
  }

  /**
   * Sends a request and reads its answer, which is lent until the next exchange. A kept connection that turns out to have
   * been closed by the node before it answered is no failure: the request goes out once more, on a new one.
   * @param heard Called whenever bytes came.
   * @throws RpcError `E_RPC_UNREACHABLE` | `E_RPC_MALFORMED` | `E_RPC_OVERSIZED`; what {@link cut} was given.
   */
  async exchange(head: string, body: string, heard: () => void): Promise<HttpAnswer> {
    if (performance.now() - this.#idleSince > TRUSTED_IDLE) this.#drop()
    if (this.#socket) {
      const answer = await this.#send(head, body, heard).catch((error: unknown) => {
        if (error instanceof ClosedUnanswered) return undefined
        throw error
      })
      if (answer) return answer
    }
    return await this.#send(head, body, heard)
  }

  /** Ends the exchange under way with this reason, and the connection. */
  cut(reason: unknown): void {
    this.#drop()
    this.#settle((exchange) => exchange.reject(reason))
  }

  #send(head: string, body: string, heard: () => void): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#exchange = { resolve, reject, heard }
      this.#answer.begin()
      this.#socket ??= this.#open()
      this.#socket.ref()
      this.#socket.cork()
      this.#socket.write(head, 'latin1')
      this.#socket.write(body)
      this.#socket.uncork()
    })
  }

  #open(): Socket {
    const { protocol, hostname, port } = this.#url
    const host = hostname.replace(/^\[|\]$/g, '')
    const options = {
      host,
      port: Number(port || (protocol === 'https:' ? 443 : 80)),
      noDelay: true,
      keepAlive: true,
      onread: { buffer: () => this.#answer.space(), callback: (count: number) => this.#read(socket, count) },
    }
    const tls = { ...options, servername: isIP(host) ? '' : host, ALPNProtocols: ['http/1.1'] }
    const socket: Socket = protocol === 'https:' ? connectTls(tls) : connect(options)
    socket.on('error', (cause) => this.#closed(socket, cause))
    socket.on('end', () => this.#closed(socket))
    socket.on('close', () => this.#closed(socket))
    return socket
  }

  /** False stops the reading. */
  #read(socket: Socket, count: number): boolean {
    if (socket !== this.#socket) return false
    if (!this.#exchange) {
      this.#drop() // nothing was asked
      return false
    }
    try {
      this.#exchange.heard()
      this.#answer.take(count)
    } catch (error) {
      this.cut(error)
      return false
    }
    if (this.#answer.done) this.#finish()
    return true
  }

  #finish(): void {
    const answer = this.#answer
    this.#idleSince = performance.now()
    if (answer.keepAlive) this.#socket?.unref()
    else this.#hangUp()
    this.#settle((exchange) => exchange.resolve(answer))
  }

  #closed(socket: Socket, cause?: Error): void {
    if (socket !== this.#socket) return
    if (this.#exchange && !cause && this.#answer.close()) {
      this.#finish()
      return
    }
    const failure = this.#answer.begun ? RpcError : ClosedUnanswered
    const reason = cause ? describe(cause) : 'the connection was closed'
    this.cut(new failure('E_RPC_UNREACHABLE', `no answer: ${reason}`, { cause }))
  }

  #settle(how: (exchange: Exchange) => void): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    if (exchange) how(exchange)
  }

  #hangUp(): void {
    const socket = this.#socket
    this.#socket = undefined
    socket?.destroy()
  }

  /** What came last may still be read by whoever it was lent to: the next answer gets memory of its own. */
  #drop(): void {
    if (!this.#socket) return
    this.#hangUp()
    this.#answer = new HttpAnswer(this.#maxBytes)
  }
}

/** Not a byte of an answer came before the connection ended. */
class ClosedUnanswered extends RpcError {}

function describe(error: Error): string {
  return error.message || (error as NodeJS.ErrnoException).code || error.name
}
