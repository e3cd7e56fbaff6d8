/** `GET /metrics`: what the house stands at, read from its parts when it is asked for. */
import type { Context } from 'koa'
import { type Family, known, type Labels, Metrics, type Sample } from '../telemetry/metrics.ts'
import { REASONS } from './degraded.ts'
import type { ControlDeps } from './deps.ts'
import { actorFamilies } from './metrics-actors.ts'
import {
  cacheFamilies,
  deliveryDurations,
  gatewayFamilies,
  stageDurations,
  taskDurations,
  taskFamilies,
  timings,
} from './metrics-parts.ts'
import { oncePerTurn } from './once-per-turn.ts'
import { BEHIND_THE_GUARD } from './openapi.ts'
import type { PlainRoute } from './plain.ts'
import { version } from './version.ts'

/** Totals of the gateway since the process started, and where it stands. */
export interface GatewayMetrics {
  /** Open connections by door. */
  connections: Readonly<Record<string, number>>
  /** Subscriptions by channel. */
  subscriptions: Readonly<Record<string, number>>
  /** By door, then by kind of frame. */
  framesSent: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** By door. */
  sentBytes: Readonly<Record<string, number>>
  /** By channel. */
  framesConflated: Readonly<Record<string, number>>
  /** By door, then by reason. */
  connectionsClosed: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** By source: memory, ledger, expired. */
  resumes: Readonly<Record<string, number>>
}

/** Totals of a cache since the process started, and where it stands. */
export interface CacheCounts {
  hits: number
  misses: number
  /** Answers that were old, and said so. */
  stale: number
  entries: number
  /** Bytes of the data, as JSON. */
  bytes: number
  /** Entries that went by themselves, by reason: lru, ttl, tag, bytes. */
  evictions: Readonly<Record<string, number>>
}

/** What was committed since the process started. */
export interface CommitCounts {
  blocks: Readonly<Record<'catch-up' | 'live', number>>
  events: readonly { contract: string; type: string; count: number }[]
}

/** What pushed heights took, ms. */
export interface StageTimes {
  /** By stage: fetch, decode, commit, publish; waiting for the next stage counts to that. */
  stages: Readonly<Record<string, number>>
  /** From the bytes to the frames of the last client. */
  delivery: number
  /** Doors that had clients. */
  doors: readonly string[]
}

/** Something that took time, ms, and its labels. */
export type Timing<Label extends string> = Readonly<Record<Label, string>> & { readonly milliseconds: number }

/** What is read for metrics beside what the routes read. */
export interface MetricSources {
  gateway(): GatewayMetrics
  commits(): CommitCounts
  /** Of what was pushed since this was read before. */
  stages(): readonly StageTimes[]
  /** Requests to nodes that ended since this was read before. */
  requests(): readonly Timing<'endpoint' | 'method' | 'outcome'>[]
  /** Questions to actors that ended since this was read before. */
  asks(): readonly Timing<'actor' | 'question' | 'outcome'>[]
  /** Loads of caches that ended since this was read before. */
  loads(): readonly Timing<'cache' | 'outcome'>[]
  /** By cache. */
  caches(): Readonly<Record<string, CacheCounts>>
  /** Bytes on disk of the log's files, by what they are: `log`, `wal`. */
  ledger(): Readonly<Record<string, number>>
}

export interface ControlMetrics {
  route: PlainRoute
  /** Counts a request that was answered. */
  answered(context: Context, milliseconds: number): void
}

const MOST_TYPES = 200
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'DELETE', 'PATCH'])

export function controlMetrics(deps: ControlDeps): ControlMetrics {
  const metrics = new Metrics()
  const { polling, metrics: sources, actors } = deps
  const families = [
    ...houseFamilies(deps),
    ...actorFamilies(oncePerTurn(() => actors.tree())), // a scrape reads all families in one turn
    ...gatewayFamilies(oncePerTurn(sources.gateway)),
    ...cacheFamilies(oncePerTurn(sources.caches)),
    ...taskFamilies(polling),
  ]
  for (const family of families) metrics.add(family)
  metrics.durations(taskDurations(polling))
  const times = oncePerTurn(sources.stages)
  for (const durations of [stageDurations(times), deliveryDurations(times), ...timings(sources)])
    metrics.durations(durations)
  const observe = metrics.durations({
    name: 'http_server_request_duration_seconds',
    help: 'Requests answered, by the template of their route.',
    labels: ['method', 'route', 'status_code'],
  })
  return {
    route: {
      ...{ path: '/metrics', type: Metrics.TYPE, statuses: [200], refusals: BEHIND_THE_GUARD },
      summary: "Metrics in Prometheus' text format.",
      answer: () => metrics.text(),
    },
    answered: ({ method, status, _matchedRoute }, milliseconds) =>
      observe(
        {
          method: METHODS.has(method) ? method : 'other',
          route: typeof _matchedRoute === 'string' ? _matchedRoute : 'none',
          status_code: `${status}`,
        },
        milliseconds,
      ),
  }
}

