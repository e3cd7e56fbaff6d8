/**
 * The caches of one thread: everything is read here, synchronously, and own writes are seen at once. What is written is
 * told to the owner a moment later, all of a turn together; without an owner the thread keeps its limits itself.
 */
import { threadId } from 'node:worker_threads'
import type { TagsChanged } from '../events/types.ts'
import { Clock } from './clock.ts'
import { Entry } from './entry.ts'
import { Keeper } from './keeper.ts'
import { Lessee } from './lessee.ts'
import type { Change, EntryFact, Fact, FromOwner, OwnerTotals, ToOwner } from './messages.ts'
import { Outbox } from './outbox.ts'
import { frozen } from './plain.ts'
import type { Shelf } from './shelf.ts'
import { Stamps } from './stamps.ts'
import { State } from './state.ts'
import type { CacheConfig, OwnerLink } from './types.ts'
import { Usage } from './usage.ts'

export interface ReplicaOptions {
  configs: Readonly<Record<string, CacheConfig>>
  /** Of the two threads that write, this is main. */
  main: boolean
  /** ms, monotonic, the same on all threads; asked at each read. Default: `performance.now()`, as {@link Clock} asks it. */
  now?: () => number
}

/** More is written in one turn: told at once. */
const TURN = 1_000
/** Entries beyond the limit, as a factor, before a replica evicts by itself while its owner is away. */
const EXCESS = 2

let born = 0

export class Replica {
  readonly now: () => number
  /** What the time was a moment ago: enough for reading and setting an entry. */
  readonly lately: () => number
  readonly state: State
  readonly stamps: Stamps
  readonly lessee: Lessee
  readonly #configs: Readonly<Record<string, CacheConfig>>
  readonly #from = `${threadId}.${++born}`
  readonly #usage: Usage
  readonly #heard = new WeakSet<object>()
  #link: OwnerLink | undefined
  #outbox: Outbox<Entry | ToOwner> | undefined
  #sweeps: NodeJS.Timeout[] = []
  #pending: Entry[] = []
  #totals = new Map<string, OwnerTotals>()
  #turn: NodeJS.Immediate | undefined
  #dropped = 0

