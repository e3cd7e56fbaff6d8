/**
 * A node's WebSocket notices of new blocks, as wake-ups only: what they say is never taken for the block.
 * Sockets die in silence (half-open connections, dropped subscriptions), so silence itself is the alarm.
 */
import type { WebSocket as Socket } from 'ws'
import { Bell, sleep } from './bell.ts'
import type { Endpoint, EndpointOptions } from './endpoint.ts'

export interface NoticeTiming {
  /** Least silence taken for death, ms. Default 10 s; more where blocks are slow: 20 × their interval. */
  silence: number
  /** First wait before connecting again, ms; doubled up to 60 times that. */
  reconnect: number
}

const SUBSCRIBE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'subscribe',
  params: { query: "tm.event='NewBlockHeader'" },
})
/** The header comes first in the frame of every dialect; on Sei hundreds of kilobytes of results follow. */
const HEIGHT = /"header":\{[^{}]*(?:\{[^{}]*\}[^{}]*)?"height":"?(\d{1,15})/
const HEIGHT_WITHIN = 4_096

export class Notices {
  /** Subscribed, and heard of late: polling may be slow. */
  live = false
  readonly #preferred: () => Endpoint | undefined
  readonly #heard: (endpoint: Endpoint, height: number | undefined) => void
  readonly #timing: NoticeTiming

  constructor(
    preferred: () => Endpoint | undefined,
    heard: (endpoint: Endpoint, height: number | undefined) => void,
    timing: NoticeTiming,
  ) {
    this.#preferred = preferred
    this.#heard = heard
    this.#timing = timing
  }

  /** Keeps one subscription to the preferred endpoint until aborted; connects again with backoff. */
  async run(signal: AbortSignal): Promise<void> {
    const { WebSocket } = await import('ws') // not before it is needed: polling finds the first blocks
    const open = ({ options }: Endpoint): Socket =>
      new WebSocket(websocketUrl(options.url), {
        headers: options.headers ?? {},
        handshakeTimeout: this.#timing.silence,
        maxPayload: 64 * 2 ** 20,
        perMessageDeflate: false,
      })
    let wait = this.#timing.reconnect
    while (!signal.aborted) {
      const endpoint = this.#preferred()
      const heardAny = endpoint ? await this.#listen(open(endpoint), endpoint, signal) : false
      wait = heardAny ? this.#timing.reconnect : Math.min(wait * 2, this.#timing.reconnect * 60)
      if (!signal.aborted) await sleep(wait, signal).catch(() => {})
    }
  }

  /** One connection from beginning to end. True when a block was heard of. */
  async #listen(socket: Socket, endpoint: Endpoint, signal: AbortSignal): Promise<boolean> {
    const closed = new Bell()
    let open = true
    let blocks = 0
    let heardAt = performance.now()
    let interval = 0
    socket.on('open', () => socket.send(SUBSCRIBE))
    socket.on('message', (data: Buffer) => {
      const frame = data.toString('latin1', 0, HEIGHT_WITHIN)
      if (/"error":\{/.test(frame.slice(0, 200))) return socket.terminate() // refused, or the subscription was cancelled
      if (!frame.includes('NewBlockHeader')) return // the answer to subscribe
      const now = performance.now()
      if (blocks++ > 0) interval = interval ? 0.9 * interval + 0.1 * (now - heardAt) : now - heardAt
      heardAt = now
      this.live = true
      this.#heard(endpoint, parseHeight(frame))
    })
    socket.on('error', () => {}) // 'close' follows
    socket.on('close', () => {
      open = false
      closed.ring()
    })
    while (open && !signal.aborted) {
      const patience = Math.max(this.#timing.silence, 20 * interval)
      const left = heardAt + patience - performance.now()
      if (left <= 0 || this.#preferred() !== endpoint) break
      await closed.wait(Math.min(left, this.#timing.silence), signal).catch(() => {})
    }
    this.live = false
    socket.terminate()
    return blocks > 0
  }
}

function parseHeight(frame: string): number | undefined {
  const height = HEIGHT.exec(frame)?.[1]
  return height === undefined ? undefined : Number(height)
}

/** CometBFT and Sei serve `/websocket` below the URL that takes POST. */
/** Whether the node's WebSocket opens within `milliseconds`. */
export async function opensWebSocket({ url, headers }: EndpointOptions, milliseconds: number): Promise<boolean> {
  const { WebSocket } = await import('ws')
  const socket = new WebSocket(websocketUrl(url), { headers: headers ?? {}, handshakeTimeout: milliseconds })
  return await new Promise((resolve) => {
    socket.once('open', () => {
      socket.terminate()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function websocketUrl(rpcUrl: string): string {
  const url = new URL(rpcUrl)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.pathname = `${url.pathname.replace(/\/$/, '')}/websocket`
  return url.href
}
