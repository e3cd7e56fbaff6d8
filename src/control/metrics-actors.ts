/** The metrics of actors and wires. */
import type { Tree } from '../runtime/index.ts'
import { type Family, known, type Sample } from '../telemetry/metrics.ts'

export function actorFamilies(tree: () => Tree): Family[] {
  type Report = Tree['actors'][string]
  const family = (name: string, help: string, value: (report: Report) => number | null): Family => ({
    ...{ name: `seiche_actor_${name}`, help, type: 'gauge', labels: ['actor'] },
    read: () => Object.entries(tree().actors).flatMap(([actor, report]) => known({ actor }, value(report))),
  })
  return [
    family('up', '1 while the actor runs.', ({ state }) => (state === 'up' ? 1 : 0)),
    family('mailbox_depth', 'Questions it has not answered.', ({ asksInFlight }) => asksInFlight),
    family('eventloop_utilization_ratio', 'Share of time it was busy.', (report) => report.eventLoopUtilization),
    family('heap_used_bytes', 'JavaScript heap in use.', ({ heapUsedBytes }) => heapUsedBytes),
    {
      ...family('restarts_total', 'Births after the first.', ({ restarts }) => restarts),
      type: 'counter',
      labels: ['actor', 'reason'],
      read: restartsByReason(tree),
    },
    {
      ...{ name: 'seiche_actor_eventloop_lag_seconds', help: 'How late timers ran in the last ten seconds.' },
      ...{ type: 'gauge', labels: ['actor', 'quantile'] },
      read: () =>
        Object.entries(tree().actors).flatMap(([actor, { eventLoopLag }]) =>
          Object.entries(eventLoopLag ?? {}).map(
            ([name, lag]): Sample => [{ actor, quantile: QUANTILES[name] ?? name }, lag / 1_000],
          ),
        ),
    },
    {
      ...{ name: 'seiche_wire_in_flight', help: 'Items on their way or in work.', type: 'gauge', labels: ['wire'] },
      read: () => wiresOf(tree()).map(([wire, { inFlight }]): Sample => [{ wire }, inFlight]),
    },
    {
      ...{ name: 'seiche_wire_stalled_seconds_total', help: 'Time senders waited for credit.', type: 'counter' },
      labels: ['wire'],
      read: () => wiresOf(tree()).map(([wire, { stalledMs }]): Sample => [{ wire }, stalledMs / 1_000]),
    },
  ]
}

const QUANTILES: Readonly<Record<string, string>> = { p50: '0.5', p99: '0.99' }

/** Each wire once: those between actors are reported by both. */
function wiresOf({ actors }: Tree): [string, Tree['actors'][string]['wires'][string]][] {
  return [...new Map(Object.values(actors).flatMap(({ wires }) => Object.entries(wires)))]
}

/** Reports tell how often, and why the last time: what came since the reading before is put down to that. */
function restartsByReason(tree: () => Tree): () => Sample[] {
  const seen = new Map<string, { restarts: number; byReason: Map<string, number> }>()
  return () =>
    Object.entries(tree().actors).flatMap(([actor, { restarts, lastVerdict }]) => {
      const known = seen.get(actor) ?? { restarts: 0, byReason: new Map<string, number>() }
      const reason = lastVerdict?.kind ?? 'planned'
      const since = restarts < known.restarts ? restarts : restarts - known.restarts // each start counts from 0
      known.byReason.set(reason, (known.byReason.get(reason) ?? 0) + since)
      seen.set(actor, { ...known, restarts })
      return [...known.byReason].map(([why, count]): Sample => [{ actor, reason: why }, count])
    })
}
