/** Clients of both doors that keep everything they are told, with one face. */
import { once } from 'node:events'
import { io } from 'socket.io-client'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

export interface Told {
  type: string
  channel?: string
  id?: string
  data: Record<string, unknown>
}

export interface Client {
  told: Told[]
  send(message: unknown): void
  /** The first frame for which `wanted` holds, received or still to come. */
  frame(wanted: (frame: Told) => boolean): Promise<Told>
  /** Subscribes, and waits for the answer: a `system` or an `error` frame. */
  subscribe(channel: string, data?: object): Promise<Told>
  /** Resolves when everything sent before was answered. */
  settled(): Promise<void>
  /** Ids of chain events on `channel`, in the order received. */
  ids(channel?: string): (string | undefined)[]
  /** Views shown on `channel`, in the order received. */
  views(channel: string): Record<string, unknown>[]
  end(): void
}

/** A client of the plain WebSocket door. */
export interface WebSocketClient extends Client {
  socket: WebSocket
  closed: Promise<{ code: number; reason: string }>
}

export async function connect(
  url: string,
  options: { headers?: Record<string, string>; protocol?: string } = {},
): Promise<WebSocketClient> {
  const socket = new WebSocket(url, options.protocol ?? [], { headers: options.headers ?? {} })
  const heard = listener()
  socket.on('message', (data) => heard.hear(JSON.parse(String(data)) as Told))
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  const send = (message: unknown): void =>
    socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message))
  return { socket, closed, ...faceOf(heard, send, () => socket.terminate()) }
}

/** A client of socket.io: a message's type is the event, its other fields are the request. */
export async function connectIo(url: string, options: object = {}): Promise<Client> {
  const socket = io(url, { forceNew: true, reconnection: false, transports: ['websocket'], ...options })
  const heard = listener()
  socket.onAny((_, frame: Told) => heard.hear(frame))
  onTestFinished(() => void socket.close())
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', resolve)
    socket.on('connect_error', reject)
  })
  const send = (message: unknown): void => {
    const { type, data, ...rest } = message as { type: string; data?: object }
    socket.emit(type, { ...rest, ...data })
  }
  return faceOf(heard, send, () => void socket.close())
}

interface Listener {
  told: Told[]
  waiting: Set<() => void>
  hear(frame: Told): void
}

function listener(): Listener {
  const told: Told[] = []
  const waiting = new Set<() => void>()
  const hear = (frame: Told): void => {
    told.push(frame)
    for (const look of waiting) look()
  }
  return { told, waiting, hear }
}

function faceOf({ told, waiting }: Listener, send: (message: unknown) => void, end: () => void): Client {
  let asked = 0
  const frame = (wanted: (frame: Told) => boolean): Promise<Told> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = told.find(wanted)
        if (!found) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  const answered = (message: object): Promise<Told> => {
    const id = `asked ${asked++}`
    send({ ...message, id })
    return frame((answer) => answer.id === id)
  }
  return {
    ...{ told, send, frame, end },
    subscribe: (channel, data = {}) => answered({ type: 'subscribe', channel, data }),
    settled: async () => void (await answered({ type: 'ping' })),
    ids: (channel = 'blockchain_events') =>
      told.filter((told) => told.channel === channel && told.id !== undefined).map(({ id }) => id),
    views: (channel) => told.flatMap((told) => (told.channel === channel && 'asOf' in told.data ? [told.data] : [])),
  }
}
