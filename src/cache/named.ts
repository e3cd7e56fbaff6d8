/** The four caches every house has. */
import type { CacheConfig, CacheName } from './types.ts'

const SHARED = { maxBytes: 64 * 1024 * 1024, cleanupInterval: 60_000, enableStats: true }

/** Their limits when nobody says otherwise. */
export const defaultCaches: Readonly<Record<CacheName, CacheConfig>> = {
  market_data: { ...SHARED, defaultTTL: 30_000, maxSize: 1_000 },
  user_data: { ...SHARED, defaultTTL: 60_000, maxSize: 5_000 },
  contract_data: { ...SHARED, defaultTTL: 120_000, maxSize: 2_000 },
  system: { ...SHARED, defaultTTL: 300_000, maxSize: 500 },
}
