/** The plain WebSocket door: ready frames straight to the socket, pings, and an end for who is silent. */
import { createServer, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { PATIENCE, type Patience, STRICT_HEADERS } from '../config/index.ts'
import type { Doorman } from './doorman.ts'
import { joined } from './frames.ts'
import { type Handshake, handshakeOf } from './handshake.ts'
import type { Hub } from './hub.ts'
import { errorFrame } from './outgoing.ts'
import { Refused } from './refusal.ts'
import { CLOSE, type Door } from './session.ts'

export interface WebSocketOptions {
  hub: Hub
  doorman: Doorman
  /** Longest message from a client, bytes. */
  maxMessageBytes: number
  /** Default {@link PATIENCE}. */
  patience?: Patience
}

const PING_INTERVAL = 15_000
const SILENCE = 30_000
/** A client that does not even take the close frame is ended after this, ms. */
const CLOSE_GRACE = 2_000
const SUBPROTOCOL = 'seiche.v1'

const TOO_LARGE = Symbol('too large')

/** Tells that a message is too large before it closes: `ws` does so after, when nothing that is sent is heard any more. */
class ClientSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code === CLOSE.tooLarge) this.emit(TOO_LARGE)
    super.close(code, code === CLOSE.tooLarge ? 'message_too_large' : reason)
  }
}

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
    WebSocket: ClientSocket,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy()) // a client that goes away during the handshake
    try {
      const leave = doorman.enter(request)
      socket.once('close', leave)
      sockets.handleUpgrade(request, socket, head, (client) => {
        welcome(client, socket, hub, handshakeOf('websocket', doorman.addressOf(request), request))
      })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refuseUpgrade(socket, error)
    }
  })
  return server
}

function welcome(client: WebSocket, socket: Duplex, hub: Hub, handshake: Handshake): void {
  let heard = performance.now()
  let reason = 'client'
  const session = hub.connect(doorOf(client, socket, handshake))
  if (!session) {
    client.close(CLOSE.restart, 'restart')
    return
  }
  const beat = setInterval(() => {
    if (performance.now() - heard > SILENCE) {
      reason = 'silent'
      client.terminate()
    } else client.ping()
  }, PING_INTERVAL)
  client.on('pong', () => {
    heard = performance.now()
  })
  client.on('message', (data, binary) => {
    heard = performance.now()
    session.message(binary ? undefined : data.toString())
  })
  client.on(TOO_LARGE, () => {
    reason = 'message_too_large'
    session.send([errorFrame({ code: 'message_too_large', message: 'the message is too large' })])
  })
  client.on('error', () => {
    if (reason === 'client') reason = 'invalid_frame' // the close that follows says the rest
  })
  client.on('close', () => {
    clearInterval(beat)
    hub.disconnect(session, reason)
  })
}

/** Nothing of ours is ever compressed or queued in `ws`, so frames written past it stay in order with its own. */
function doorOf(client: WebSocket, socket: Duplex, handshake: Handshake): Door {
  return {
    handshake,
    write: (batches) => {
      if (socket.writable) socket.write(joined(batches.map(({ websocket }) => websocket)))
    },
    buffered: () => socket.writableLength,
    drain: () => drained(socket),
    close: (code, reason) => {
      client.close(code, reason)
      setTimeout(() => client.terminate(), CLOSE_GRACE).unref()
    },
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
