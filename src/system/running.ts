/** What runs from start to stop: the actors, what main takes from their wires, and the WebSocket door. */
import type { EventEmitter } from 'node:events'
import type { Server } from 'node:http'
import type { SourceStatus } from '../chain/read/types.ts'
import { listen, type SeicheConfig } from '../config/index.ts'
import type { CommittedRange, HistoryChanged } from '../events/types.ts'
import { createWebSocketServer } from '../gateway/websocket.ts'
import type { StoreFault } from '../protocol.ts'
import type { System } from '../runtime/index.ts'
import type { LockWatch } from '../store/lock-watch.ts'
import type { FromScheduler, SchedulerQuestions, ToScheduler } from '../tasks/questions.ts'
import type { Logger } from '../telemetry/log.ts'
import { progressMeter } from '../telemetry/progress.ts'
import { Closing } from './closing.ts'
import { ended, type Where } from './doors.ts'
import type { SystemEvents } from './events.ts'
import type { Serving } from './serving.ts'
import { setAsideWatch } from './set-aside.ts'

export interface RunningDeps {
  config: SeicheConfig
  serving: Serving
  actors: System
  lock: LockWatch
  log: Logger
  events: EventEmitter<SystemEvents>
  /** Where the WebSocket door listens; takes the port that was free, and keeps it for the next start. */
  at: Where
}

/** How often a long catching-up says how far it is, ms. */
const PROGRESS_INTERVAL = 3_000
/** How often it is looked what is wrong, ms. */
const DEGRADED_INTERVAL = 1_000

/** Starts, and answers what stops it again, in reverse order. @throws CodedError; nothing is left running then */
export async function startRunning(deps: RunningDeps): Promise<() => Promise<void>> {
  const closing = new Closing()
  try {
    await open(deps, (end) => closing.add(end))
    return () => closing.close()
  } catch (error) {
    await closing.close()
    throw error
  }
}

async function open(deps: RunningDeps, onStop: (end: () => unknown) => void): Promise<void> {
  const { config, serving, actors, log, at } = deps
  const { hub, caches, polling, doorman } = serving
  caches.attach({ outlet: actors.outlet('cache-writes'), inlet: actors.inlet('cache-changes') })
  onStop(() => caches.detach())
  if (config.enablePolling) {
    polling.attach(actors.actor<SchedulerQuestions>('scheduler'), actors.outlet<ToScheduler>('task-results'))
    onStop(() => polling.detach())
    void actors.inlet<FromScheduler>('task-events').each((item) => polling.told(item))
  }
  await actors.start()
  onStop(() => actors.stop())
  started(deps, onStop)
  const doors: Server[] = []
  if (config.enableWebSocket) {
    const door = createWebSocketServer({ hub, doorman, maxMessageBytes: config.gateway.maxMessageBytes })
    Object.assign(at, await listen(door, { ...at, setting: '--ws-port, SEICHE_GATEWAY_PORT or gateway.port' }))
    doors.push(door)
  }
  hub.open()
  if (config.enableEventIndexing) takeFromWires(deps, onStop)
  onStop(async () => {
    const closed = doors.map(ended) // nobody is let in while those inside are told to go
    await hub.drain(config.drain.window)
    await Promise.all(closed)
  })
  onStop(sayProgress(serving, log))
  onStop(sayDegraded(serving, log))
}

/** Says what runs now, and later that it runs no more. */
function started({ config, events }: RunningDeps, onStop: (end: () => unknown) => void): void {
  const parts = {
    ...{ event_indexer: config.enableEventIndexing, websocket: config.enableWebSocket },
    polling: config.enablePolling,
  }
  for (const [name, enabled] of Object.entries(parts) as [keyof typeof parts, boolean][]) {
    if (!enabled) continue
    events.emit('component', name, 'started')
    onStop(() => events.emit('component', name, 'stopped'))
  }
}

/** In one tick: the caches first, so that nobody who hears of an event reads what was before it; then everybody else. */
function takeFromWires(
  { serving, actors, lock, log, events }: RunningDeps,
  onStop: (end: () => unknown) => void,
): void {
  const { hub, vitals, caches, commits, stages } = serving
  const committed = actors.inlet<CommittedRange>('committed')
  void committed.each((range) => {
    lock.see(null)
    vitals.committed(range)
    commits.committed(range, hub.live)
    caches.committed(range)
    if (range.rebuilt) caches.clear() // what was read at this very height is not so any more
    hub.committed(range)
    if (range.passed && hub.live) stages.published(range.passed, hub.doors)
    hub.sync(vitals.sync())
    if (range.tags?.length !== 0) events.emit('invalidated', range.tags)
  })
  void actors.inlet<HistoryChanged>('history').each((change) => {
    caches.clear() // what was read before knew less
    hub.historyChanged(change)
  })
  const setAside = setAsideWatch((endpoint, reason) => log.warn({ endpoint }, `an endpoint is set aside: ${reason}`))
  void actors.inlet<SourceStatus>('source').each(({ requests = [], ...status }) => {
    serving.requests.push(...requests)
    setAside(status)
    const fault = vitals.source(status)
    if (fault) log.error({ code: fault.code }, fault.message)
    hub.sync(vitals.sync())
  })
  void actors.inlet<StoreFault | null>('store').each((fault) => {
    vitals.store(fault)
    lock.see(fault)
    if (fault) log.error({ code: fault.code }, fault.message)
  })
  onStop(() => void committed.finish()) // nobody is told any more, and the log may be about to be closed
}

/** Tells clients and the log what is wrong, when that changes. */
function sayDegraded({ vitals, hub }: Serving, log: Logger): () => void {
  let before = ''
  const look = setInterval(() => {
    try {
      const degraded = vitals.degraded()
      const reasons = degraded.map(({ reason }) => reason)
      hub.degraded(reasons)
      if (reasons.join() !== before) log.warn({ degraded }, reasons.length ? 'degraded' : 'not degraded any more')
      before = reasons.join()
    } catch (error) {
      log.error({ error }, 'the log could not be asked what it lacks')
    }
  }, DEGRADED_INTERVAL)
  return () => clearInterval(look)
}

function sayProgress({ vitals, reader }: Serving, log: Logger): () => void {
  const meter = progressMeter(vitals.sync().indexedHeight)
  let quarantined = 0
  const progress = setInterval(() => {
    const { sync, source, eventIndexer } = vitals.status()
    const { state, indexedHeight, headHeight } = sync
    const line = meter(indexedHeight, headHeight ?? indexedHeight, eventIndexer.processedCount)
    if (state === 'syncing' && headHeight !== null) log.info(line, 'catching up')
    const count = reader.quarantined()
    if (count > quarantined) log.warn({ quarantined: count }, 'transactions could not be decoded and were set aside')
    quarantined = count
    const { backfill } = source ?? {}
    if (backfill?.fault)
      log.warn(backfill, 'the history of a contract that came later cannot be fetched; it is tried again')
    else if (backfill) log.info(backfill, 'fetching the history of a contract that came later')
  }, PROGRESS_INTERVAL)
  return () => clearInterval(progress)
}
