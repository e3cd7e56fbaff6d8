/** A client of either door on a bare socket, so that it can stop reading: what it does not take, the kernel and then the server have to keep. */
import { WebSocket } from 'ws'

export type DoorName = 'websocket' | 'socket.io'

/** How each door is entered and spoken at: socket.io is engine.io's packets (`0` open, `2` ping, `4` message) around its own. */
const DOORS = {
  websocket: {
    path: '',
    request: (channel: string, data: object) => JSON.stringify({ type: 'subscribe', channel, data }),
  },
  'socket.io': {
    path: '/socket.io/?EIO=4&transport=websocket',
    request: (channel: string, data: object) => `42${JSON.stringify(['subscribe', { channel, ...data }])}`,
  },
} as const

const SUBSCRIBED = /"message":"Subscribed to \w+","channel":"(\w+)","position":"([\w-]+)"/
/** Of a chain's event its channel and id stand in front, whatever it holds. */
const EVENT = /^\{"type":"(?:event|data_update)","channel":"(\w+)","id":"([\d]+-\w+-\d+)"/

/** Equal ids are one string, however many clients have them. */
const known = new Map<string, string>()
function interned(id: string): string {
  if (!known.has(id)) known.set(id, id)
  return known.get(id) ?? id
}

export interface Reader {
  door: DoorName
  socket: WebSocket
  /** Where it was live from, by channel it subscribed to. */
  from: Map<string, string>
  /** Ids by channel, in the order received. */
  ids: Map<string, string[]>
  /** Subscribes; resolves with the answer. */
  subscribe(channel: string, since?: string): Promise<void>
  /** Resolves when the connection has ended, and how. */
  closed: Promise<{ code: number; reason: string }>
}

/** Connects to `url`, the door's own. */
export async function read(door: DoorName, url: string): Promise<Reader> {
  const { path, request } = DOORS[door]
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { perMessageDeflate: false })
  const from = new Map<string, string>()
  const ids = new Map<string, string[]>()
  const entered = Promise.withResolvers<void>()
  const waiting = new Map<string, () => void>()
  const hear = (frame: string): void => {
    const [, channel = '', id] = EVENT.exec(frame) ?? []
    if (id) {
      const received = ids.get(channel)
      if (received) received.push(interned(id))
      else ids.set(channel, [interned(id)])
      return
    }
    const [, subscribed = '', position] = SUBSCRIBED.exec(frame) ?? []
    if (position) {
      from.set(subscribed, position)
      waiting.get(subscribed)?.()
    } else if (frame.includes('"clientId"')) entered.resolve()
  }
  socket.on('message', (data) => {
    const text = String(data)
    if (door === 'websocket') hear(text)
    else if (text.startsWith('42[')) hear(text.slice(text.indexOf(',') + 1, -1))
    else if (text.startsWith('0')) socket.send('40')
    else if (text === '2') socket.send('3')
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  socket.on('error', entered.reject)
  await entered.promise
  return {
    ...{ door, socket, from, ids, closed },
    subscribe: (channel, since) =>
      new Promise((resolve) => {
        waiting.set(channel, resolve)
        socket.send(request(channel, since === undefined ? {} : { since }))
      }),
  }
}
