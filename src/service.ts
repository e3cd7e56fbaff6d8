/** The library's face (surface §1): one service and one set of caches a process. */
import { isDeepStrictEqual } from 'node:util'
import { createApplicationCache, type ApplicationCache as NamedCaches } from './cache/application.ts'
import { createCaches } from './cache/caches.ts'
import { defaultCaches } from './cache/named.ts'
import { CodedError } from './runtime/index.ts'
import type { RealTimeConfig } from './service/config.ts'
import { RealTimeService } from './service/service.ts'

const caches = createCaches({ configs: defaultCaches, main: true })

/** The four named caches of this process; they work before and without a service, and survive it. */
export const ApplicationCache: NamedCaches = createApplicationCache(caches)

let current: { service: RealTimeService; given: RealTimeConfig | undefined } | undefined

/**
 * The service of this process; made at the first call. Without a chain in `config` it makes one: SeiMoney on a devnet.
 * @throws ConfigError; CodedError `E_ALREADY_CONFIGURED` when there is one with another configuration
 */
export function getRealTimeService(config?: RealTimeConfig): RealTimeService {
  if (current && (config === undefined || isDeepStrictEqual(config, current.given))) return current.service
  if (current)
    throw new CodedError(
      'E_ALREADY_CONFIGURED',
      'there is one service a process, and it has another configuration: call getRealTimeService() without one, or shutdown() first',
    )
  const service = new RealTimeService(config ?? {}, caches, () => {
    if (current?.service === service) current = undefined
  })
  current = { service, given: config }
  return service
}