  constructor({ configs, main, now }: ReplicaOptions) {
    const clock = new Clock(() => performance.now())
    this.now = now ?? (() => clock.now())
    this.lately = now ?? (() => clock.lately())
    this.#configs = configs
    this.stamps = new Stamps(main)
    this.state = new State(Object.keys(configs), this.stamps)
    this.#usage = new Usage(() => this.flush())
    this.lessee = new Lessee((message) => this.#say(message))
    this.detach()
  }

  attach(link: OwnerLink): void {
    this.#release()
    this.#link = link
    const { outlet, inlet } = link
    this.#outbox = new Outbox(
      {
        get credit() {
          return outlet.credit
        },
        trySend: (batch) => outlet.trySend(batch.map(toMessage)),
        writable: () => outlet.writable(),
      },
      () => this.#join(false),
    )
    this.#join(true)
    if (this.#heard.has(inlet)) return
    this.#heard.add(inlet)
    void inlet.each((change) => {
      if (this.#link?.inlet === inlet) this.take(change)
    })
  }

  detach(): void {
    this.#release()
    this.#sweeps = [...this.state.shelves].map(([name, shelf]) => {
      const keeper = new Keeper(shelf, this.#config(name))
      return setInterval(() => keeper.sweep(this.now()), this.#config(name).cleanupInterval).unref()
    })
  }

  /** Keeps no timer and tells nobody any more. */
  close(): void {
    this.flush()
    this.#release()
    clearImmediate(this.#turn)
    this.#usage.close()
  }

  committed({ height, tags }: TagsChanged): void {
    this.state.tags.touch(tags, height, this.now())
  }

  /** Sets an entry of this thread's. Nothing is kept when a tag of it was touched since the time it is as of. */
  put(shelf: Shelf, fact: EntryFact): void {
    const { tags } = this.state
    const { cache, asOf, since, stamp } = fact
    const current = asOf >= tags.height && since === undefined
    if (!current && !tags.accepts(cache, fact.tags, { asOf, since: since ?? stamp })) return
    const entry = shelf.put(fact)
    if (entry === undefined) return
    if (current) entry.checked = tags.epoch // it is later than all that this thread knows
    if (!entry.waits) {
      entry.waits = true
      this.#pending.push(entry)
    }
    if (this.#pending.length >= TURN) this.flush()
    else this.#turn ??= setImmediate(this.#onTurn)
  }

  /** Merges a fact of this thread's, and tells it. */
  tell(fact: Exclude<Fact, EntryFact>): void {
    this.state.merge(fact, this.now())
    this.#say(fact)
  }

  used(entry: Entry): void {
    if (!entry.waits) this.#usage.note(entry) // what was set is used
  }

  /** Drops what is too old, here and at the owner. Answers how many went here. */
  cleanup(): number {
    this.#say({ kind: 'sweep' })
    let count = 0
    for (const shelf of this.state.shelves.values()) {
      const before = shelf.entries.size
      if (shelf.keeper) shelf.keeper.sweep(this.now())
      else for (const _ of shelf.sweep(this.now()));
      count += before - shelf.entries.size
    }
    return count
  }

  /** Of the owner; of this thread, when there is none. */
  totals(cache: string): OwnerTotals {
    const own = this.state.shelves.get(cache)?.keeper?.totals
    return own ?? this.#totals.get(cache) ?? { bytes: 0, evictions: { lru: 0, ttl: 0, tag: 0, bytes: 0 } }
  }

  get dropped(): number {
    return this.#dropped + (this.#outbox?.dropped ?? 0)
  }

  /** Tells the owner, or keeps the limits, now. */
  flush(): void {
    clearImmediate(this.#turn)
    this.#turn = undefined
    const pending = this.#pending
    this.#pending = []
    const used = this.#usage.take()
    if (this.#outbox) {
      for (const [cache, entries] of Map.groupBy(used, ({ shelf }) => shelf.name))
        this.#outbox.push({ kind: 'used', cache, keys: entries.map(({ key }) => key) })
      for (const entry of pending) this.#outbox.push(entry)
      this.#outbox.flush()
      this.#keepFromGrowing()
      return
    }
    for (const entry of used) entry.shelf.keeper?.used(entry)
    for (const entry of pending) {
      entry.waits = false
      if (entry.there) entry.shelf.keeper?.keep(entry)
    }
  }

  /** What the owner says. */
  take(change: Change): void {
    this.lessee.reached()
    for (const message of change) this.#take(message)
  }

  readonly #onTurn = (): void => this.flush()

  #take(message: FromOwner): void {
    if (message.kind === 'hello') this.#join(false)
    else if (message.kind === 'totals') this.#totals.set(message.cache, message.totals)
    else if (message.kind === 'evicted') this.#evicted(message)
    else if (message.kind === 'granted' || message.kind === 'held' || message.kind === 'released')
      this.lessee.answered(message)
    else {
      if (message.kind === 'entry') frozen(message.data)
      this.state.merge(message, this.now())
    }
  }

  /** Only what was not set anew meanwhile. */
  #evicted({ cache, entries }: Extract<FromOwner, { kind: 'evicted' }>): void {
    const shelf = this.state.shelves.get(cache)
    for (const [key, stamp] of entries) {
      const entry = shelf?.entries.get(key)
      if (entry?.stamp === stamp) shelf?.drop(entry)
    }
  }

  #say(message: ToOwner): void {
    if (!this.#outbox) return
    for (const entry of this.#pending.splice(0)) this.#outbox.push(entry) // in the order of their writing
    this.#outbox.push(message)
    this.#turn ??= setImmediate(this.#onTurn)
  }

  /** Tells the owner everything, a piece at a time. */
  #join(fresh: boolean): void {
    this.#nothingWaits()
    this.#outbox?.push({ kind: 'join', from: this.#from, fresh })
    this.lessee.again()
    this.#outbox?.pour(this.state.facts())
    this.#outbox?.flush()
  }

  /** The owner evicts; should it be away for long, the oldest go. */
  #keepFromGrowing(): void {
    for (const [name, shelf] of this.state.shelves)
      for (const entry of shelf.entries.values()) {
        if (shelf.entries.size <= EXCESS * this.#config(name).maxSize) break
        shelf.drop(entry)
      }
  }

  #release(): void {
    for (const timer of this.#sweeps) clearInterval(timer)
    this.#sweeps = []
    for (const shelf of this.state.shelves.values()) shelf.keeper = undefined
    this.#dropped += this.#outbox?.dropped ?? 0
    this.#outbox?.close()
    this.#outbox = undefined
    this.#link = undefined
    this.#pending = []
    this.#nothingWaits()
    this.lessee.lost()
  }

  /** What waited is told with everything else. */
  #nothingWaits(): void {
    for (const shelf of this.state.shelves.values()) for (const entry of shelf.entries.values()) entry.waits = false
  }

  #config(name: string): CacheConfig {
    return this.#configs[name] as CacheConfig
  }
}

/** An entry is told as it stands when it is sent. */
function toMessage(message: Entry | ToOwner): ToOwner {
  if (!(message instanceof Entry)) return message
  message.waits = false
  return message.toFact()
}
