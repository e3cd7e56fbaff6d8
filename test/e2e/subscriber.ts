/** A WebSocket client that resumes with `since`, as ours and every careful client does. */
import { onTestFinished } from 'vitest'

export interface Frame {
  type: string
  channel?: string
  id?: string
  data: Record<string, unknown>
}

export interface Subscriber {
  /** Every event received on `blockchain_events`, in the order of arrival, over all connections. */
  events: Record<string, unknown>[]
  frames: Frame[]
  connections(): number
  /** Resolves when `wanted` holds; looked at after each frame. */
  until(wanted: (subscriber: Subscriber) => boolean): Promise<void>
  close(): void
}

/** Subscribes to `blockchain_events` from the start of the log, and again from the last id whenever the socket ends. */
export function subscribe(url: string, channel = 'blockchain_events'): Subscriber {
  const waiting = new Set<() => void>()
  let connections = 0
  let open = true
  let socket: WebSocket
  const subscriber: Subscriber = {
    events: [],
    frames: [],
    connections: () => connections,
    until: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!wanted(subscriber)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    close: () => {
      open = false
      socket.close()
    },
  }
  const connect = (): void => {
    socket = new WebSocket(url)
    socket.onopen = () => {
      connections += 1
      const since = subscriber.events.at(-1)?.id ?? '0-0-0'
      socket.send(JSON.stringify({ type: 'subscribe', channel, data: { since } }))
    }
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame
      subscriber.frames.push(frame)
      if (frame.channel === channel && frame.type === 'event') subscriber.events.push(frame.data)
      for (const look of waiting) look()
    }
    socket.onclose = () => {
      if (open) setTimeout(connect, 50)
    }
  }
  connect()
  onTestFinished(subscriber.close)
  return subscriber
}
