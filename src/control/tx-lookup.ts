/** Asks a node about transactions that the log does not know, within a budget: anybody may ask for any hash. */
import QuickLRU from 'quick-lru'
import { HttpError } from './errors.ts'
import { rateLimit } from './rate-limit.ts'

export interface TxLookup {
  /** `failed` when the node knows it with code ≠ 0, else `unknown`; an EVM hash that is not in the log is `unknown`. */
  state(hash: string): Promise<'failed' | 'unknown'>
}

/** A hash that was just asked for is not asked for again, ms. */
const REMEMBER = 2_000
const REMEMBERED = 1_000
/** Questions to the node a second, all clients together. */
const BUDGET = 20

export function txLookup(ask: (hash: string) => Promise<'failed' | 'unknown'>): TxLookup {
  const known = new QuickLRU<string, Promise<'failed' | 'unknown'>>({ maxSize: REMEMBERED / 2, maxAge: REMEMBER })
  const budget = rateLimit(() => BUDGET, 1_000)
  return {
    state: async (hash) => {
      if (hash.startsWith('0x')) return 'unknown'
      const asked = known.get(hash)
      if (asked) return await asked
      const wait = budget.take('node')
      if (wait)
        throw new HttpError(503, 'server_busy', 'too many unknown transactions are being asked for', {
          'Retry-After': '1',
        })
      const answer = ask(hash)
      known.set(hash, answer)
      answer.catch(() => known.delete(hash)) // told to whoever waits for it
      return await answer
    },
  }
}
