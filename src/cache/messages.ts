/**
 * What threads tell each other about the caches. Facts merge: of two about the same thing the later holds, so it does not
 * matter how often, and in what order, they arrive.
 */
import type { CacheMetrics } from './types.ts'

/** An entry was set. Times are ms of `performance.now()`, which agrees between the threads of a process. */
export interface EntryFact {
  kind: 'entry'
  cache: string
  key: string
  /** Plain data, frozen where it is read. */
  data: unknown
  /** Of the data, about as many as its JSON has characters. */
  bytes: number
  tags: readonly string[]
  /** Orders writes: unique, and later than everything its writer had seen. */
  stamp: number
  /** The height the data is as of. */
  asOf: number
  /** The stamp at which its loading began: what was invalidated later is not in it. Undefined: when it was set. */
  since: number | undefined
  setAt: number
  ttl: number
  staleWhileRevalidate: number
  grace: number
}

export type Fact =
  | EntryFact
  | { kind: 'deleted'; cache: string; key: string; stamp: number }
  | { kind: 'cleared'; cache: string; stamp: number }
  /** Someone invalidated these tags in one cache. */
  | { kind: 'invalidated'; cache: string; tags: readonly string[]; stamp: number }
  /** The log changed what carries these tags (null: everything that carries one) at this height. */
  | { kind: 'tags'; height: number; tags: readonly string[] | null }

/** To the owner. */
export type ToOwner =
  | Fact
  /** Everything this side holds follows. `fresh`: it wants to know what the owner holds. `from`: who it is, new at each birth. */
  | { kind: 'join'; from: string; fresh: boolean }
  | { kind: 'used'; cache: string; keys: string[] }
  | { kind: 'sweep' }
  /** May I load? `term`: what the loading takes at most, ms. `mine`: I do already, said again to an owner that was reborn. */
  | { kind: 'lease'; id: number; cache: string; key: string; term: number; mine: boolean }
  | { kind: 'release'; id: number; cache: string; key: string }

/** From the owner. */
export type FromOwner =
  | Fact
  /** An owner was born, or lost messages: join. */
  | { kind: 'hello' }
  | { kind: 'evicted'; cache: string; entries: [key: string, stamp: number][] }
  | { kind: 'totals'; cache: string; totals: OwnerTotals }
  /** Answers to `lease`: load; another does, for at most so long; it has done. */
  | { kind: 'granted'; id: number }
  | { kind: 'held'; id: number; term: number }
  | { kind: 'released'; id: number }

/** One item on a wire. */
export type Report = ToOwner[]
export type Change = FromOwner[]

/** What only the owner can count. */
export type OwnerTotals = Pick<CacheMetrics, 'bytes' | 'evictions'>
