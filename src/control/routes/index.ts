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
  return [
    ...statusRoutes(deps),
    ...operationRoutes(deps),
    ...eventRoutes(deps),
    ...viewRoutes(deps),
    ...pollingRoutes(deps),
    ...socketRoutes(deps),
    ...cacheRoutes(deps),
    ...configRoutes(deps),
    ...actorRoutes(deps),
    ...repairRoutes(deps),
  ]
}
