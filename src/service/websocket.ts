/** The sockets' part of the service. */
import type { SeicheSystem } from '../system.ts'

export class WebSocketService {
  readonly #system: SeicheSystem

  constructor(system: SeicheSystem) {
    this.#system = system
  }

  /** Clients that are connected, both doors. */
  getClientCount(): number {
    return this.#system.status().webSocket.connectedClients
  }

  /** The port of plain WebSocket; 0 before it was opened on any free one. */
  getPort(): number {
    return this.#system.ws.port
  }

  /** Who is connected, to what; as `GET /websocket/clients`. @throws CodedError `E_WRONG_STATE` before initialize */
  getClients(): object {
    return this.#system.serving.hub.clients()
  }

  /**
   * Sends data to everybody who listens to a channel, marked as the operator's; answers how many that were.
   * @throws CodedError for a channel that there is not, and for `blockchain_events`
   */
  broadcast(channel: string, data: unknown): number {
    return this.#system.serving.hub.broadcast(channel, data)
  }
}
