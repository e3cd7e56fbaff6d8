/** The socket.io door: the same frames as packets written past socket.io's own encoding, over polling and WebSocket alike. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import { type DefaultEventsMap, Server, type Socket } from 'socket.io'
import { STRICT_HEADERS } from '../config/index.ts'
import type { ChainEvent } from '../events/types.ts'
import type { Doorman } from './doorman.ts'
import { FastPath, waiting } from './fast-path.ts'
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
  /** What is written past engine.io. Default: {@link FastPath}. */
  fastPath?: FastPath
}

/** A client that does not take what waits for it is ended after this, ms. */
const CLOSE_GRACE = 2_000
const LEAVE = Symbol('leave')
/** A request that was let in, until its connection ends. */
type Entered = IncomingMessage & { [LEAVE]?: () => void }

/** Attaches socket.io to the control server. Resume is `since`, so its own recovery stays off. */
export function attachSocketIo(
  http: HttpServer,
  { hub, doorman, maxMessageBytes, fastPath = new FastPath() }: SocketIoOptions,
): Server {
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
  io.on('connection', (client) => welcome(client, { hub, fastPath }, doorman.addressOf(client.request)))
  return io
}

function welcome(client: Client, { hub, fastPath }: { hub: Hub; fastPath: FastPath }, ip: string): void {
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
  const session = hub.connect(doorOf(client, handshake, fastPath))
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

/** Packets that go the public way (`conn.write`, which knows polling) are text that is ready: socket.io would encode each for each client again. */
function doorOf({ conn }: Client, handshake: Handshake, fastPath: FastPath): Door {
  return {
    handshake,
    write: (batches) => {
      if (fastPath.write(conn, batches)) return
      for (const { frames } of batches) for (const frame of frames) conn.write(frame.socketio)
    },
    buffered: () => waiting(conn),
    drain: () => new Promise((resolve) => setTimeout(resolve, 20)),
    close: () => {
      conn.close() // when what waits has gone out
      setTimeout(() => conn.close(true), CLOSE_GRACE).unref()
    },
  }
}
