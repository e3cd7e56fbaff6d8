/**
 * The owner of the caches: takes in what every thread writes, tells the others, and alone evicts. It knows nothing at its
 * birth; the threads tell it what they hold, and since facts merge, it does not matter in which order.
 */
import type { TagsChanged } from '../events/types.ts'
import { Keeper } from './keeper.ts'
import { LeaseDesk } from './lease-desk.ts'
import type { Fact, FromOwner, OwnerTotals, Report, ToOwner } from './messages.ts'
import { Outbox, type Post } from './outbox.ts'
import { Stamps } from './stamps.ts'
import { State } from './state.ts'
import type { CacheConfig } from './types.ts'

export interface OwnerOptions {
  configs: Readonly<Record<string, CacheConfig>>
  /** How to tell each thread, by its name. */
  threads: Readonly<Record<string, Post<FromOwner>>>
  /** ms. Default: `performance.now()`, which agrees between threads. */
  now?: () => number
}

interface Thread {
  outbox: Outbox<FromOwner>
  /** Its generation. */
  from: string
}

export class Owner {
  readonly #now: () => number
  readonly #state: State
  readonly #keepers: ReadonlyMap<string, Keeper>
  readonly #threads: ReadonlyMap<string, Thread>
  readonly #leases = new LeaseDesk()
  #evicted = new Map<string, [key: string, stamp: number][]>()
  #told = new Map<string, string>()

  constructor({ configs, threads, now = () => performance.now() }: OwnerOptions) {
    this.#now = now
    this.#state = new State(Object.keys(configs), new Stamps(true))
    this.#keepers = new Map(
      [...this.#state.shelves].map(([name, shelf]) => {
        const evicted: [key: string, stamp: number][] = []
        this.#evicted.set(name, evicted)
        const keeper = new Keeper(shelf, configs[name] as CacheConfig, ({ key, stamp }) => evicted.push([key, stamp]))
        return [name, keeper]
      }),
    )
    this.#threads = new Map(
      Object.entries(threads).map(([name, post]) => {
        const outbox = new Outbox<FromOwner>(post, () => this.#rejoin(name))
        outbox.push({ kind: 'hello' })
        return [name, { outbox, from: '' }]
      }),
    )
    this.#flush()
  }

  /** What a thread reports. */
  take(name: string, report: Report): void {
    const thread = this.#threads.get(name)
    if (!thread) return
    for (const message of report) this.#take(thread, message)
    this.#flush()
  }

  /** What the log says has changed. */
  committed(changes: readonly TagsChanged[]): void {
    for (const { height, tags } of changes) this.#merge({ kind: 'tags', height, tags })
    this.#flush()
  }

  /** Evicts what is too old in one cache, or in all. */
  sweep(cache?: string): void {
    for (const [name, keeper] of this.#keepers) if (cache === undefined || cache === name) keeper.sweep(this.#now())
    this.#flush()
  }

  /** Ends leases that are over, and tells what it has counted. To be called every second or so. */
  tick(): void {
    this.#leases.expire(this.#now())
    for (const [cache, { totals }] of this.#keepers) {
      const told = JSON.stringify(totals)
      if (this.#told.get(cache) === told) continue
      this.#told.set(cache, told)
      this.#tell({ kind: 'totals', cache, totals })
    }
    this.#flush()
  }

  /** Entries, and what was counted, by cache. */
  totals(): Record<string, OwnerTotals & { entries: number }> {
    return Object.fromEntries(
      [...this.#keepers].map(([name, { totals }]) => [
        name,
        { ...totals, entries: this.#state.shelves.get(name)?.entries.size ?? 0 },
      ]),
    )
  }

  #take(thread: Thread, message: ToOwner): void {
    if (message.kind === 'join') this.#joined(thread, message)
    else if (message.kind === 'used') this.#used(message)
    else if (message.kind === 'sweep') this.sweep()
    else if (message.kind === 'lease') this.#asked(thread, message)
    else if (message.kind === 'release') this.#leases.release(lock(message), { id: message.id, from: thread.from })
    else this.#merge(message, thread)
  }

  #used({ cache, keys }: Extract<ToOwner, { kind: 'used' }>): void {
    const shelf = this.#state.shelves.get(cache)
    for (const key of keys) {
      const entry = shelf?.entries.get(key)
      if (entry) shelf?.keeper?.used(entry)
    }
  }

  #joined(thread: Thread, { from, fresh }: Extract<ToOwner, { kind: 'join' }>): void {
    if (thread.from !== from) this.#leases.gone(thread.from)
    thread.from = from
    if (fresh) thread.outbox.pour(this.#all())
  }

  #asked({ from, outbox }: Thread, message: Extract<ToOwner, { kind: 'lease' }>): void {
    const { id, term, mine } = message
    const tell = (answer: FromOwner): void => outbox.push(answer)
    this.#leases.ask(lock(message), { id, from, tell }, { term, mine, now: this.#now() })
  }

  /** What is news is told to everybody else. */
  #merge(fact: Fact, by?: Thread): void {
    if (!this.#state.merge(fact, this.#now())) return
    this.#tell(fact, by)
    if (fact.kind !== 'entry') return
    const shelf = this.#state.shelves.get(fact.cache)
    const entry = shelf?.entries.get(fact.key)
    if (entry) shelf?.keeper?.keep(entry)
  }

  #tell(message: FromOwner, but?: Thread): void {
    for (const thread of this.#threads.values()) if (thread !== but) thread.outbox.push(message)
  }

  /** It did not hear everything: each tells the other all it holds. */
  #rejoin(name: string): void {
    const outbox = this.#threads.get(name)?.outbox
    outbox?.push({ kind: 'hello' })
    outbox?.pour(this.#all())
  }

  *#all(): Generator<FromOwner> {
    yield* this.#state.facts()
    for (const [cache, { totals }] of this.#keepers) yield { kind: 'totals', cache, totals }
  }

  #flush(): void {
    for (const [cache, entries] of this.#evicted)
      if (entries.length) this.#tell({ kind: 'evicted', cache, entries: entries.splice(0) })
    for (const { outbox } of this.#threads.values()) outbox.flush()
  }
}

function lock({ cache, key }: { cache: string; key: string }): string {
  return `${cache}\0${key}`
}
