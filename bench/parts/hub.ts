/** The hub over a log and both doors on free ports, in the process that asks: no actors, no REST. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGuard } from '../../src/control/guard.ts'
import type { App } from '../../src/events/app.ts'
import { Doorman } from '../../src/gateway/doorman.ts'
import { Hub } from '../../src/gateway/hub.ts'
import { attachSocketIo } from '../../src/gateway/socketio.ts'
import { createWebSocketServer } from '../../src/gateway/websocket.ts'
import { openReader } from '../../src/store/reader.ts'

const MANY = 10_000
const LIMITS = {
  ...{ maxMessagesPerSecond: 100, maxBufferedBytes: 1_048_576, maxSubscriptions: 5, maxMessageBytes: 16_384 },
  ...{ maxConnections: MANY, maxConnectionsPerIp: MANY, maxNewPerSecondPerIp: MANY },
}

/** A hub that is not live yet, and its ports. */
export async function openHub(path: string, app: App): Promise<{ hub: Hub; websocket: number; socketio: number }> {
  const onFault = (error: unknown): never => {
    throw error
  }
  const hub = new Hub({ reader: openReader(path), app, prefix: 'sei', limits: LIMITS, onFault })
  const doorman = new Doorman({
    ...{ admit: createGuard({ allowedHosts: [], allowedOrigins: [] }), limits: LIMITS },
    addressOf: ({ socket }) => socket.remoteAddress ?? '',
  })
  const http = createServer()
  attachSocketIo(http, { hub, doorman, maxMessageBytes: LIMITS.maxMessageBytes })
  const websocket = createWebSocketServer({ hub, doorman, maxMessageBytes: LIMITS.maxMessageBytes })
  return { hub, websocket: await listening(websocket), socketio: await listening(http) }
}

async function listening(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', 4_096, resolve)
  await promise
  return (server.address() as AddressInfo).port
}
