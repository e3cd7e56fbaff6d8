/**
 * The composition root: configuration → supervision tree, gateway and control. Read this file to know the program.
 *
 *     root  one_for_one
 *     ├── devnet                      only when a chain is played or made here
 *     └── pipeline  rest_for_one      event-store → event-decoder → block-fetcher, in the order of their start
 */
import type { Server } from 'node:http'
import type { SourceStatus } from './chain/read/types.ts'
import { listen, type SeicheConfig } from './config/index.ts'
import { createGuard } from './control/guard.ts'
import { createControl } from './control/server.ts'
import { txLookup } from './control/tx-lookup.ts'
import { createVitals } from './control/vitals.ts'
import { loadApp } from './events/app.ts'
import type { CommittedRange } from './events/types.ts'
import { Doorman } from './gateway/doorman.ts'
import { Hub } from './gateway/hub.ts'
import { attachSocketIo } from './gateway/socketio.ts'
import { createWebSocketServer } from './gateway/websocket.ts'
import type { BlockFetcherQuestions, StoreFault } from './protocol.ts'
import { type ActorSpec, CodedError, type System, supervise } from './runtime/index.ts'
import { lockFolder, removeLog } from './store/folder.ts'
import { lockWatch } from './store/lock-watch.ts'
import { openReader } from './store/reader.ts'
import type { Logger } from './telemetry/log.ts'
import { progressMeter } from './telemetry/progress.ts'
import { wires } from './topology.ts'
import { appUrl, type EmbeddedNode, supervisionTree } from './tree.ts'

/** What a system is given beside its configuration. */
export interface SystemExtras {
  log: Logger
  /** Run this node, and follow it instead of the configured endpoints. */
  node?: EmbeddedNode
  /** Forget what the data folder holds first. Default false. */
  reset?: boolean
  /** Changes the spec of an actor; for tests. */
  adjust?: (name: string, spec: ActorSpec) => ActorSpec
  /** Told when the process should end with 1. Default: nobody. */
  onFailure?: (error: Error) => void
}

export interface SeicheSystem {
  /** Resolves when everything runs and listens. @throws CodedError naming why not; nothing is left running then. */
  start(): Promise<void>
  /** Says goodbye to clients, stops the actors in order, closes the store. */
  stop(): Promise<void>
  /** Where REST and socket.io listen. */
  readonly http: { host: string; port: number }
  /** Where WebSocket listens. */
  readonly ws: { host: string; port: number }
  /** The running actors: their state, restart and profile. */
  readonly actors: System
}

/** How often a long catching-up says how far it is, ms. */
const PROGRESS_INTERVAL = 3_000

