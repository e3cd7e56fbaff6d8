/** A plain WebSocket client that keeps everything it is told. */
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

export interface Told {
  type: string
  channel?: string
  id?: string
  data: Record<string, unknown>
}

export interface Client {
  socket: WebSocket
  told: Told[]
  send(message: unknown): void
  /** The first frame for which `wanted` holds, received or still to come. */
  frame(wanted: (frame: Told) => boolean): Promise<Told>
  /** Ids of chain events on `channel`, in the order received. */
  ids(channel?: string): (string | undefined)[]
  closed: Promise<{ code: number; reason: string }>
}

export async function connect(
  url: string,
  options: { headers?: Record<string, string>; protocol?: string } = {},
): Promise<Client> {
  const socket = new WebSocket(url, options.protocol ?? [], { headers: options.headers ?? {} })
  const told: Told[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (data) => {
    told.push(JSON.parse(String(data)) as Told)
    for (const look of waiting) look()
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  return {
    ...{ socket, told, closed },
    send: (message) =>
      socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message)),
    frame: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = told.find(wanted)
          if (!found) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    ids: (channel = 'blockchain_events') =>
      told.filter((frame) => frame.channel === channel && frame.type !== 'error').map(({ id }) => id),
  }
}
