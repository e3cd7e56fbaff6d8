/** The socket.io door: the same frames as packets written past socket.io's own encoding, over polling and WebSocket alike. */
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { type DefaultEventsMap, Server, type Socket } from 'socket.io'
import type { ChainEvent } from '../events/types.ts'
import type { Doorman } from './doorman.ts'
import type { Hub } from './hub.ts'
import { type Message, readMessage } from './incoming.ts'
import { errorFrame } from './outgoing.ts'
import type { Refusal } from './refusal.ts'
import { Refused } from './refusal.ts'
import type { Door, Session } from './session.ts'

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

export type Acknowledgement =
  | { ok: true; channel?: string; position?: string; recovered?: boolean }
  | { ok: false; error: Refusal }

export interface ClientToServerEvents {
  subscribe(
    request: { channel: string; address?: string; since?: string; epoch?: string },
    ack?: (answer: Acknowledgement) => void,
  ): void
  unsubscribe(request: { channel: string; address?: string }, ack?: (answer: Acknowledgement) => void): void
  ping(request: { position?: string }, ack?: (answer: Acknowledgement) => void): void
}

type Client = Socket<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, unknown>

export interface SocketIoOptions {
  hub: Hub
  doorman: Doorman
  /** Longest message from a client, bytes. */
  maxMessageBytes: number
}

const LEAVE = Symbol('leave')

/** Attaches socket.io to the control server. Resume is `since`, so its own recovery stays off. */
export function attachSocketIo(http: HttpServer, { hub, doorman, maxMessageBytes }: SocketIoOptions): Server {
  const io = new Server<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, unknown>(http, {
    ...{ serveClient: false, pingInterval: 15_000, pingTimeout: 15_000, maxHttpBufferSize: maxMessageBytes },
    cors: { origin: true, credentials: true }, // who is allowed was decided before
    allowRequest: (request, decide) => {
      try {
        // Of the requests of a polling client only the first opens a connection: it has no session id yet.
        if (request.url?.includes('sid=')) doorman.check(request)
        else Object.assign(request, { [LEAVE]: doorman.enter(request) })
        decide(null, true)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        decide(error.refusal.code, false)
      }
    },
  })
  io.engine.on(
    'connection',
    (connection: {
      request: IncomingMessage & { [LEAVE]?: () => void }
      on(event: 'close', listener: () => void): void
    }) => {
      const leave = connection.request[LEAVE]
      connection.on('close', () => leave?.())
    },
  )
  io.on('connection', (client) => welcome(client, hub))
  return io
}

function welcome(client: Client, hub: Hub): void {
  const session = hub.connect(doorOf(client))
  if (!session) return void client.disconnect(true)
  const { since, epoch } = client.handshake.auth as { since?: unknown; epoch?: unknown }
  const receive = (type: string, request: unknown, ack: unknown): void => {
    const { channel, ...data } = (typeof request === 'object' && request !== null ? request : {}) as Record<
      string,
      unknown
    >
    const resumed = type === 'subscribe' ? { since, epoch, ...data } : data
    const answer = handle(session, hub, { type, channel, data: resumed })
    if (typeof ack === 'function') ack(answer)
  }
  client.on('subscribe', (request, ack) => receive('subscribe', request, ack))
  client.on('unsubscribe', (request, ack) => receive('unsubscribe', request, ack))
  client.on('ping', (request, ack) => receive('ping', request, ack))
  client.on('disconnect', () => hub.disconnect(session))
}

/** Does what the client asks, and answers the acknowledgement; errors are frames as well, for clients that ask for none. */
function handle(session: Session, hub: Hub, raw: unknown): Acknowledgement {
  try {
    session.count()
    const message: Message = readMessage(raw)
    if (message.type === 'subscribe') {
      const { channel } = message.request
      return { ok: true, channel, ...hub.subscribe(session, message.request) }
    }
    session.handle(message)
    return message.type === 'unsubscribe' ? { ok: true, channel: message.channel } : { ok: true }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    session.send([errorFrame(error.refusal)])
    return { ok: false, error: error.refusal }
  }
}

/**
 * Packets go to engine.io as text that is ready: socket.io would encode each for each client again. `conn.write` is
 * engine.io's public way to send, and knows polling from WebSocket.
 */
function doorOf(client: Client): Door {
  const { conn } = client
  return {
    kind: 'socket.io',
    write: (batches) => {
      for (const { frames } of batches) for (const frame of frames) conn.write(frame.socketio)
    },
    buffered: () => waiting(conn),
    drain: () => new Promise((resolve) => setTimeout(resolve, 20)),
    close: () => conn.close(),
  }
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
