/** The caches of an application by their names: surface §1, `ApplicationCache`. */
import type { Cache, Caches } from './types.ts'

export interface ApplicationCache {
  getMarketDataCache(): Cache
  getUserDataCache(): Cache
  getContractDataCache(): Cache
  getSystemCache(): Cache
  getAllCaches(): ReadonlyMap<string, Cache>
  clearAllCaches(): void
  /** Empties them all. They can be used again. */
  shutdownAllCaches(): Promise<void>
}

/** `caches` must have the four of `defaultCaches`. */
export function createApplicationCache(caches: Caches): ApplicationCache {
  return {
    getMarketDataCache: () => caches.cache('market_data'),
    getUserDataCache: () => caches.cache('user_data'),
    getContractDataCache: () => caches.cache('contract_data'),
    getSystemCache: () => caches.cache('system'),
    getAllCaches: () => caches.all(),
    clearAllCaches: () => caches.clear(),
    shutdownAllCaches: async () => {
      for (const cache of caches.all().values()) await cache.shutdown()
    },
  }
}
