/** What the routes answer, as schemas: published, and held against real answers by tests. */
import * as z from 'zod'
import { REASONS } from './degraded.ts'

const count = z.int().min(0)
const height = count
/** ISO 8601, UTC. */
const time = z.string()
const milliseconds = z.number().nullable()

export const message = z.strictObject({ message: z.string() })
export const changed = message.extend({ changed: z.boolean().meta({ description: 'false: it was so already' }) })

export const sync = z.strictObject({
  state: z.enum(['syncing', 'live', 'stale']),
  indexedHeight: height,
  headHeight: height.nullable(),
})

const verdict = z.strictObject({
  kind: z.enum(['failed', 'blocked', 'memory', 'stalled', 'stopped', 'planned']),
  reason: z.string(),
  at: z.string().optional().meta({ description: 'file and line, where that could be had' }),
  generation: count,
  when: time,
  progress: z.tuple([z.number(), z.number()]),
})

const actor = z.strictObject({
  state: z.enum(['down', 'starting', 'up', 'stopping']),
  generation: count,
  restarts: count,
  recentDeaths: count,
  uptimeMs: milliseconds,
  tickAgeMs: milliseconds,
  eventLoopUtilization: z.number().nullable(),
  cpuMs: milliseconds,
  heapUsedBytes: z.number().nullable(),
  heapLimitBytes: z.number().nullable(),
  progress: z.number().nullable(),
  asksInFlight: count,
  oldestAskMs: milliseconds,
  eventLoopLag: z.strictObject({ p50: z.number(), p99: z.number() }).nullable(),
  wires: z.record(
    z.string(),
    z.strictObject({
      ...{ side: z.enum(['in', 'out']), credit: count, inFlight: count },
      ...{ waiting: z.boolean(), stalledMs: count },
    }),
  ),
  lastVerdict: verdict.nullable(),
})

const actors = z.record(z.string(), actor)

export const tree = z.strictObject({
  actors,
  supervisors: z.record(
    z.string(),
    z.strictObject({
      state: z.enum(['stopped', 'starting', 'running', 'restarting', 'failed']),
      deaths: count,
      lastFailure: z.string().nullable(),
      children: z.array(z.string()),
    }),
  ),
  zombies: count,
  deadLetters: count,
  projections: z.array(
    z.strictObject({
      ...{ name: z.string(), version: count, state: z.enum(['ok', 'suspended', 'rebuilding']), height },
      ...{ stale: z.boolean(), reason: z.string().nullable(), since: z.string() },
    }),
  ),
})

export const profile = z.strictObject({
  milliseconds: count,
  hot: z.array(z.strictObject({ at: z.string(), function: z.string(), share: z.number() })),
})

const sourceFault = z.strictObject({ code: z.string(), message: z.string(), height: height.optional() })

const source = z.strictObject({
  state: z.enum(['connecting', 'catching-up', 'following', 'unreachable', 'halted']),
  chainId: z.string().nullable(),
  headHeight: height.nullable(),
  fetchedHeight: height.nullable(),
  fault: sourceFault.nullable(),
  backfill: z
    .strictObject({ contracts: z.array(z.string()), height, to: height, fault: sourceFault.nullable() })
    .optional(),
  endpoints: z.array(
    z.strictObject({
      alias: z.string(),
      up: z.boolean(),
      setAside: z.string().optional(),
      latestHeight: height.nullable(),
      earliestHeight: height.nullable(),
      requests: count,
      failures: count,
    }),
  ),
})

export const status = z.strictObject({
  eventIndexer: z.strictObject({ running: z.boolean(), currentBlock: height, queueSize: count, processedCount: count }),
  webSocket: z.strictObject({ running: z.boolean(), connectedClients: count, port: count }),
  polling: z.strictObject({ running: z.boolean(), totalTasks: count, enabledTasks: count, runningTasks: count }),
  cache: z.strictObject({ totalCaches: count, totalEntries: count, hitRate: z.number() }),
  sync,
  source: source.nullable(),
  actors: z.record(
    z.string(),
    actor.pick({ state: true, generation: true, restarts: true, eventLoopUtilization: true, heapUsedBytes: true }),
  ),
})

