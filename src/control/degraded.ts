/** What is not as it should be, under names that never change: one list, for health, `system` frames and metrics. */
import type { SourceStatus } from '../chain/read/types.ts'
import type { ActorBrief } from '../runtime/index.ts'

/** Every reason there may be, the gravest first. */
export const REASONS = [
  ...(['store-unwritable', 'stopped', 'no-node', 'source', 'pipeline'] as const),
  ...(['cache-owner', 'scheduler', 'flooded', 'suspended', 'quarantine'] as const),
]
export type Reason = (typeof REASONS)[number]

/** What is wrong, and what to do about it. */
export interface Fault {
  code: string
  message: string
}

/** One thing that is wrong while the rest works. */
export interface Degraded {
  reason: Reason
  /** Of the fault, where it has one (docs/errors.md). */
  code?: string
  message: string
}

/** What the list is made from. */
export interface Facts {
  /** What keeps the store from committing. */
  store: Fault | null
  /** Between start and stop. */
  running: boolean
  /** What is configured to run at all. */
  enabled: { eventIndexing: boolean; polling: boolean }
  source: SourceStatus | null
  /** Why the pipeline does not run, if so. */
  pipeline: Fault | undefined
  actors: Readonly<Record<string, Pick<ActorBrief, 'state'>>>
  connections: number
  maxConnections: number
  /** Names of projections that stand still. */
  suspended: readonly string[]
  /** Transactions in quarantine. */
  quarantined: number
}

/** With one of these nothing new comes in: health is 503. With the others everything is served, and nothing is late. */
const UNHEALTHY = new Set<Reason>(['store-unwritable', 'stopped', 'no-node', 'source', 'pipeline'])

/** True for what makes health 503. */
export function isUnhealthy({ reason }: Degraded): boolean {
  return UNHEALTHY.has(reason)
}

/** Everything that is wrong, the gravest first. */
export function degradedBy(facts: Facts): Degraded[] {
  const { store, running, suspended, quarantined } = facts
  const found: Degraded[] = store ? [{ reason: 'store-unwritable', ...store }] : []
  if (running) found.push(...whileRunning(facts))
  else {
    const message = 'indexing was stopped: POST /api/realtime/start begins it again'
    found.push({ reason: 'stopped', code: 'E_STOPPED', message })
  }
  if (suspended.length)
    found.push({
      reason: 'suspended',
      message: `projections stand still, their views are stale: ${suspended.join(', ')}`,
    })
  if (quarantined) {
    const message = `${quarantined} transactions could not be decoded and are not in the log: see /api/realtime/quarantine, then seiche requeue`
    found.push({ reason: 'quarantine', message })
  }
  return found
}

function whileRunning({ enabled, source, pipeline, actors, connections, maxConnections }: Facts): Degraded[] {
  const found: Degraded[] = []
  const gone = (actor: string): boolean => (actors[actor]?.state ?? 'up') !== 'up'
  if (enabled.eventIndexing && source?.fault)
    found.push({ reason: source.fault.code === 'E_NO_ENDPOINT' ? 'no-node' : 'source', ...source.fault })
  if (enabled.eventIndexing && pipeline) found.push({ reason: 'pipeline', ...pipeline })
  if (gone('cache-owner'))
    found.push({
      reason: 'cache-owner',
      message: 'threads read their own caches; what one loads the others load again',
    })
  if (enabled.polling && gone('scheduler'))
    found.push({ reason: 'scheduler', message: 'no task runs; what is overdue runs when it is back' })
  if (connections >= maxConnections)
    found.push({
      reason: 'flooded',
      message: 'gateway.maxConnections are open: new ones are refused, those inside are served',
    })
  return found
}
