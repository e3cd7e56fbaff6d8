/** Faults on demand: what nodes and the networks before them do to a reader. Switched by options or while the node runs. */
import * as z from 'zod'
import { type Random, randomFrom } from './random.ts'

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
  /** Heights behind the real head. Set while the node runs, its height goes back by as many, as after a rollback. */
  lag?: number
  /** The head stands still where it is when this is set; no notices come. */
  stall?: boolean
  /** Half of the requests are answered by another node behind the same address, so many heights behind. */
  twoHeads?: number
  /** Half of the requests are answered by a node whose block_results lack the last transaction. */
  twoFaces?: boolean
  /** All of what Sei's Autobahn does: empty results, bare headers, `catching_up`, a silent WebSocket. */
  autobahn?: boolean
  /** Heights below this one are pruned. */
  prunedBelow?: number
  /** Subscriptions are acknowledged and stay silent. */
  silentWebSocket?: boolean
  /** Instead of a notice the connection is dropped, without a close frame. */
  closeWebSocket?: Chance
  /** Instead of a notice the connection is closed properly, as by a node that restarts (1000) or a proxy that drains (1001). */
  endWebSocket?: Chance
  /** The code of {@link Faults.endWebSocket}. Default 1001. */
  endWebSocketCode?: 1000 | 1001
  /**
   * Nothing comes out of any connection that is open or made while this is set: no byte, no FIN, no pong. A connection
   * that it hit stays so.
   */
  halfOpen?: boolean
  /** Answers are compressed for those who accept gzip, whatever the node was started with. */
  gzip?: boolean
  /** How a body's end is told: by its length, in chunks, or as a Go server does it (default): in chunks when it is long. */
  framing?: 'length' | 'chunked'
}

const chance = z.union([z.number().min(0).max(1), z.strictObject({ times: z.int().min(0) })]).optional()
const count = z.int().min(0).optional()
const flag = z.boolean().optional()

/** Checks {@link Faults} that came as JSON. */
export const FaultsJson = z.strictObject({
  seed: z.int().optional(),
  hang: chance,
  tooMany: chance,
  status5xx: chance,
  cut: chance,
  truncate: chance,
  garbage: chance,
  oversized: chance,
  slow: count,
  batchRefused: chance,
  missingBatchEntries: chance,
  notYet: count,
  emptyResults: flag,
  otherChain: z.string().optional(),
  lag: count,
  stall: flag,
  twoHeads: count,
  twoFaces: flag,
  autobahn: flag,
  prunedBelow: count,
  silentWebSocket: flag,
  closeWebSocket: chance,
  endWebSocket: chance,
  endWebSocketCode: z.union([z.literal(1000), z.literal(1001)]).optional(),
  halfOpen: flag,
  gzip: flag,
  framing: z.enum(['length', 'chunked']).optional(),
}) satisfies z.ZodType<Unset<Faults>>

/** JSON has no undefined, zod's types do. */
type Unset<T> = { [Name in keyof T]?: T[Name] | undefined }

type Striking = { [Name in keyof Faults]-?: Chance extends Faults[Name] ? Name : never }[keyof Faults]

/** The faults of one node and what is left of them. */
export class FaultLayer {
  readonly set: Readonly<Faults>
  readonly #random: Random
  readonly #struck = new Map<Striking, number>()
  readonly #asks = new Map<number, number>()
  #stalledAt: number | undefined

  constructor(set: Unset<Faults>) {
    this.set = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined))
    this.#random = randomFrom(set.seed ?? 1)
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

  /** The head a reader sees of a node that stands at `head`. */
  headOf(head: number): number {
    if (this.set.stall) this.#stalledAt ??= head
    return (this.#stalledAt ?? head) - (this.set.lag ?? 0)
  }

  /** One of two. */
  toss(): boolean {
    return this.#random() < 0.5
  }

  /** Counts an ask for the results of `height`; true while they are to be withheld. */
  withholds(height: number): boolean {
    const { notYet = 0 } = this.set
    const asks = this.#asks.get(height) ?? 0
    // Only what is withheld is counted: a node lives long.
    if (asks >= notYet) return false
    this.#asks.set(height, asks + 1)
    return true
  }
}