export const health = z.strictObject({
  healthy: z.boolean(),
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  degraded: z.array(z.strictObject({ reason: z.enum(REASONS), code: z.string().optional(), message: z.string() })),
  services: z.record(z.string(), z.boolean()),
  code: z.string().optional(),
  message: z.string().optional(),
  suspended: z.array(z.strictObject({ name: z.string(), height, reason: z.string().nullable() })),
  quarantined: count,
  details: status,
})

export const event = z.strictObject({
  id: z.string().meta({ description: '<height>-<txIndex>-<eventIndex>, the position in the log' }),
  type: z.string(),
  contract: z.string(),
  contractAddress: z.string(),
  chainId: z.string(),
  blockHeight: height,
  txHash: z.string().nullable(),
  evmTxHash: z.string().optional(),
  timestamp: z.string().meta({ description: "the block's time, verbatim" }),
  data: z.record(z.string(), z.union([z.string(), z.boolean(), z.null()])),
  accounts: z.array(z.string()),
  incomplete: z.literal(true).optional(),
  duplicates: z.literal(true).optional(),
  processed: z.literal(true),
})

export const gaps = z.strictObject({
  gaps: z.array(
    z.strictObject({ from: height, to: height, reason: z.string(), since: time, contract: z.string().optional() }),
  ),
})

export const quarantine = z.strictObject({
  transactions: z.array(
    z.strictObject({
      height,
      txIndex: z.int(),
      txHash: z.string().nullable(),
      blockTime: z.string(),
      dialect: z.enum(['plain', 'base64']),
      bytes: z.string().meta({ description: 'the result as the node gave it, base64' }),
      reason: z.string(),
      since: time,
    }),
  ),
  count,
})

export const view = z.looseObject({
  asOf: z.strictObject({ height, time: z.string().nullable() }),
  stale: z.literal(true).optional(),
})

const moment = z.number().nullable().meta({ description: 'ms since 1970' })

export const task = z.strictObject({
  name: z.string(),
  enabled: z.boolean(),
  priority: z.enum(['high', 'medium', 'low']),
  interval: count,
  lastRun: moment,
  nextRun: moment,
  runCount: count,
  errorCount: count,
  isRunning: z.boolean(),
  lastError: z.string().nullable(),
  lastDurationMs: milliseconds,
  circuit: z.enum(['closed', 'open', 'half-open']),
  history: z.array(
    z.strictObject({
      startedAt: z.number(),
      durationMs: z.number(),
      trigger: z.enum(['interval', 'tags', 'manual', 'catch-up', 'retry']),
      outcome: z.enum(['ok', 'error', 'timeout', 'aborted']),
      error: z.string().nullable(),
    }),
  ),
})

/** Numbers and words whose names are another room's affair. */
const facts = z
  .custom<object>((value) => typeof value === 'object' && value !== null)
  .meta({ openapi: { type: 'object', additionalProperties: true } })

export const clients = z.strictObject({
  clientCount: count,
  subscriptions: z.record(z.string(), z.array(z.string())).meta({ description: 'channels by client id' }),
  limits: facts,
  drops: facts,
  clients: z.record(z.string(), facts),
})

export const cacheStats = z.strictObject({
  totalEntries: count,
  totalHits: count,
  totalMisses: count,
  hitRate: z.number(),
  memoryUsage: z.number(),
  oldestEntry: moment,
  newestEntry: moment,
})

export const configChange = z.strictObject({
  message: z.string(),
  applied: z.array(z.string()).meta({ description: 'settings that took effect' }),
  needsRestart: z
    .array(z.string())
    .meta({ description: 'settings that only a new start can change; nothing was taken' }),
  persisted: z.literal(false),
  config: z.looseObject({}),
})
