/** The metrics of gateway, caches and tasks, and of what takes time elsewhere. */
import type { Polling } from '../tasks/types.ts'
import type { Durations, Family, Sample } from '../telemetry/metrics.ts'
import type { CacheCounts, GatewayMetrics, MetricSources, StageTimes, Timing } from './metrics.ts'

type Counts = Readonly<Record<string, number>>

/** The names of everything that clients are sent. */
export function gatewayFamilies(read: () => GatewayMetrics): Family[] {
  const flat = (type: Family['type'], name: string, help: string, label: string, of: keyof GatewayMetrics): Family => ({
    ...{ name: `seiche_${name}`, help, type, labels: [label] },
    read: () => by(label, read()[of] as Counts),
  })
  const nested = (name: string, help: string, label: string, of: 'framesSent' | 'connectionsClosed'): Family => ({
    ...{ name: `seiche_${name}`, help, type: 'counter', labels: ['door', label] },
    read: () => byTwo('door', label, read()[of]),
  })
  return [
    flat('gauge', 'connections', 'Open connections.', 'door', 'connections'),
    flat('gauge', 'subscriptions', 'Subscriptions.', 'channel', 'subscriptions'),
    nested('frames_sent_total', 'Frames written.', 'kind', 'framesSent'),
    flat('counter', 'sent_bytes_total', 'Bytes written.', 'door', 'sentBytes'),
    flat('counter', 'frames_conflated_total', 'Views a newer one replaced.', 'channel', 'framesConflated'),
    nested('connections_closed_total', 'Connections that ended.', 'reason', 'connectionsClosed'),
    flat('counter', 'resumes_total', 'Resumes, by what they were read from.', 'source', 'resumes'),
  ]
}

/** The names of the caches. */
export function cacheFamilies(read: () => Readonly<Record<string, CacheCounts>>): Family[] {
  const standing = (name: string, help: string, of: 'entries' | 'bytes'): Family => ({
    ...{ name: `seiche_cache_${name}`, help, type: 'gauge', labels: ['cache'] },
    read: () => Object.entries(read()).map(([cache, counts]) => [{ cache }, counts[of]]),
  })
  const total = (name: string, help: string, label: string, of: (counts: CacheCounts) => Counts): Family => ({
    ...{ name: `seiche_cache_${name}`, help, type: 'counter', labels: ['cache', label] },
    read: () =>
      byTwo('cache', label, Object.fromEntries(Object.entries(read()).map(([cache, counts]) => [cache, of(counts)]))),
  })
  return [
    total('requests_total', 'Reads of this thread.', 'result', ({ hits, misses, stale }) => ({
      hit: hits,
      miss: misses,
      stale,
    })),
    standing('entries', 'Entries.', 'entries'),
    standing('size_bytes', 'Data as JSON.', 'bytes'),
    total('evictions_total', 'Entries that went by themselves.', 'reason', ({ evictions }) => evictions),
  ]
}

/** How long each stage took of what is pushed at the tip. */
export function stageDurations(read: () => readonly StageTimes[]): Durations {
  return {
    ...{ name: 'seiche_stage_duration_seconds', help: 'What new heights took, by stage.', labels: ['stage'] },
    before: (observe) => {
      for (const { stages } of read())
        for (const [stage, milliseconds] of Object.entries(stages)) observe({ stage }, milliseconds)
    },
  }
}

/** Requests to nodes, questions to actors, loads of caches. */
export function timings({ requests, asks, loads }: MetricSources): Durations[] {
  const durations = <Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
    read: () => readonly Timing<Label>[],
  ): Durations => ({
    ...{ name: `seiche_${name}_duration_seconds`, help, labels },
    before: (observe) => {
      for (const timing of read()) observe(timing, timing.milliseconds)
    },
  })
  return [
    durations('rpc_request', 'Requests to nodes.', ['endpoint', 'method', 'outcome'], requests),
    durations('actor_ask', 'Questions to actors.', ['actor', 'question', 'outcome'], asks),
    durations('cache_load', 'Loads of what was missing.', ['cache', 'outcome'], loads),
  ]
}

/** How long it took until clients had it. */
export function deliveryDurations(read: () => readonly StageTimes[]): Durations {
  return {
    ...{ name: 'seiche_delivery_seconds', help: 'From the bytes of a block to its frames written.', labels: ['door'] },
    before: (observe) => {
      for (const { delivery, doors } of read()) for (const door of doors) observe({ door }, delivery)
    },
  }
}

/** How late tasks are. */
export function taskFamilies(polling: Polling): Family[] {
  return [
    {
      ...{ name: 'seiche_task_lag_seconds', help: 'Since it was due and has not begun.', type: 'gauge' },
      labels: ['task'],
      read: () =>
        polling.getAllTasks().map(({ id, enabled, isRunning, nextRun }) => {
          const late = enabled && !isRunning && nextRun !== null ? (Date.now() - nextRun) / 1_000 : 0
          return [{ task: id }, Math.max(0, late)]
        }),
    },
  ]
}

/** Runs, from the history that each task keeps: what has come since the reading before. */
export function taskDurations(polling: Polling): Durations {
  const seen = new Map<string, number>()
  return {
    ...{ name: 'seiche_task_duration_seconds', help: 'Runs of tasks.', labels: ['task', 'outcome'] },
    before: (observe) => {
      for (const { id, history } of polling.getAllTasks()) {
        const before = seen.get(id) ?? 0
        for (const { startedAt, durationMs, outcome } of history)
          if (startedAt > before) observe({ task: id, outcome }, durationMs)
        seen.set(id, Math.max(before, history.at(-1)?.startedAt ?? 0))
      }
    },
  }
}

function by(label: string, counts: Counts): Sample[] {
  return Object.entries(counts).map(([value, count]) => [{ [label]: value }, count])
}

function byTwo(first: string, second: string, counts: Readonly<Record<string, Counts>>): Sample[] {
  return Object.entries(counts).flatMap(([outer, inner]) =>
    Object.entries(inner).map(([value, count]): Sample => [{ [first]: outer, [second]: value }, count]),
  )
}
