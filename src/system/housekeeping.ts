/** The tasks and views every house has, whatever its app: how the nodes are, how the process is, what the caches hold. */
import { memoryUsage, uptime } from 'node:process'
import type { ThreadCaches } from '../cache/types.ts'
import type { Vitals } from '../control/vitals.ts'
import type { Polling, TaskDefinition } from '../tasks/types.ts'

/** Views that are no projection's: each computed when asked for. */
export type HouseViews = Readonly<Record<'network_health' | 'system_metrics', () => object>>

export function houseViews(vitals: Vitals): HouseViews {
  return {
    network_health: () => {
      const { source, sync } = vitals.status()
      const head = sync.headHeight
      return {
        ...{ state: source?.state ?? 'connecting', chainId: source?.chainId ?? null, headHeight: head },
        ...{ indexedHeight: sync.indexedHeight, lag: head === null ? null : Math.max(0, head - sync.indexedHeight) },
        endpoints: (source?.endpoints ?? []).map(({ alias, up, latestHeight, requests, failures }) => ({
          ...{ endpoint: alias, up, height: latestHeight, requests, failures },
          lag: head === null || latestHeight === null ? null : head - latestHeight,
        })),
      }
    },
    system_metrics: () => {
      const { actors, cache, webSocket, eventIndexer } = vitals.status()
      const { rss, heapUsed } = memoryUsage()
      return {
        ...{ uptimeSeconds: Math.round(uptime()), memory: { rss, heapUsed } },
        ...{ processedEvents: eventIndexer.processedCount, connectedClients: webSocket.connectedClients, cache },
        actors: Object.fromEntries(
          Object.entries(actors).map(([name, { state, restarts, heapUsedBytes, eventLoopUtilization }]) => [
            name,
            { state, restarts, heapUsedBytes, eventLoopUtilization },
          ]),
        ),
      }
    },
  }
}

/** Registers the tasks that keep house. */
export function keepHouse(polling: Polling, caches: ThreadCaches, views: HouseViews): void {
  const show = (name: keyof HouseViews): object => {
    const payload = views[name]()
    caches.cache('system').set(name, payload)
    return payload
  }
  const tasks: TaskDefinition[] = [
    {
      ...{ id: 'network_health', name: 'How the nodes are', interval: 30_000, priority: 'high' },
      handler: () => show('network_health'),
    },
    {
      ...{ id: 'cache_cleanup', name: 'Lets go of what is too old', interval: 300_000, priority: 'low' },
      handler: () => ({ removed: caches.cleanup() }),
    },
    {
      ...{ id: 'system_metrics', name: 'How the process is', interval: 180_000, priority: 'low' },
      handler: () => show('system_metrics'),
    },
  ]
  for (const task of tasks) if (!polling.getTask(task.id)) polling.addTask(task)
}
