/** The connections of a server, and which of them are half-open: open to the other side, and nobody there. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export class Connections {
  readonly #open = new Map<Socket, () => void>()
  readonly #dead = new WeakSet<Socket>()

  /** `hitting`: whether connections that are made now are hit. */
  constructor(http: Server, hitting: () => boolean) {
    http.on('connection', (socket) => {
      if (hitting()) this.#dead.add(socket)
      this.#open.set(socket, () => {})
      socket.on('close', () => this.#open.delete(socket))
    })
  }

  isDead(socket: Socket): boolean {
    return this.#dead.has(socket)
  }

  /** Calls back when this connection is hit. */
  whenHit(socket: Socket, act: () => void): void {
    this.#open.set(socket, act)
  }

  /** Hits every connection there is. */
  hitAll(): void {
    for (const [socket, act] of this.#open) {
      this.#dead.add(socket)
      act()
    }
  }

  /** Ends every connection, also those that an HTTP server no longer counts as its own. */
  destroyAll(): void {
    for (const socket of this.#open.keys()) socket.destroy()
  }
}
