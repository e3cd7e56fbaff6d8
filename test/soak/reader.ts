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

  /** Reads nothing for so long, ms; its connection stays open. False: it has none. */
  stop(milliseconds: number): boolean {
    const socket = this.#socket
    if (socket?.readyState !== WebSocket.OPEN) return false
    socket.pause()
    setTimeout(() => socket.resume(), milliseconds)
    return true
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
