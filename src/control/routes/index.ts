/** Every route of REST (surface §5). */
import type { ControlDeps } from '../deps.ts'
import type { Route } from '../route.ts'
import { actorRoutes } from './actors.ts'
import { cacheRoutes } from './caches.ts'
import { configRoutes } from './config.ts'
import { eventRoutes } from './events.ts'
import { pollingRoutes } from './polling.ts'
import { repairRoutes } from './repairs.ts'
import { socketRoutes } from './sockets.ts'
import { operationRoutes, statusRoutes } from './status.ts'
import { viewRoutes } from './views.ts'

export function routesOf(deps: ControlDeps): Route[] {
  const { operations, views, polling, sockets, caches, settings, prefix } = deps
  return [
    ...statusRoutes(deps),
    ...(operations ? operationRoutes(operations) : []),
    ...eventRoutes(deps),
    ...(views ? viewRoutes(views, prefix) : []),
    ...(polling ? pollingRoutes(polling, operations) : []),
    ...(sockets ? socketRoutes(sockets) : []),
    ...(caches ? cacheRoutes(caches) : []),
    ...(settings ? configRoutes(settings) : []),
    ...actorRoutes(deps),
    ...repairRoutes(deps),
  ]
}
