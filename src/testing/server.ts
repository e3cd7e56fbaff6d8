/**
 * A server for tests of clients: the real doors over a real log, without chain, actors or REST. What it sends are the
 * events that the test emits; what can happen to a client on a bad day happens when the test says so.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '../config/index.ts'
import { resolveConfig } from '../config/resolve.ts'
import { sibling } from '../config/sibling.ts'
import { clientAddress } from '../control/client-address.ts'
import { createGuard } from '../control/guard.ts'
import { loadApp } from '../events/app.ts'
import { type Position, parsePosition } from '../events/position.ts'
import type { CommittedRange, EventValue } from '../events/types.ts'
import { Doorman } from '../gateway/doorman.ts'
import { Hub } from '../gateway/hub.ts'
import { attachSocketIo } from '../gateway/socketio.ts'
import { createWebSocketServer } from '../gateway/websocket.ts'
import { openReader } from '../store/reader.ts'
import type { LogWriter, Retain } from '../store/types.ts'
import { openWriter } from '../store/writer.ts'

/** An event as a test says it; the rest of it is made up. */
export interface TestEvent {
  /** E.g. `transfer_created`: its first word names its channel. */
  type: string
  data?: Readonly<Record<string, EventValue>>
  /** Accounts it concerns: subscriptions to one of them get it. Default: none. */
  accounts?: readonly string[]
  /** Configured name of the contract. Default `test`. */
  contract?: string
}

export interface TestServer extends AsyncDisposable {
  /** For plain WebSocket. */
  readonly ws: string
  /** For socket.io. */
  readonly io: string
  /** Commits a block with these events; answers their ids. Clients are told when the promise is settled. */
  emit(...events: readonly TestEvent[]): Promise<string[]>
  /** Cuts every connection without a word, as a network does. Answers how many there were. */
  drop(): number
  /** Forgets the events up to and with this position: who resumes from before it gets `resume_expired`. @throws TypeError when it is none */
  expire(position: string): void
  /** From now on clients are told so many ms after the commit. */
  lag(milliseconds: number): void
  close(): Promise<void>
}

export interface TestServerOptions {
  /** The app whose channels there are, by the `file:` URL of its module. Default: SeiMoney. */
  app?: string
  /** Prefix of account addresses. Default `sei`. */
  prefix?: string
  /** Default `test-1`. */
  chainId?: string
}

const SEIMONEY = sibling(import.meta.url, '../seimoney/app').href
const ADDRESS = 'contract-of-tests'
const ANYWHERE = { host: '127.0.0.1', port: 0, setting: 'none' }

/** Starts on free ports of loopback. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { app: url = SEIMONEY, prefix = 'sei', chainId = 'test-1' } = options
  const path = mkdtempSync(join(tmpdir(), 'seiche-testing-'))
  const app = await loadApp(url)
  const open = (retain: Retain): LogWriter => openWriter({ path, app, contracts: [], chainId, retain })
  let writer = open('all')
  const reader = openReader(path)
  const { gateway } = resolveConfig({ env: {} })
  const hub = new Hub({
    ...{ reader, app, prefix, limits: gateway },
    onFault: (error) => {
      throw error
    },
  })
  const doorman = new Doorman({
    admit: createGuard({ allowedHosts: [], allowedOrigins: [] }),
    ...{ addressOf: clientAddress(false), limits: gateway },
  })
  const { maxMessageBytes } = gateway
  const http = createServer((_, response) => response.writeHead(404).end())
  const io = attachSocketIo(http, { hub, doorman, maxMessageBytes })
  const websocket = createWebSocketServer({ hub, doorman, maxMessageBytes })
  const sockets = new Set<Socket>()
  for (const server of [http, websocket]) track(server, sockets)
  const [{ port: ioPort }, { port: wsPort }] = await Promise.all([listen(http, ANYWHERE), listen(websocket, ANYWHERE)])

  let height = 0
  let delay = 0
  let told = Promise.resolve()
  const live = (): void => hub.sync({ state: 'live', indexedHeight: height, headHeight: height })
  const tell = async (committed: CommittedRange, after: number): Promise<void> => {
    await Promise.all([told, after ? sleep(after) : undefined])
    hub.committed(committed)
    live()
  }
  live()

  const drop = (): number => {
    const { size } = sockets
    for (const socket of sockets) socket.destroy()
    return size
  }
  const close = async (): Promise<void> => {
    await told
    drop()
    await io.close()
    await new Promise((resolve) => void websocket.close(resolve))
    reader.close()
    writer.close()
    rmSync(path, { recursive: true, force: true })
  }
  return {
    ws: `ws://127.0.0.1:${wsPort}`,
    io: `http://127.0.0.1:${ioPort}`,
    drop,
    close,
    [Symbol.asyncDispose]: close,
    lag: (milliseconds) => {
      delay = milliseconds
    },
    emit: async (...events) => {
      height += 1
      const committed = writer.commit({ chainId, blocks: [blockOf(height, events)] })
      if (!committed) return []
      told = tell(committed, delay)
      await told
      return committed.events?.map(({ id }) => id) ?? []
    },
    expire: (position) => {
      const since = required(position)
      const kept = reader.events({ since, order: 'asc', limit: Number.MAX_SAFE_INTEGER }).length
      writer.close()
      writer = open({ events: kept })
      while (writer.cut()) {}
    },
  }
}

function track(server: Server, sockets: Set<Socket>): void {
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
}

function required(position: string): Position {
  const parsed = parsePosition(position)
  if (parsed) return parsed
  throw new TypeError(`expected a position, e.g. the id of an event: got ${JSON.stringify(position)}`)
}

function blockOf(height: number, events: readonly TestEvent[]) {
  const hash = (n: number): string => n.toString(16).toUpperCase().padStart(64, '0')
  return {
    ...{ height, hash: hash(height), parentHash: height > 1 ? hash(height - 1) : '', time: new Date().toISOString() },
    records: events.map(({ type, data = {}, accounts = [], contract = 'test' }, eventIndex) => ({
      ...{ txIndex: 0, eventIndex, type, contract, contractAddress: ADDRESS, txHash: hash(height) },
      ...{ data: { ...data }, accounts: [...accounts] },
    })),
  }
}
