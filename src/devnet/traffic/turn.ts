/** What an action of the traffic may look at and draw from: the chain after the last block, and the block's own chance. */
import type { Application, ContractKind, ContractView, Message } from '../app/types.ts'
import type { Random } from '../random.ts'
import { DENOM } from './genesis.ts'

/** Entities so far back are left alone: users care for what is new. */
const RECENT = 60

/** One account's message. */
export interface Step {
  sender: string
  message: Message
}

export class Turn {
  readonly users: readonly string[]
  readonly #contracts: ReadonlyMap<ContractKind, ContractView>
  readonly #random: Random
  readonly #touched = new Set<string>()

  constructor(app: Application, users: readonly string[], random: Random) {
    const views = app.contracts().flatMap((address) => app.contract(address) ?? [])
    // The first of each kind: whatever else was instantiated is not ours.
    this.#contracts = new Map(views.reverse().map((view) => [view.kind, view]))
    this.users = users
    this.#random = random
  }

  /** Uniform in 0 … below − 1. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  chance(probability: number): boolean {
    return this.#random() < probability
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }

  user(): string {
    return this.pick(this.users)
  }

  /** Mostly small, now and then large: a decimal string. */
  amount(): string {
    return `${Math.ceil(10 ** (2 + this.#random() * 7))}`
  }

  coin(amount: string = this.amount()): { denom: string; amount: string } {
    return { denom: DENOM, amount }
  }

  /** What an account says to a contract; `funds`: what it sends along. */
  say(kind: ContractKind, sender: string, msg: Readonly<Record<string, unknown>>, funds?: string): Step {
    const contract = this.#contracts.get(kind)?.address ?? ''
    return { sender, message: { contract, msg, ...(funds === undefined ? {} : { funds: `${funds}${DENOM}` }) } }
  }

  lastId(kind: ContractKind): number {
    return this.#contracts.get(kind)?.lastId() ?? 0
  }

  /** One of the newest entities, which `query` asks for, unless this block has already settled it. */
  entity<T>(kind: ContractKind, query: string): T | undefined {
    const last = this.lastId(kind)
    if (last === 0) return undefined
    const id = last - this.below(Math.min(last, RECENT))
    if (this.#touched.has(`${kind}/${id}`)) return undefined
    return this.ask<T>(kind, { [query]: { id } })
  }

  /** A smart query; undefined when the contract does not know. */
  ask<T>(kind: ContractKind, message: unknown): T | undefined {
    try {
      return (this.#contracts.get(kind)?.query(message) ?? undefined) as T | undefined
    } catch {
      return undefined
    }
  }

  /** Nothing more in this block on this one: its state will be another after it. */
  settle(kind: ContractKind, id: number): void {
    this.#touched.add(`${kind}/${id}`)
  }
}
