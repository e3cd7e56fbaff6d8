/** A hub over a real store with both doors open, fed by hand. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import type { Patience } from '../../src/config/index.ts'
import { clientAddress } from '../../src/control/client-address.ts'
import { createGuard } from '../../src/control/guard.ts'
import { defineApp, plainApp } from '../../src/events/app.ts'
import type { EventRecord } from '../../src/events/types.ts'
import { Doorman } from '../../src/gateway/doorman.ts'
import type { FastPath } from '../../src/gateway/fast-path.ts'
import { Hub, type HubOptions } from '../../src/gateway/hub.ts'
import { attachSocketIo } from '../../src/gateway/socketio.ts'
import { createWebSocketServer } from '../../src/gateway/websocket.ts'
import type { LogReader, LogWriter, Retain } from '../../src/store/types.ts'
import type { Views } from '../../src/views/types.ts'
import { block, folder, range, readerOn, record, writerOn } from '../store/support.ts'

export const ALICE = 'wasm1pytelukfdc0c5yu43ka7svuj66xfyn32zuvw22'
export const BOB = 'wasm1glhldqt0u24h7zhs0y50stf2m8exunraadtmaj'

export const app = defineApp({
  ...plainApp,
  name: 'Test',
  welcome: 'Connected to Test WebSocket',
  channels: {
    transfers: { events: ['transfer'], address: 'optional' },
    pots: { events: ['pot'], address: 'optional' },
    portfolio: { events: [], address: 'required' },
    stats: { events: [], address: 'ignored' },
  },
})

export const LIMITS = {
  ...{ maxMessagesPerSecond: 1_000, maxBufferedBytes: 1_048_576, maxSubscriptions: 5, maxMessageBytes: 16_384 },
  ...{ maxConnections: 1_000, maxConnectionsPerIp: 500, maxNewPerSecondPerIp: 500 },
}

export interface Rig {
  hub: Hub
  reader: LogReader
  writer: LogWriter
  /** Commits the next block and tells the hub, with its rows, (out of credit) without, or not at all. Answers the new ids. */
  commit(records?: EventRecord[], inline?: boolean | 'unheard'): string[]
  live(): void
  syncing(): void
  height(): number
}

/** A hub that is live. `views`: it shows {@link viewsOf} its log. */
export function rig(
  limits: Partial<typeof LIMITS> = {},
  more: Partial<Omit<HubOptions, 'views'>> & { views?: (reader: LogReader) => Views; retain?: Retain } = {},
): Rig {
  const path = folder()
  const writer = writerOn(path, more.app ?? app, undefined, more.retain)
  const reader = readerOn(path)
  const { views, retain: _, ...others } = more
  const hub = new Hub({
    ...{ reader, app, prefix: 'wasm', limits: { ...LIMITS, ...limits } },
    onFault: (error) => expect.fail(String(error)),
    ...(views ? { views: views(reader) } : {}),
    ...others,
  })
  onTestFinished(() => hub.drain())
  let height = 0
  const sync = (state: 'live' | 'syncing') => hub.sync({ state, indexedHeight: height, headHeight: height })
  const made: Rig = {
    ...{ hub, reader, writer },
    height: () => height,
    live: () => sync('live'),
    syncing: () => sync('syncing'),
    commit: (records = [], inline = true) => {
      height += 1
      const committed = writer.commit(range([block(height, records)]))
      if (committed && inline !== 'unheard') hub.committed(inline ? committed : { ...committed, events: null })
      return (committed?.events ?? []).map(({ id }) => id)
    },
  }
  made.live()
  return made
}

/** Views read from the log itself: the newest events of a kind, of everybody or of an account; `portfolio` of any kind. */
export function viewsOf(reader: LogReader): Views {
  const kinds: Record<string, string[]> = {
    transfers: ['transfer'],
    pots: ['pot'],
    stats: ['transfer', 'pot'],
    portfolio: ['transfer', 'pot'],
  }
  return {
    names: () => [...Object.keys(kinds), 'blockchain_events'],
    has: (name) => Object.hasOwn(kinds, name) || name === 'blockchain_events',
    rule: () => 'optional',
    tags: (name, address) => [...(kinds[name] ?? []), ...(address ? [`user:${address}`] : [])],
    read: (name, account) => {
      const { height, time } = reader.checkpoint()
      const events = reader.events({
        ...{ order: 'desc', limit: 20 },
        ...(kinds[name] ? { kinds: kinds[name] } : {}),
        ...(account ? { account } : {}),
      })
      return { asOf: { height, time }, items: events.map(({ id }) => id) }
    },
  }
}

/** An event of a type, concerning accounts. */
export function event(n: number, type: string, accounts: string[] = []): EventRecord {
  return record(0, n, { type, accounts })
}

/** Both doors on loopback ports. */
export async function doors(
  { hub }: Rig,
  limits: Partial<typeof LIMITS> = {},
  {
    trustProxy = false,
    patience,
    fastPath,
  }: { trustProxy?: number | false; patience?: Patience; fastPath?: FastPath } = {},
): Promise<{ ws: string; io: string }> {
  const all = { ...LIMITS, ...limits }
  const guard = createGuard({ allowedHosts: [], allowedOrigins: ['https://app.example.org'] })
  const doorman = new Doorman({ admit: guard, addressOf: clientAddress(trustProxy), limits: all })
  const http = createServer((_, response) => response.end())
  const io = attachSocketIo(http, {
    ...{ hub, doorman, maxMessageBytes: all.maxMessageBytes },
    ...(fastPath ? { fastPath } : {}),
  })
  const ws = createWebSocketServer({
    ...{ hub, doorman, maxMessageBytes: all.maxMessageBytes },
    ...(patience ? { patience } : {}),
  })
  onTestFinished(async () => {
    await io.close()
    ws.closeAllConnections()
    ws.close()
  })
  return { ws: `ws://127.0.0.1:${await listening(ws)}`, io: `http://127.0.0.1:${await listening(http)}` }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
