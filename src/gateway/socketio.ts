/** The socket.io door: the same frames as packets written past socket.io's own encoding, over polling and WebSocket alike. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { type DefaultEventsMap, Server, type Socket } from 'socket.io'
import { STRICT_HEADERS } from '../config/index.ts'
import type { ChainEvent } from '../events/types.ts'
import type { Doorman } from './doorman.ts'
import { joined } from './frames.ts'
import { type Handshake, handshakeOf } from './handshake.ts'
import type { Hub } from './hub.ts'
import { type Refusal, Refused } from './refusal.ts'
import type { Acknowledgement, Door } from './session.ts'

export type { Acknowledgement }

/** What every frame has, whatever it carries. */
export interface FramePayload<Data> {
  type: string
  channel?: string
  id?: string
  data: Data
  timestamp: string
}

export interface ServerToClientEvents {
  event(frame: FramePayload<ChainEvent>): void
  data_update(frame: FramePayload<unknown>): void
  system(frame: FramePayload<Record<string, unknown>>): void
  error(frame: FramePayload<Refusal>): void
  pong(frame: FramePayload<{ position: string }>): void
}

/** What a client may ask; an `id` is repeated by the frames that answer. */
export interface ClientToServerEvents {
  subscribe(
    request: {
      channel: string
      address?: string
      since?: string
      epoch?: string
      /** On `system`, for operators: how the house is doing, every second. */
      stats?: boolean
      /** The admin token. Default: `auth.token`. */
      token?: string
      id?: string
    },
    ack?: (answer: Acknowledgement) => void,
  ): void
  unsubscribe(
    request: { channel: string; address?: string; id?: string },
    ack?: (answer: Acknowledgement) => void,
  ): void
  ping(request: { position?: string; id?: string }, ack?: (answer: Acknowledgement) => void): void
}

type Client = Socket<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, unknown>

export interface SocketIoOptions {
  hub: Hub
  doorman: Doorman
  /** Longest message from a client, bytes. */
  maxMessageBytes: number
}

/** A client that does not take what waits for it is ended after this, ms. */
const CLOSE_GRACE = 2_000
const LEAVE = Symbol('leave')
/** A request that was let in, until its connection ends. */
type Entered = IncomingMessage & { [LEAVE]?: () => void }

/** Attaches socket.io to the control server. Resume is `since`, so its own recovery stays off. */
export function attachSocketIo(http: HttpServer, { hub, doorman, maxMessageBytes }: SocketIoOptions): Server {
  const io = new Server<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, unknown>(http, {
    ...{ serveClient: false, pingInterval: 15_000, pingTimeout: 15_000, maxHttpBufferSize: maxMessageBytes },
    cors: (request, decide) => decide(null, { origin: doorman.admits(request), credentials: true }),
    allowRequest: (request, decide) => {
      try {
        Object.assign(request, { [LEAVE]: doorman.enter(request) }) // asked for new connections only
        decide(null, true)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        decide(error.refusal.code, false)
      }
    },
  })
  io.engine.use((_request: unknown, response: Pick<ServerResponse, 'setHeader'>, next: () => void) => {
    for (const [name, value] of Object.entries(STRICT_HEADERS)) response.setHeader(name, value)
    next()
  })
  io.engine.on('connection', (connection: { request: Entered; on(event: 'close', listener: () => void): void }) => {
    const { request } = connection
    connection.on('close', () => request[LEAVE]?.())
  })
  // Who entered and became no connection leaves too; of an upgrade that fails engine.io does not always tell.
  io.engine.on('connection_error', ({ req }: { req?: Entered }) => req?.[LEAVE]?.())
  http.on('upgrade', (request: Entered, socket) => void socket.once('close', () => request[LEAVE]?.()))
  io.on('connection', (client) => welcome(client, hub, doorman.addressOf(client.request)))
  return io
}

function welcome(client: Client, hub: Hub, ip: string): void {
  const handshake = handshakeOf('socket.io', ip, client.request, { auth: client.handshake.auth, whole: hub.decides })
  let reason = 'client'
  client.on('disconnect', (why) => {
    if (why === 'ping timeout') reason = 'silent'
    if (session) hub.disconnect(session, reason)
  })
  // A packet that is none, or an event of this name from the client: without a listener either would be thrown.
  client.on('error', () => {
    reason = 'invalid_frame'
  })
  const session = hub.connect(doorOf(client, handshake))
  if (!session) return void client.disconnect(true)
  const { since, epoch } = handshake.auth
  client.onAny((type: unknown, request: unknown, ack: unknown) => {
    const { channel, id, ...data } = fieldsOf(request)
    const resumed = type === 'subscribe' ? { since, epoch, ...data } : data
    session.message({ type, channel, id, data: resumed }, typeof ack === 'function' ? (how) => ack(how) : undefined)
  })
}

function fieldsOf(request: unknown): Record<string, unknown> {
  return typeof request === 'object' && request !== null ? (request as Record<string, unknown>) : {}
}

/**
 * Over WebSocket all frames go out in one write below engine.io: it would write each by itself, and many events to many
 * clients would hold the thread for seconds. Else packets go the public way (`conn.write`, which knows polling), as text
 * that is ready: socket.io would encode each for each client again.
 */
function doorOf({ conn }: Client, handshake: Handshake): Door {
  return {
    handshake,
    write: (batches) => {
      const socket = socketBelow(conn)
      if (socket) socket.write(joined(batches.map(({ socketio }) => socketio)))
      else for (const { frames } of batches) for (const frame of frames) conn.write(frame.socketio)
    },
    buffered: () => waiting(conn),
    drain: () => new Promise((resolve) => setTimeout(resolve, 20)),
    close: () => {
      conn.close() // when what waits has gone out
      setTimeout(() => conn.close(true), CLOSE_GRACE).unref()
    },
  }
}

/**
 * The socket of a connection that is a WebSocket and holds nothing back itself. Nothing is ever compressed, so `ws` passes
 * on at once what engine.io gives it, and what is written here stays in order with it. Not all of this is in its types:
 * where a part is missing there is no such socket.
 */
function socketBelow(conn: object): Writable | undefined {
  const { readyState, writeBuffer, transport } = conn as {
    readyState?: unknown
    writeBuffer?: unknown[]
    transport?: { name?: unknown; socket?: { _socket?: unknown } }
  }
  if (readyState !== 'open' || transport?.name !== 'websocket' || writeBuffer?.length !== 0) return undefined
  const socket = transport.socket?._socket
  return socket instanceof Writable && socket.writable ? socket : undefined
}

/** Bytes that wait in engine.io, and below it where the transport is a WebSocket. Neither is in its types. */
function waiting(conn: object): number {
  const { writeBuffer, transport } = conn as {
    writeBuffer?: { data?: unknown }[]
    transport?: { socket?: { bufferedAmount?: unknown } }
  }
  const below = transport?.socket?.bufferedAmount
  const queued = (writeBuffer ?? []).reduce(
    (bytes, { data }) => bytes + (typeof data === 'string' ? data.length : 0),
    0,
  )
  return queued + (typeof below === 'number' ? below : 0)
}
