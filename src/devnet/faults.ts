/** Faults on demand: what nodes and the networks before them do to a reader. Switched by options or while the tape runs. */

/** How often a fault strikes: a probability from 0 to 1 for each answer, or the number of next answers it hits. */
export type Chance = number | { times: number }

/** What goes wrong; nothing by default. Of several faults of an HTTP answer the first one listed here strikes. */
export interface Faults {
  /** Of the generator behind the probabilities: the same seed and order of requests give the same faults. Default 1. */
  seed?: number
  /** The connection stays open and no answer comes. */
  hang?: Chance
  /** HTTP 429 with `Retry-After: 1`, as a provider's rate limit. */
  tooMany?: Chance
  /** HTTP 503 with a page of HTML, as a proxy whose node is away. */
  status5xx?: Chance
  /** The socket is destroyed in the middle of the body. */
  cut?: Chance
  /** HTTP 200 that ends properly after half of the body. */
  truncate?: Chance
  /** The right length, but one byte of the body is overwritten so that it is no JSON. */
  garbage?: Chance
  /** HTTP 200 whose body goes on for 1 GiB, or until the reader has had enough. */
  oversized?: Chance
  /** Milliseconds before each answer. */
  slow?: number
  /** A batch is refused as too long, however short. */
  batchRefused?: Chance
  /** The last answer of a batch is missing. */
  missingBatchEntries?: Chance
  /** The first so many asks of each height's block_results find none, as on CometBFT for a moment after a block. */
  notYet?: number
  /** block_results is well-formed and empty at every height, as under Sei's Autobahn. */
  emptyResults?: boolean
  /** Every answer names this chain id instead of the recorded one. */
  otherChain?: string
  /** Heights behind the real head. */
  lag?: number
  /** Heights below this one are pruned. */
  prunedBelow?: number
  /** Subscriptions are acknowledged and stay silent. */
  silentWebSocket?: boolean
  /** Instead of a notice the connection is dropped, without a close frame. */
  closeWebSocket?: Chance
}

type Striking = { [Name in keyof Faults]-?: Chance extends Faults[Name] ? Name : never }[keyof Faults]

/** The faults of one tape and what is left of them. */
export class FaultLayer {
  readonly set: Readonly<Faults>
  readonly #random: () => number
  readonly #struck = new Map<Striking, number>()
  readonly #asks = new Map<number, number>()

  constructor(set: Faults) {
    this.set = set
    this.#random = generator(set.seed ?? 1)
  }

  /** Whether this fault hits now; uses up one of its `times`. */
  strikes(name: Striking): boolean {
    const chance = this.set[name]
    if (chance === undefined) return false
    if (typeof chance === 'number') return this.#random() < chance
    const struck = this.#struck.get(name) ?? 0
    this.#struck.set(name, struck + 1)
    return struck < chance.times
  }

  /** Counts an ask for the results of `height`; true while they are to be withheld. */
  withholds(height: number): boolean {
    const asks = this.#asks.get(height) ?? 0
    this.#asks.set(height, asks + 1)
    return asks < (this.set.notYet ?? 0)
  }
}

/** Mulberry32: small, and the same on every machine. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
