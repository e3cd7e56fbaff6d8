/** The plain WebSocket door: ready frames straight to the socket, pings, and an end for who is silent. */
import { createServer, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import { PATIENCE, type Patience, STRICT_HEADERS } from '../config/index.ts'
import type { Doorman } from './doorman.ts'
import { type Batch, joined } from './frames.ts'
import { type Handshake, handshakeOf } from './handshake.ts'
import type { Hub } from './hub.ts'
import { errorFrame } from './outgoing.ts'
import { Refused } from './refusal.ts'
import { CLOSE, type Door, type Session } from './session.ts'

export interface WebSocketOptions {
  hub: Hub
  doorman: Doorman
  /** Longest message from a client, bytes. */
  maxMessageBytes: number
  /** Default {@link PATIENCE}. */
  patience?: Patience
}

/** A client that was not pinged for so long is, ms; looked at every {@link BEAT}. */
const PING_INTERVAL = 15_000
const BEAT = 1_000
const SILENCE = 30_000
/** A client that does not even take the close frame is ended after this, ms. */
const CLOSE_GRACE = 2_000
const SUBPROTOCOL = 'seiche.v1'

/** The door's HTTP server, not listening yet. */
export function createWebSocketServer({
  hub,
  doorman,
  maxMessageBytes,
  patience = PATIENCE,
}: WebSocketOptions): Server {
  const server = createServer(patience, (_request, response) => {
    const headers = { ...STRICT_HEADERS, 'Content-Type': 'text/plain', Upgrade: 'websocket' }
    response.writeHead(426, headers).end('this port speaks WebSocket\n')
  })
  const sockets = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: maxMessageBytes },
    WebSocket: Client,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })
  const clients = new Set<Client>()
  const beats = setInterval(() => {
    for (const client of clients) client.beat()
  }, BEAT)
  server.on('close', () => clearInterval(beats))
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', destroy)
    try {
      socket.on('close', doorman.enter(request))
      sockets.handleUpgrade(request, socket, head, (client) => {
        client.enter(
          { hub, clients },
          socket,
          handshakeOf('websocket', doorman.addressOf(request), request, { whole: hub.decides }),
        )
      })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refuseUpgrade(socket, error)
    }
  })
  return server
}

/** Where a client is, and who is there with it. */
interface House {
  hub: Hub
  clients: Set<Client>
}

/** A client may go away during the handshake. What stays with the socket is made once: it would keep the request. */
function destroy(this: Duplex): void {
  this.destroy()
}

/**
 * A connection, and its door. There may be thousands, mostly idle: their listeners are methods, of which there is one
 * each. Nothing of ours is ever compressed or queued in `ws`, so frames written past it stay in order with its own.
 */
class Client extends WebSocket implements Door {
  handshake!: Handshake
  #house!: House
  #socket!: Duplex
  #session: Session | undefined
  /** When it said something last, and when it was pinged. */
  #heard = performance.now()
  #pinged = this.#heard
  /** Why it will have gone. */
  #reason = 'client'

  enter(house: House, socket: Duplex, handshake: Handshake): void {
    this.handshake = handshake
    this.#house = house
    this.#socket = socket
    this.#session = house.hub.connect(this)
    this.on('pong', this.#onPong).on('message', this.#onMessage).on('error', this.#onError).on('close', this.#onClose)
    if (this.#session) house.clients.add(this)
    else this.close(CLOSE.restart, 'restart')
  }

  write(batches: readonly Batch[]): void {
    if (this.#socket.writable) this.#socket.write(joined(batches.map(({ websocket }) => websocket)))
  }

  buffered(): number {
    return this.#socket.writableLength
  }

  drain(): Promise<void> {
    return drained(this.#socket)
  }

  /** That a message is too large is told before: `ws` closes at once, and nothing that is sent after is heard any more. */
  override close(code?: number, reason?: string | Buffer): void {
    if (code === CLOSE.tooLarge) {
      this.#reason = 'message_too_large'
      this.#session?.send([errorFrame({ code: 'message_too_large', message: 'the message is too large' })])
    }
    super.close(code, code === CLOSE.tooLarge ? 'message_too_large' : reason)
    setTimeout(() => this.terminate(), CLOSE_GRACE).unref()
  }

  /** Pings when it is time; ends who is silent. */
  beat(): void {
    const now = performance.now()
    if (now - this.#pinged < PING_INTERVAL) return
    this.#pinged = now
    if (now - this.#heard <= SILENCE) this.ping()
    else {
      this.#reason = 'silent'
      this.terminate()
    }
  }

  #onPong(): void {
    this.#heard = performance.now()
  }

  #onMessage(data: RawData, binary: boolean): void {
    this.#heard = performance.now()
    this.#session?.message(binary ? undefined : data.toString())
  }

  /** The close that follows says the rest. */
  #onError(): void {
    if (this.#reason === 'client') this.#reason = 'invalid_frame'
  }

  #onClose(): void {
    this.#house.clients.delete(this)
    if (this.#session) this.#house.hub.disconnect(this.#session, this.#reason)
  }
}

function drained(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done)
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(done, 50)
    socket.once('drain', done).once('close', done)
  })
}

const STATUS: Partial<Record<Refused['refusal']['code'], string>> = {
  host_forbidden: '403 Forbidden',
  origin_forbidden: '403 Forbidden',
}

function refuseUpgrade(socket: Duplex, { refusal }: Refused): void {
  const body = JSON.stringify({ ok: false, error: refusal })
  const head = `HTTP/1.1 ${STATUS[refusal.code] ?? '503 Service Unavailable'}\r\nConnection: close\r\nContent-Type: application/json\r\nRetry-After: 1\r\n`
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  setTimeout(() => socket.destroy(), CLOSE_GRACE).unref() // no server watches it any more
}
