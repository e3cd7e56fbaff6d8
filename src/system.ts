/**
 * The composition root: configuration → what serves, and what runs. Read this file to know the program.
 *
 *     serving  from initialize to shutdown   the log's reader, caches, views, hub, REST and socket.io: `system/serving.ts`
 *     running  from start to stop            actors, their wires to main, the WebSocket port: `system/running.ts`
 *
 *     root  one_for_one
 *     ├── devnet                      only when a chain is played or made here
 *     ├── caching                     cache-owner; dies and comes back alone
 *     ├── tasks                       scheduler; likewise
 *     └── pipeline  rest_for_one      event-store → event-decoder → block-fetcher, in the order of their start
 */
import { EventEmitter } from 'node:events'
import { createCaches } from './cache/caches.ts'
import { defaultCaches } from './cache/named.ts'
import type { ThreadCaches } from './cache/types.ts'
import type { SeicheConfig } from './config/index.ts'
import type { ConfigSettings } from './control/deps.ts'
import type { Health, SystemStatus } from './control/vitals.ts'
import { statusBefore } from './control/vitals.ts'
import { loadApp } from './events/app.ts'
import type { Authorize } from './gateway/handshake.ts'
import {
  type ActorSpec,
  type AskTiming,
  CodedError,
  type SupervisorSpec,
  type System,
  supervise,
} from './runtime/index.ts'
import { lockFolder, removeLog } from './store/folder.ts'
import { lockWatch } from './store/lock-watch.ts'
import { openWriter } from './store/writer.ts'
import { Closing } from './system/closing.ts'
import type { SystemEvents } from './system/events.ts'
import { Lifecycle } from './system/lifecycle.ts'
import { refresh } from './system/refresh.ts'
import { startRunning } from './system/running.ts'
import { openServing, type Serving } from './system/serving.ts'
import { createSettings } from './system/settings.ts'
import { watchOver } from './system/watch-over.ts'
import { createPolling, type MainPolling } from './tasks/polling.ts'
import type { Logger } from './telemetry/log.ts'
import { Unread } from './telemetry/unread.ts'
import { wiresAmong } from './topology.ts'
import { actorsOf, appUrl, type EmbeddedNode, supervisionTree, watchedContracts } from './tree.ts'

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
  /** The caches to use. Default: own ones. */
  caches?: ThreadCaches
  /** Who may subscribe to what. Default: everybody to everything. */
  authorize?: Authorize
}

export interface SeicheSystem {
  /** True between a start and the next stop. */
  running(): boolean
  /** Opens the log and REST. False when that was done before. @throws CodedError naming why not; nothing is left open then */
  initialize(): Promise<boolean>
  /** Starts the actors and opens the WebSocket port; initializes first where that was not done. False when it runs. @throws CodedError */
  start(): Promise<boolean>
  /** Says goodbye to clients and stops the actors in order; REST stays. False when it does not run. @throws CodedError `E_WRONG_STATE` */
  stop(): Promise<boolean>
  /** Ends everything; nothing keeps the process alive then. */
  shutdown(): Promise<void>
  /** Where REST and socket.io listen. */
  readonly http: { host: string; port: number }
  /** Where WebSocket listens. */
  readonly ws: { host: string; port: number }
  /** The actors: their state, restart and profile. @throws CodedError `E_WRONG_STATE` before it is initialized */
  readonly actors: System
  /** What serves. @throws CodedError `E_WRONG_STATE` before it is initialized */
  readonly serving: Serving
  readonly caches: ThreadCaches
  readonly polling: MainPolling
  readonly settings: ConfigSettings
  status(): SystemStatus
  health(): Health
  /** Reads every view anew and runs every task; answers their names. @throws CodedError `E_WRONG_STATE` while it does not run */
  refresh(): Promise<readonly string[]>
  /** What happens, as it happens. */
  readonly events: EventEmitter<SystemEvents>
}

/** A system for this configuration; nothing is opened yet. */
export function createSystem(config: SeicheConfig, extras: SystemExtras): SeicheSystem {
  const { log, node, reset, adjust, authorize, onFailure = () => undefined } = extras
  const { caches = createCaches({ configs: defaultCaches, main: true }) } = extras
  const { control, gateway, store } = config
  const at = { http: { host: control.host, port: control.port }, ws: { host: control.host, port: gateway.port } }
  const events = new EventEmitter<SystemEvents>()
  const polling = createPolling({
    defaultTimeout: () => settings.current().polling.defaultTimeout,
    warn: (message) => log.warn(message),
  })
  const lock = lockWatch(store.lockPatience, onFailure)
  const settings = createSettings(config, (update) => {
    log.level = update.config.log.level
    if (update.applied.some((path) => path.startsWith('polling.')) && lifecycle.stage === 'running')
      actors?.restart('scheduler').catch((error: unknown) => log.error({ error }, 'tasks could not be started anew'))
    events.emit('configured', { applied: update.applied, needsRestart: update.needsRestart })
  })
  const asks = new Unread<AskTiming>(5_000)
  const closing = new Closing()
  let tree: SupervisorSpec
  let actors: System | undefined
  let serving: Serving | undefined
  let halt: () => Promise<void>
  polling.onEvent((event) => {
    events.emit('task', event)
    if (event.kind !== 'completed') return
    serving?.hub.refresh(event.id)
    events.emit('refreshed', [event.id])
  })

  const newActors = (): System =>
    watchOver(supervise(tree, { wires: wiresAmong(actorsOf(tree)), onAsk: (ask) => asks.push(ask) }), {
      config,
      lock,
      log,
      events,
      onFailure,
    })

  const lifecycle: Lifecycle = new Lifecycle({
    initialize: async () => {
      try {
        closing.add(lockFolder(store.path))
        if (reset) removeLog(store.path)
        const app = await loadApp(appUrl(config))
        openWriter({ path: store.path, app, contracts: watchedContracts(config), chainId: config.chain.id }).close() // there are tables to read now
        tree = await supervisionTree({
          ...{ config, node, adjust, current: settings.current },
          actor: (name) => known(actors).actor(name),
        })
        actors = newActors()
        serving = await openServing({
          ...{ config, settings, caches, polling, log, events, authorize, asks, operations: system },
          ...{ actors: () => known(actors), http: at.http, ws: at.ws, app },
        })
        closing.add(serving.close)
      } catch (error) {
        await closing.close()
        throw error
      }
    },
    start: async () => {
      actors = newActors()
      halt = await startRunning({ config, serving: known(serving), actors, lock, log, events, at: at.ws })
    },
    stop: () => halt(),
    end: () => closing.close(),
  })

  const system: SeicheSystem = {
    ...{ events, caches, polling, settings, http: at.http, ws: at.ws },
    initialize: () => lifecycle.initialize(),
    start: () => lifecycle.start(),
    stop: () => lifecycle.stop(),
    shutdown: () => lifecycle.shutdown(),
    running: () => lifecycle.stage === 'running',
    refresh: async () => {
      if (lifecycle.stage === 'running') return await refresh(known(serving), events)
      throw new CodedError('E_WRONG_STATE', 'nothing runs that could refresh: start() first')
    },
    status: () => serving?.vitals.status() ?? statusBefore(at.ws.port),
    health: () => known(serving).vitals.health(),
    get actors() {
      return known(actors)
    },
    get serving() {
      return known(serving)
    },
  }
  return system
}

function known<T>(part: T | undefined): T {
  if (part !== undefined) return part
  throw new CodedError('E_WRONG_STATE', 'the system is not initialized: call initialize() first')
}
