/** What the dashboard shows, as one frame: `subscribe system` with `stats: true` brings it every second. */
import type { ControlDeps } from '../control/deps.ts'
import { safeText } from '../control/safe-text.ts'
import { version } from '../control/version.ts'
import { COLUMNS, type History } from './history.ts'

export interface OverviewDeps {
  control: Pick<ControlDeps, 'vitals' | 'reader' | 'polling' | 'caches' | 'sockets' | 'actors'>
  /** Connections, subscriptions and totals of the gateway. */
  gateway(): object
  history: History
  /** Actors that died within the last hour. */
  deaths(): number
}

/** Clients that are shown: those for whom most waits. */
const SLOWEST = 10

/** `first`: the frame that comes at once has the history beside. */
export function overviewOf(
  { control, gateway, history, deaths }: OverviewDeps,
  first: boolean,
): Record<string, unknown> {
  const { vitals, reader, polling, caches, sockets, actors } = control
  const { sync, source, eventIndexer, webSocket } = vitals.status()
  return {
    ...{ at: Date.now(), startedAt: Date.now() - Math.round(process.uptime() * 1_000), version, sync },
    chainId: reader.identity().chainId,
    events: eventIndexer.processedCount,
    webSocketPort: webSocket.port,
    source,
    degraded: vitals.degraded(),
    ...{ gaps: reader.gaps().length, quarantined: reader.quarantined(), projections: reader.projections() },
    ...{ deathsLastHour: deaths(), tree: actors.tree() },
    tasks: polling.getAllTasks().map(({ id, history: runs, lastError, ...task }) => ({
      ...{ id, ...task },
      lastError: lastError === null ? null : safeText(lastError),
      history: runs.map(({ error, ...run }) => ({ ...run, error: error === null ? null : safeText(error) })),
    })),
    caches: caches.metrics(),
    ...{ gateway: gateway(), slowest: slowest(sockets.clients().clients) },
    reading: history.latest,
    ...(first ? { columns: COLUMNS, history: history.all } : {}),
  }
}

function slowest(clients: Record<string, object>): object[] {
  const waiting = ({ bufferedBytes = 0 }: { bufferedBytes?: number }): number => bufferedBytes
  return Object.entries(clients)
    .sort(([, a], [, b]) => waiting(b) - waiting(a))
    .slice(0, SLOWEST)
    .map(([id, client]) => ({ id, ...client }))
}
