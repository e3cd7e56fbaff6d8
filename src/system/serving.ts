/** What serves from initialize to shutdown: the log's reader, caches, views, hub, REST and socket.io. It needs no actor to run. */
import type { EventEmitter } from 'node:events'
import type { ThreadCaches } from '../cache/types.ts'
import type { SourceStatus } from '../chain/read/types.ts'
import { adminTokens, listen, type SeicheConfig } from '../config/index.ts'
import { adminBy } from '../control/admin.ts'
import { clientAddress } from '../control/client-address.ts'
import type { ControlDeps, Operations } from '../control/deps.ts'
import { distinctLimit } from '../control/rate-limit.ts'
import { createControl } from '../control/server.ts'
import { txLookup } from '../control/tx-lookup.ts'
import { createVitals, type Vitals } from '../control/vitals.ts'
import { dashboardRoutes } from '../dashboard/dashboard.ts'
import type { Spelling } from '../events/accounts.ts'
import type { App } from '../events/app.ts'
import { Doorman } from '../gateway/doorman.ts'
import { FastPath } from '../gateway/fast-path.ts'
import type { Authorize } from '../gateway/handshake.ts'
import { Hub } from '../gateway/hub.ts'
import { attachSocketIo } from '../gateway/socketio.ts'
import type { BlockFetcherQuestions } from '../protocol.ts'
import type { ActorRef, AskTiming, System } from '../runtime/index.ts'
import { openReader } from '../store/reader.ts'
import { ledgerSize } from '../store/size.ts'
import type { LogReader } from '../store/types.ts'
import type { MainPolling } from '../tasks/polling.ts'
import type { Logger } from '../telemetry/log.ts'
import { Unread } from '../telemetry/unread.ts'
import { contractAddresses } from '../tree.ts'
import type { Views } from '../views/types.ts'
import { createViews } from '../views/views.ts'
import { asyncApi } from './asyncapi.ts'
import { CommitCounter } from './commit-counter.ts'
import { ended, type Where } from './doors.ts'
import type { SystemEvents } from './events.ts'
import { evmAccounts } from './evm-accounts.ts'
import { type HouseWatch, watchHouse } from './house-watch.ts'
import { houseViews, keepHouse } from './housekeeping.ts'
import type { Settings } from './settings.ts'
import { Stages } from './stages.ts'

type Request = NonNullable<SourceStatus['requests']>[number]

export interface Serving {
  reader: LogReader
  caches: ThreadCaches
  views: Views
  polling: MainPolling
  hub: Hub
  vitals: Vitals
  doorman: Doorman
  commits: CommitCounter
  stages: Stages
  /** What the dashboard and a terminal show. */
  watch: HouseWatch
  /** Requests to nodes that ended. */
  requests: Unread<Request>
  close(): Promise<void>
}

export interface ServingDeps {
  config: SeicheConfig
  settings: Settings
  app: App
  caches: ThreadCaches
  polling: MainPolling
  log: Logger
  events: EventEmitter<SystemEvents>
  operations: Operations
  authorize: Authorize | undefined
  /** The actors of this start, or the next. */
  actors(): System
  /** Questions to actors that ended. */
  asks: Unread<AskTiming>
  /** Where REST and socket.io are to listen; takes the port that was free. */
  http: Where
  /** Where the WebSocket door listens. */
  ws: Where
}

/** Longest that a user waits until a node says what `0x…` stands for, ms. */
const RESOLVE_WITHIN = 3_000