function houseFamilies(deps: ControlDeps): Family[] {
  const { vitals, reader } = deps
  const { commits, ledger } = deps.metrics
  const chain = (): Labels => ({ chain_id: reader.identity().chainId ?? 'unknown' })
  const ofChain = (name: string, help: string, value: () => number | null): Family => ({
    ...{ name: `seiche_${name}`, help, type: 'gauge', labels: ['chain_id'] },
    read: () => known(chain(), value()),
  })
  const endpoints = (name: string, help: string, value: (endpoint: Endpoint) => number | null): Family => ({
    ...{ name: `seiche_rpc_endpoint_${name}`, help, type: 'gauge', labels: ['endpoint'] },
    read: () =>
      (vitals.status().source?.endpoints ?? []).flatMap((each) => known({ endpoint: each.alias }, value(each))),
  })
  return [
    {
      ...{ name: 'seiche_build_info', help: 'What runs here; always 1.', type: 'gauge' },
      labels: ['version', 'node', 'role'],
      read: () => [[{ version, node: process.version, role: 'all' }, 1]],
    },
    {
      ...{ name: 'seiche_ready', help: '1 while /readyz says yes.', type: 'gauge' },
      read: () => [[{}, vitals.ready().ok ? 1 : 0]],
    },
    {
      ...{ name: 'seiche_degraded', help: '1 while this is wrong.', type: 'gauge', labels: ['reason'] },
      read: () => {
        const now = new Set(vitals.degraded().map(({ reason }) => reason))
        return REASONS.map((reason): Sample => [{ reason }, now.has(reason) ? 1 : 0])
      },
    },
    {
      ...{ name: 'seiche_chain_faults_total', help: 'Faults of the source that an operator was told of.' },
      ...{ type: 'counter', labels: ['kind'] },
      read: () => Object.entries(vitals.faults()).map(([kind, count]): Sample => [{ kind }, count]),
    },
    {
      ...{ name: 'seiche_poison_items_total', help: 'What was set aside so that the rest goes on.', type: 'counter' },
      labels: ['actor', 'reason'],
      read: poisonItems(deps),
    },
    ofChain('chain_head_height', 'Highest height a node has shown.', () => vitals.sync().headHeight),
    ofChain('committed_height', 'Height of the last durable block.', () => vitals.sync().indexedHeight),
    ofChain('committed_block_timestamp_seconds', 'Time of the last durable block.', () => {
      const { time } = reader.checkpoint()
      return time === null ? null : Date.parse(time) / 1_000
    }),
    endpoints('height', 'Latest height the node has shown.', ({ latestHeight }) => latestHeight),
    endpoints('up', '1 while the node is asked and answers.', ({ up }) => (up ? 1 : 0)),
    ...commitFamilies(commits, chain),
    {
      ...{ name: 'seiche_ledger_size_bytes', help: 'Size of the log on disk.', type: 'gauge', labels: ['file'] },
      read: () => Object.entries(ledger()).map(([file, bytes]): Sample => [{ file }, bytes]),
    },
    ofChain('ledger_oldest_height', 'Height from which on the log is whole.', () => oldestHeight(reader)),
    {
      ...{ name: 'seiche_ledger_gaps', help: 'Ranges of heights that are not in the log.', type: 'gauge' },
      read: () => [[{}, reader.gaps().length]],
    },
    {
      ...{ name: 'seiche_ledger_quarantined', help: 'Transactions that could not be decoded.', type: 'gauge' },
      read: () => [[{}, reader.quarantined()]],
    },
  ]
}

function oldestHeight(reader: ControlDeps['reader']): number | null {
  const { height } = reader.cut()
  if (height) return height + 1
  const firsts = reader.coverage().map(({ from }) => from)
  return firsts.length ? Math.min(...firsts) : null
}

/** The store tells how many there are: what is more than at the reading before has come since. */
function poisonItems({ vitals, reader }: ControlDeps): () => Sample[] {
  const kinds = [
    { actor: 'event-decoder', reason: 'transaction', now: () => reader.quarantined(), before: 0, total: 0 },
    {
      ...{ actor: 'event-store', reason: 'projection', before: 0, total: 0 },
      now: () => reader.projections().filter(({ state }) => state === 'suspended').length,
    },
    {
      ...{ actor: 'block-fetcher', reason: 'block', before: 0, total: 0 },
      now: () => vitals.faults()['E_POISON_BLOCK'] ?? 0,
    },
  ]
  return () =>
    kinds.map((kind): Sample => {
      const now = kind.now()
      kind.total += Math.max(0, now - kind.before)
      kind.before = now
      return [{ actor: kind.actor, reason: kind.reason }, kind.total]
    })
}

type Endpoint = NonNullable<ReturnType<ControlDeps['vitals']['status']>['source']>['endpoints'][number]

function commitFamilies(commits: () => CommitCounts, chain: () => Labels): Family[] {
  return [
    {
      ...{ name: 'seiche_blocks_committed_total', help: 'Blocks made durable.', type: 'counter' },
      labels: ['chain_id', 'mode'],
      read: () => Object.entries(commits().blocks).map(([mode, count]): Sample => [{ ...chain(), mode }, count]),
    },
    {
      ...{ name: 'seiche_events_committed_total', help: 'Events made durable.', type: 'counter' },
      labels: ['contract', 'type'],
      read: () => few(commits().events),
    },
  ]
}

/** Contracts may invent as many types as they like: those after the first 200 are one, `other`. */
function few(counted: CommitCounts['events']): Sample[] {
  const others = counted.slice(MOST_TYPES).reduce((sum, { count }) => sum + count, 0)
  const rest: Sample[] = others ? [[{ contract: 'other', type: 'other' }, others]] : []
  return [...counted.slice(0, MOST_TYPES).map(({ count, ...labels }): Sample => [labels, count]), ...rest]
}
