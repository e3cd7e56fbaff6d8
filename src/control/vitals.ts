/** What the system says about itself: /status, /health, /readyz and the hub's sync state, all from the same few facts. */

import type { ThreadCaches } from '../cache/types.ts'
import type { SourceStatus } from '../chain/read/types.ts'
import type { CommittedRange, Sync } from '../events/types.ts'
import type { ActorBrief, System } from '../runtime/index.ts'
import type { ProjectionStatus } from '../store/types.ts'
import type { TaskStats } from '../tasks/types.ts'
import { type Degraded, degradedBy, type Fault, isUnhealthy } from './degraded.ts'

/** The answer of `/status` (surface §1). */
export interface SystemStatus {
  eventIndexer: { running: boolean; currentBlock: number; queueSize: number; processedCount: number }
  webSocket: { running: boolean; connectedClients: number; port: number }
  polling: { running: boolean; totalTasks: number; enabledTasks: number; runningTasks: number }
  cache: { totalCaches: number; totalEntries: number; hitRate: number }
  sync: Sync
  source: SourceStatus | null
  /** In short; `/actors` tells more. */
  actors: Record<string, ActorBrief>
}

/** The answer of `/health`; `code` names the worst fault when it is not healthy. */
export interface Health {
  healthy: boolean
  /** `degraded`: what is served is whole and not late, but something is wrong. */
  status: 'healthy' | 'degraded' | 'unhealthy'
  /** All that is wrong, the gravest first. */
  degraded: Degraded[]
  services: Record<'eventIndexer' | 'webSocket' | 'polling' | 'cache', boolean>
  code?: string
  message?: string
  /** Projections that stand still, with why: their views are marked stale; the log goes on. */
  suspended: { name: string; height: number; reason: string | null }[]
  /** Transactions that could not be decoded and were set aside: `seiche requeue` tries again. */
  quarantined: number
  details: SystemStatus
}

/** One line of `/readyz?verbose`. */
export interface Check {
  name: string
  ok: boolean
  detail: string
}

export interface Vitals {
  /** Takes how the nodes are doing; answers the fault when it is another than before. */
  source(status: SourceStatus): Fault | undefined
  /** Faults of the source so far, by code. */
  faults(): Readonly<Record<string, number>>
  /** Takes what keeps the store from committing; null when nothing does. */
  store(fault: Fault | null): void
  committed(range: CommittedRange): void
  sync(): Sync
  status(): SystemStatus
  health(): Health
  /** All that is wrong, the gravest first. */
  degraded(): Degraded[]
  ready(): { ok: boolean; checks: Check[] }
  /** From now on not ready: the process is about to end. */
  drain(): void
}

/** What the vitals are read from. */
export interface Observed {
  /** The actors of this start. */
  actors(): Pick<System, 'brief' | 'supervisorState' | 'tree'>
  clients(): number
  /** How many there may be. */
  maxConnections(): number
  /** Between start and stop. */
  running(): boolean
  /** What is configured to run at all. */
  enabled: { eventIndexing: boolean; webSocket: boolean; polling: boolean }
  /** The port the WebSocket door listens on. */
  wsPort(): number
  tasks(): TaskStats
  caches(): ThreadCaches
  projections(): ProjectionStatus[]
  /** The checkpoint and the number of events the log began this run with. */
  indexedHeight: number
  /** Transactions in quarantine. */
  quarantined(): number
}

/** Blocks behind the head within which the log counts as live (D6). */
const LIVE_WITHIN = 64
/** A head that stood still for this long, ms, or 20 usual block intervals, is stale. */
const STALE_AFTER = 30_000
const STALE_INTERVALS = 20

