/** One socket that is always wanted: opened, watched, and opened again. Knows frames, not what they mean. */
import type { ClientError, ConnectionStatus } from './types.ts'

export interface Frame {
  type: string
  channel?: string
  id?: string
  data?: Record<string, unknown>
}

export interface LinkOptions {
  url: string
  connect: (url: string) => WebSocket
  /** A new socket is open. */
  onOpen(): void
  onFrame(frame: Frame): void
  onStatus(status: ConnectionStatus, reason?: ClientError, retryInMs?: number): void
  onOutage(kind: 'lost' | 'restored'): void
  /** What has been handled, to be told to the server. */
  position(): string | undefined
  log(direction: 'in' | 'out' | 'link', what: unknown): void
}

/** ms. */
const [FIRST, SHORTEST, LONGEST] = [1_000, 500, 20_000]
/** Connected so long, the next wait begins small again. */
const STABLE = 10_000
const [BEAT, SILENCE] = [10_000, 30_000]
const OUTAGE = 5_000

/** What a page tells of itself, where there is one. */
interface Page {
  document?: {
    visibilityState: string
    addEventListener(name: string, listener: () => void): void
    removeEventListener(name: string, listener: () => void): void
  }
  navigator?: { onLine?: boolean }
  addEventListener?(name: string, listener: () => void): void
  removeEventListener?(name: string, listener: () => void): void
}
const page = globalThis as unknown as Page

export class Link {
  readonly #options: LinkOptions
  #socket: WebSocket | undefined
  #status: ConnectionStatus = 'idle'
  #attempts = 0
  #hint: number | undefined
  #connectedAt = 0
  #heard = 0
  #asked = 0
  #lost = false
  #retry: ReturnType<typeof setTimeout> | undefined
  #outage: ReturnType<typeof setTimeout> | undefined
  #beat: ReturnType<typeof setInterval> | undefined

  constructor(options: LinkOptions) {
    this.#options = options
  }

  get status(): ConnectionStatus {
    return this.#status
  }

  /** Opens it, if it is not open or on its way. */
  want(): void {
    if (this.#status !== 'idle') return
    page.addEventListener?.('online', this.#wake)
    page.document?.addEventListener('visibilitychange', this.#wake)
    this.#beat = setInterval(this.#look, BEAT / 2)
    ;(this.#beat as { unref?(): void }).unref?.()
    this.#open('connecting')
  }

  send(message: object): void {
    if (this.#socket?.readyState !== 1) return // whoever has something to say says it again at the next opening
    this.#options.log('out', message)
    this.#socket.send(JSON.stringify(message))
  }

  /** At once, with a new socket. */
  reconnect(): void {
    if (this.#status === 'idle' || this.#status === 'closed') return
    this.#attempts = 0
    this.#drop()
    this.#open('reconnecting')
  }

  /** The server named the time of the next attempt, ms. */
  hint(retryAfterMs: number): void {
    this.#hint = retryAfterMs
  }

  close(reason?: ClientError): void {
    page.removeEventListener?.('online', this.#wake)
    page.document?.removeEventListener('visibilitychange', this.#wake)
    clearInterval(this.#beat)
    clearTimeout(this.#outage)
    this.#drop()
    this.#say('closed', reason)
  }

  #open(status: ConnectionStatus): void {
    clearTimeout(this.#retry)
    this.#say(status)
    this.#outage ??= setTimeout(() => {
      this.#lost = true
      this.#options.onOutage('lost')
    }, OUTAGE)
    const { connect, url, log } = this.#options
    this.#heard = Date.now()
    let socket: WebSocket
    try {
      socket = connect(url)
    } catch (cause) {
      this.close({ code: 'invalid_url', message: `${url} is no address of a WebSocket`, cause })
      return
    }
    this.#socket = socket
    socket.onmessage = ({ data }) => this.#hear(socket, String(data))
    socket.onclose = ({ code, reason }) => {
      log('link', { code, reason })
      if (socket === this.#socket)
        this.#again({ code: reason || 'unreachable', message: `the connection ended (${code})` })
    }
  }

  #hear(socket: WebSocket, text: string): void {
    if (socket !== this.#socket) return
    this.#heard = Date.now()
    const frame = JSON.parse(text) as Frame
    this.#options.log('in', frame)
    if (this.#status !== 'connected') {
      this.#connectedAt = Date.now()
      clearTimeout(this.#outage)
      this.#outage = undefined
      this.#say('connected')
      if (this.#lost) this.#options.onOutage('restored')
      this.#lost = false
      this.#options.onOpen()
    }
    this.#options.onFrame(frame)
  }

  #again(reason: ClientError): void {
    this.#drop()
    if (page.navigator?.onLine === false) {
      this.#say('offline', reason)
      return
    }
    if (this.#connectedAt && Date.now() - this.#connectedAt > STABLE) this.#attempts = 0
    this.#connectedAt = 0
    const most = this.#attempts ? Math.min(LONGEST, SHORTEST * 2 ** this.#attempts) : FIRST
    const wait = this.#hint ?? Math.random() * most
    this.#hint = undefined
    this.#attempts += 1
    this.#say('reconnecting', reason, wait)
    this.#retry = setTimeout(() => this.#open('reconnecting'), wait)
  }

  /** Timers sleep with the tab: what is judged is the clock on the wall. */
  readonly #look = (): void => {
    const now = Date.now()
    if (this.#status !== 'connected') {
      if (this.#socket && now - this.#heard > SILENCE) this.#again({ code: 'unreachable', message: 'no answer' })
      return
    }
    if (now - this.#heard > SILENCE) this.#again({ code: 'silent', message: 'nothing was heard for 30 s' })
    else if (now - this.#asked >= BEAT) {
      this.#asked = now
      const position = this.#options.position()
      this.send({ type: 'ping', data: position ? { position } : {} })
    }
  }

  /** The network is back, or somebody looks: at once, not after the wait. */
  readonly #wake = (): void => {
    if (page.document?.visibilityState === 'hidden' || this.#status === 'closed') return
    if (this.#status === 'connected') this.#look()
    else if (!this.#socket) this.reconnect()
  }

  #drop(): void {
    clearTimeout(this.#retry)
    const socket = this.#socket
    this.#socket = undefined
    if (!socket) return
    socket.onmessage = socket.onclose = null
    socket.close()
  }

  #say(status: ConnectionStatus, reason?: ClientError, retryInMs?: number): void {
    if (status === this.#status && !reason) return
    this.#status = status
    this.#options.onStatus(status, reason, retryInMs)
  }
}