/** @throws CodedError naming why not; nothing is left open then */
export async function openServing(deps: ServingDeps): Promise<Serving> {
  const { config, settings, app, caches, polling, log, events, operations, authorize, actors } = deps
  const { prefix } = config.chain
  const viewSchemas = (await app.schemas?.()) ?? {}
  const reader = openReader(config.store.path)
  const checkpoint = reader.checkpoint()
  const { height } = checkpoint
  if (config.startHeight !== undefined && height > 0)
    log.warn(
      { checkpoint: height },
      'the data folder has a checkpoint: --start-height is ignored, it goes on from there',
    )
  const commits = new CommitCounter(checkpoint)
  const stages = new Stages()
  const requests: Serving['requests'] = new Unread(5_000)
  const vitals = createVitals({
    ...{
      actors,
      clients: () => hub.clientCount,
      maxConnections: () => settings.limits.maxConnections,
      wsPort: () => deps.ws.port,
    },
    ...{ indexedHeight: height, quarantined: () => reader.quarantined(), projections: () => reader.projections() },
    ...{ running: operations.running, tasks: () => polling.getTaskStats(), caches: () => caches },
    enabled: {
      eventIndexing: config.enableEventIndexing,
      webSocket: config.enableWebSocket,
      polling: config.enablePolling,
    },
  })
  const house = houseViews(vitals)
  keepHouse(polling, caches, house)
  const views = createViews({
    ...{ reader, caches, app, contracts: contractAddresses(config), others: house },
    seen: () => commits.seen,
  })
  const fetcher = (): ActorRef<BlockFetcherQuestions> => actors().actor('block-fetcher')
  const spelling: Spelling = {
    prefix,
    ...(prefix && {
      resolveHex: evmAccounts({
        prefix,
        ask: async (hex) => await fetcher().within(RESOLVE_WITHIN).ask.accountOfEvm(hex),
      }),
    }),
  }
  const isAdmin = adminBy(adminTokens(config))
  const addressOf = clientAddress(config.control.trustProxy)
  const accounts = distinctLimit(() => settings.limits.maxAddressesPerMinutePerIp, 60_000)
  const hub: Hub = new Hub({
    ...{ reader, app, ...spelling, limits: settings.limits, views, stats: (first) => watch.overview(first) },
    ...(authorize ? { authorize } : {}),
    ...{ isAdmin, accounts },
    onPublished: (published) => events.emit('published', published),
    onFault: (error) => log.error({ error }, 'the gateway could not do what it should; nobody misses anything'),
  })
  const guard = settings.guard
  const doorman = new Doorman({ admit: guard, addressOf, limits: settings.limits })
  const control: ControlDeps = {
    ...{ vitals, reader, ...spelling, views, viewSchemas, polling, caches, operations, settings, sockets: hub },
    lookup: txLookup((hash) => fetcher().ask.lookupTx(hash)),
    actors: {
      tree: () => actors().tree(),
      restart: (name) => actors().restart(name),
      profile: (name, milliseconds) => actors().profile(name, milliseconds),
    },
    metrics: {
      gateway: () => hub.metrics(),
      commits: () => commits.counts,
      stages: () => stages.unscraped.read(),
      requests: () => requests.read(),
      asks: () => deps.asks.read(),
      loads: () => caches.loads(),
      caches: () => caches.metrics(),
      ledger: () => ledgerSize(config.store.path),
    },
    pages: [...dashboardRoutes(), asyncApi()],
    audit: (line) => {
      log.info(line, 'an operator acted')
      watch.acted(line)
    },
  }
  const watch = watchHouse({ control, hub, stages, events })
  const http = createControl(control, {
    ...{ guard, isAdmin, addressOf, accounts },
    maxRequestsPerMinute: () => settings.current().control.maxRequestsPerMinute,
    onFault: (error, requestId) => log.error({ error, requestId }, 'a request failed'),
  })
  const fastPath = new FastPath({ onRefused: (why) => log.warn({ why }, 'the fast path of socket.io is closed') })
  const io = attachSocketIo(http, { hub, doorman, fastPath, maxMessageBytes: config.gateway.maxMessageBytes })
  try {
    Object.assign(
      deps.http,
      await listen(http, { ...deps.http, setting: '--port, SEICHE_CONTROL_PORT or control.port' }),
    )
  } catch (error) {
    watch.close()
    reader.close()
    throw error
  }
  const close = async (): Promise<void> => {
    vitals.drain()
    watch.close()
    io.engine.close()
    await ended(http)
    reader.close()
  }
  return { reader, caches, views, polling, hub, vitals, doorman, commits, stages, watch, requests, close }
}