export function createVitals(observed: Observed): Vitals {
  let source: SourceStatus | null = null
  let indexedHeight = observed.indexedHeight
  let processed = 0
  let storeFault: Fault | null = null
  let draining = false
  let moved = performance.now()
  let interval = 0
  const faults = new Map<string, number>()

  const pipeline = (): string => observed.actors().supervisorState('pipeline') ?? 'stopped'
  const stale = (): boolean => performance.now() - moved > Math.max(STALE_AFTER, STALE_INTERVALS * interval)

  const sync = (): Sync => {
    const headHeight = source?.headHeight ?? null
    const behind = headHeight === null || headHeight - indexedHeight > LIVE_WITHIN
    return { state: behind ? 'syncing' : stale() ? 'stale' : 'live', indexedHeight, headHeight }
  }

  const up = (part: keyof Observed['enabled']): boolean => observed.enabled[part] && observed.running()

  const polling = (actors: SystemStatus['actors']): SystemStatus['polling'] => {
    const { totalTasks, enabledTasks, runningTasks } = observed.tasks()
    return { running: actors['scheduler']?.state === 'up', totalTasks, enabledTasks, runningTasks }
  }

  const status = (): SystemStatus => {
    const actors = observed.actors().brief()
    return {
      eventIndexer: {
        running: pipeline() === 'running',
        currentBlock: indexedHeight,
        queueSize: Math.max(0, (source?.fetchedHeight ?? 0) - indexedHeight),
        processedCount: processed,
      },
      webSocket: { running: up('webSocket'), connectedClients: observed.clients(), port: observed.wsPort() },
      polling: polling(actors),
      cache: cached(observed.caches()),
      sync: sync(),
      source,
      actors,
    }
  }

  const pipelineFault = (): Fault | undefined => {
    const state = pipeline()
    if (state === 'running' || state === 'restarting' || state === 'starting') return undefined
    const failure = observed.actors().tree().supervisors['pipeline']?.lastFailure
    return {
      code: 'E_PIPELINE',
      message: `the pipeline is ${state}${failure ? `: ${failure}` : ''}; it is tried again by itself`,
    }
  }

  const suspended = (): Health['suspended'] =>
    observed
      .projections()
      .filter(({ state }) => state === 'suspended')
      .map(({ name, height, reason }) => ({ name, height, reason }))

  const degraded = (): Degraded[] =>
    degradedBy({
      ...{ store: storeFault, running: observed.running(), enabled: observed.enabled, source },
      ...{ pipeline: pipelineFault(), actors: observed.actors().brief() },
      ...{ connections: observed.clients(), maxConnections: observed.maxConnections() },
      ...{ suspended: suspended().map(({ name }) => name), quarantined: observed.quarantined() },
    })

  return {
    source: (status) => {
      if (status.headHeight !== null && status.headHeight !== source?.headHeight) {
        const now = performance.now()
        if (source?.headHeight != null) interval = (now - moved) / Math.max(1, status.headHeight - source.headHeight)
        moved = now
      }
      const arisen = status.fault && status.fault.code !== source?.fault?.code ? status.fault : undefined
      source = status
      if (arisen) faults.set(arisen.code, (faults.get(arisen.code) ?? 0) + 1)
      return arisen
    },
    faults: () => Object.fromEntries(faults),
    store: (fault) => {
      storeFault = fault
    },
    committed: ({ height, events }) => {
      indexedHeight = height
      processed += events?.length ?? 0
    },
    sync,
    status,
    health: () => {
      const all = degraded()
      const worst = all.find(isUnhealthy)
      const details = status()
      return {
        healthy: !worst,
        status: worst ? 'unhealthy' : all.length ? 'degraded' : 'healthy',
        degraded: all,
        services: {
          ...{ eventIndexer: !worst, webSocket: up('webSocket') },
          ...{ polling: details.polling.running, cache: details.actors['cache-owner']?.state === 'up' },
        },
        ...(worst ? { code: worst.code, message: worst.message } : {}),
        quarantined: observed.quarantined(),
        suspended: suspended(),
        details,
      }
    },
    degraded,
    ready: () => {
      const { state, indexedHeight: indexed, headHeight } = sync()
      const checks = [
        { name: 'draining', ok: !draining, detail: draining ? 'the process is about to end' : 'no' },
        { name: 'pipeline', ok: pipeline() === 'running', detail: pipeline() },
        { name: 'store', ok: !storeFault, detail: storeFault?.code ?? 'writable' },
        { name: 'sync', ok: state !== 'syncing', detail: `${state}, ${indexed} of ${headHeight ?? 'unknown'}` },
      ]
      return { ok: checks.every(({ ok }) => ok), checks }
    },
    drain: () => {
      draining = true
    },
  }
}

function cached(caches: ThreadCaches): SystemStatus['cache'] {
  const all = Object.values(caches.metrics())
  const totalEntries = all.reduce((sum, { entries }) => sum + entries, 0)
  const hits = all.reduce((sum, cache) => sum + cache.hits, 0)
  const reads = all.reduce((sum, cache) => sum + cache.misses, hits)
  return { totalCaches: all.length, totalEntries, hitRate: reads ? hits / reads : 0 }
}

/** The status of a system that was not initialized yet. */
export function statusBefore(port: number): SystemStatus {
  return {
    eventIndexer: { running: false, currentBlock: 0, queueSize: 0, processedCount: 0 },
    webSocket: { running: false, connectedClients: 0, port },
    polling: { running: false, totalTasks: 0, enabledTasks: 0, runningTasks: 0 },
    cache: { totalCaches: 0, totalEntries: 0, hitRate: 0 },
    sync: { state: 'syncing', indexedHeight: 0, headHeight: null },
    ...{ source: null, actors: {} },
  }
}
