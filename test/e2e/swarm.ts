/**
 * Many clients in one process of their own: each has one subscription, loses its connection at random, comes back with
 * `since`, and keeps the ids it was sent. Told what the last id of each subscription is, it says what everybody got.
 */
import { createInterface } from 'node:readline'
import { io } from 'socket.io-client'
import { randomFrom } from '../../src/devnet/random.ts'

export interface Wanted {
  channel: string
  address?: string
}

/** What one client got. */
export interface Got extends Wanted {
  door: 'websocket' | 'socket.io'
  ids: string[]
  connections: number
}

interface Client {
  got: Got
  close(): void
}

type Frame = { type: string; channel?: string; id?: string }

/** Longest life of a connection, ms. */
const LIFE = 6_000

function client(got: Got, url: string, chance: () => number): Client {
  let open = true
  const since = (): string => got.ids.at(-1) ?? '0-0-0'
  const receive = ({ type, channel, id }: Frame): void => {
    if (channel === got.channel && id !== undefined && (type === 'event' || type === 'data_update')) got.ids.push(id)
  }
  const again = (): void => {
    if (open) setTimeout(connect, 100 * chance())
  }
  let leave = (): void => undefined

  const overWebSocket = (): void => {
    const socket = new WebSocket(url)
    leave = () => socket.close()
    socket.onopen = () => {
      got.connections += 1
      const data = { since: since(), ...(got.address ? { address: got.address } : {}) }
      socket.send(JSON.stringify({ type: 'subscribe', channel: got.channel, data }))
      setTimeout(() => socket.close(), LIFE * chance())
    }
    socket.onmessage = ({ data }) => receive(JSON.parse(String(data)) as Frame)
    socket.onclose = again
    socket.onerror = () => undefined // its close follows
  }

  const overSocketIo = (): void => {
    const socket = io(url, { reconnection: false, forceNew: true, transports: ['websocket'] })
    leave = () => socket.disconnect()
    socket.on('connect', () => {
      got.connections += 1
      socket.emit('subscribe', { channel: got.channel, address: got.address, since: since() })
      setTimeout(() => socket.disconnect(), LIFE * chance())
    })
    socket.on('event', receive)
    socket.on('data_update', receive)
    socket.on('disconnect', again)
    socket.on('connect_error', again)
  }

  const connect = (): void => (got.door === 'websocket' ? overWebSocket() : overSocketIo())
  setTimeout(connect, 2_000 * chance())
  return {
    got,
    close: () => {
      open = false
      leave()
    },
  }
}

/** `patience`: how long the last ids are waited for, ms; what is there by then is told. */
const [ws = '', http = '', seed = '1', wanted = '[]', patience = 'Infinity'] = process.argv.slice(2)
const chance = randomFrom(Number(seed))
const clients = (JSON.parse(wanted) as Wanted[]).map((each, n) => {
  const door = n % 2 ? 'websocket' : 'socket.io'
  return client({ ...each, door, ids: [], connections: 0 }, door === 'websocket' ? ws : http, chance)
})

/** The line that arrives: the last id of each subscription. */
for await (const line of createInterface(process.stdin)) {
  const last = new Map(JSON.parse(line) as [key: string, id: string][])
  const arrived = ({ got }: Client): boolean => {
    const id = last.get(`${got.channel} ${got.address ?? ''}`)
    return id === undefined || got.ids.includes(id)
  }
  const end = performance.now() + Number(patience)
  while (!clients.every(arrived) && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 100))
  for (const each of clients) each.close()
  process.stdout.write(`${JSON.stringify(clients.map(({ got }) => got))}\n`, () => process.exit(0))
}
