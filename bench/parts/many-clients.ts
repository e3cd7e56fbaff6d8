/**
 * Many WebSocket clients in a process of their own, each subscribed to `blockchain_events`. Tells of each height when
 * every client has its first event: the moments at which they had it, by the monotonic clock, in ms.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

const [url = '', count = '1'] = process.argv.slice(2)
const clients = Number(count)
const AT_ONCE = 50

const arrivals = new Map<number, number[]>()
const HEIGHT = /"blockHeight":(\d+)/

async function connect(): Promise<void> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  let last = 0
  const subscribed = new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('open', () => socket.send('{"type":"subscribe","channel":"blockchain_events"}'))
    socket.on('message', (data: Buffer) => {
      const now = Number(process.hrtime.bigint()) / 1e6
      const text = data.toString('latin1', 0, 2_000)
      if (text.includes('Subscribed to')) resolve()
      const height = text.startsWith('{"type":"event"') ? Number(HEIGHT.exec(text)?.[1] ?? 0) : 0
      if (height <= last) return
      last = height
      heard(height, now)
    })
  })
  await subscribed
}

function heard(height: number, now: number): void {
  const times = arrivals.get(height) ?? []
  times.push(now)
  arrivals.set(height, times)
  if (times.length < clients) return
  process.send?.({ arrived: height, times })
  arrivals.delete(height)
}

for (let n = 0; n < clients; n += AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, clients - n) }, connect))
  await sleep(20)
}
process.send?.({ connected: clients })
