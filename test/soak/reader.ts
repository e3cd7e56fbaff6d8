/** A client that reads everything, that can stop reading, and that resumes where it was when it is cut off. */
import { WebSocket } from 'ws'

export class Reader {
  /** The ids of the chain events it was sent. */
  readonly ids: string[] = []
  connections = 0
  readonly #url: string
  #socket: WebSocket | undefined
  #closed = false

  constructor(url: string) {
    this.#url = url
    this.#connect()
  }

  /** Reads nothing for so long, ms; its connection stays open. */
  stop(milliseconds: number): void {
    const socket = this.#socket
    if (socket?.readyState !== WebSocket.OPEN) return
    socket.pause()
    setTimeout(() => socket.resume(), milliseconds)
  }

  close(): void {
    this.#closed = true
    this.#socket?.terminate()
  }

  #connect(): void {
    const socket = new WebSocket(this.#url)
    this.#socket = socket
    socket.on('open', () => {
      this.connections += 1
      const data = { since: this.ids.at(-1) ?? '0-0-0' }
      socket.send(JSON.stringify({ type: 'subscribe', channel: 'blockchain_events', data }))
    })
    socket.on('message', (text) => {
      const { channel, type, id } = JSON.parse(String(text)) as Record<string, string | undefined>
      if (type === 'error') socket.terminate() // refused: it comes again
      if (channel === 'blockchain_events' && type === 'event' && id !== undefined) this.ids.push(id)
    })
    socket.on('error', () => undefined) // its close follows
    socket.on('close', () => {
      if (!this.#closed) setTimeout(() => this.#connect(), 100)
    })
  }
}

/** So many clients at once, each asking for the whole log, all of them gone after so many ms, without a word. */
export function storm(url: string, clients: number, lasts: number): void {
  for (let n = 0; n < clients; n++) {
    const socket = new WebSocket(url)
    const data = { since: '0-0-0' }
    socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', channel: 'blockchain_events', data })))
    socket.on('error', () => undefined)
    setTimeout(() => socket.terminate(), lasts)
  }
}