/** A system for this configuration, not started yet. */
export async function createSystem(
  config: SeicheConfig,
  { log, node, reset, adjust, onFailure = () => undefined }: SystemExtras,
): Promise<SeicheSystem> {
  const { control, gateway, store } = config
  const tree = await supervisionTree(config, node, (name) => actors.actor(name), adjust)
  const actors: System = supervise(tree, { wires })
  const app = await loadApp(appUrl(config))
  const closing: (() => unknown)[] = []
  const at = { http: { host: control.host, port: control.port }, ws: { host: control.host, port: gateway.port } }

  const lock = lockWatch(store.lockPatience, onFailure)

  actors.on('down', (death) => log.warn(death, 'an actor died and is replaced'))
  actors.on('supervisor', ({ supervisor, state, error }) => {
    if (state !== 'failed') return
    log.error({ supervisor, error }, 'a supervisor failed; what it supervised is tried again')
    const failure = error ?? new CodedError('E_PIPELINE', `${supervisor} failed`)
    if (config.exitOnFailure || supervisor === 'root') onFailure(failure)
    else lock.see(failure)
  })
  actors.on('zombie', (count) =>
    log.error(count, 'a thread is stuck in native code; it was replaced, but holds its memory'),
  )
  actors.on('exhausted', (count) => {
    log.fatal(count, 'too many threads are stuck in native code: the process ends, start it again')
    process.kill(process.pid, 'SIGKILL') // an exit would wait for them
  })

  const open = async (): Promise<void> => {
    closing.push(lockFolder(store.path))
    if (reset) removeLog(store.path)
    await actors.start()
    closing.push(() => actors.stop())
    const reader = openReader(store.path)
    closing.push(() => reader.close())
    const { height } = reader.checkpoint()
    if (config.startHeight !== undefined && height > 0)
      log.warn(
        { checkpoint: height },
        'the data folder has a checkpoint: --start-height is ignored, it goes on from there',
      )
    const { prefix } = config.chain
    const hub = new Hub({
      ...{ reader, app, prefix, limits: gateway },
      onFault: (error) => log.error({ error }, 'the hub could not read the log; it tries again'),
    })
    const vitals = createVitals({
      ...{ tree: () => actors.tree(), clients: () => hub.clientCount, wsPort: () => at.ws.port },
      ...{ indexedHeight: height, quarantined: () => reader.quarantined() },
    })
    const guard = createGuard(control)
    const doorman = new Doorman({ admit: guard, ...gateway })
    const lookup = txLookup((hash) => actors.actor<BlockFetcherQuestions>('block-fetcher').ask.lookupTx(hash))
    const http = createControl(
      { vitals, reader, lookup, actors, prefix, audit: (line) => log.info(line, 'an operator acted') },
      {
        adminToken: config.admin.token,
        ...{ guard, maxRequestsPerMinute: () => control.maxRequestsPerMinute },
        onFault: (error, requestId) => log.error({ error, requestId }, 'a request failed'),
      },
    )
    const io = attachSocketIo(http, { hub, doorman, maxMessageBytes: gateway.maxMessageBytes })
    const ws = createWebSocketServer({ hub, doorman, maxMessageBytes: gateway.maxMessageBytes })
    at.http = await listen(http, { ...at.http, setting: '--port, SEICHE_CONTROL_PORT or control.port' })
    closing.push(() => ended(http))
    at.ws = await listen(ws, { ...at.ws, setting: '--ws-port, SEICHE_GATEWAY_PORT or gateway.port' })
    closing.push(() => ended(ws))
    closing.push(() => {
      vitals.drain()
      hub.drain()
      void actors.inlet('committed').finish() // nobody is told any more, and the log is about to be closed
      io.engine.close()
    })

    const meter = progressMeter(vitals.sync().indexedHeight)
    let quarantined = 0
    const progress = setInterval(() => {
      const { state, indexedHeight, headHeight } = vitals.sync()
      const line = meter(indexedHeight, headHeight ?? indexedHeight, vitals.status().eventIndexer.processedCount)
      if (state === 'syncing' && headHeight !== null) log.info(line, 'catching up')
      const count = reader.quarantined()
      if (count > quarantined) log.warn({ quarantined: count }, 'transactions could not be decoded and were set aside')
      quarantined = count
    }, PROGRESS_INTERVAL)
    closing.push(() => clearInterval(progress))

    // In one tick: what main itself knows first, then everybody else.
    void actors.inlet<CommittedRange>('committed').each((range) => {
      lock.see(null)
      vitals.committed(range)
      hub.committed(range)
      hub.sync(vitals.sync())
    })
    void actors.inlet<SourceStatus>('source').each((status) => {
      const fault = vitals.source(status)
      if (fault) log.error({ code: fault.code }, fault.message)
      hub.sync(vitals.sync())
    })
    void actors.inlet<StoreFault | null>('store').each((fault) => {
      vitals.store(fault)
      lock.see(fault)
      if (fault) log.error({ code: fault.code }, fault.message)
    })
  }

  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end()
  }

  return {
    get http() {
      return at.http
    },
    get ws() {
      return at.ws
    },
    actors,
    start: async () => {
      try {
        await open()
      } catch (error) {
        await close()
        throw error
      }
    },
    stop: close,
  }
}

/** Stops listening, and ends what is still connected. */
async function ended(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  setTimeout(() => server.closeAllConnections(), 1_000).unref()
  await closed
}
