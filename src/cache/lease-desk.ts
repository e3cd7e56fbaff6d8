/** Who may load which key: one at a time. The others wait until it has done, or its term is over. */

/** Someone who asks, on some thread. */
export interface Asker {
  id: number
  /** Answers; the asker may be gone. */
  tell(message: { kind: 'granted' | 'released'; id: number } | { kind: 'held'; id: number; term: number }): void
  /** Which generation of which thread. */
  from: string
}

interface Lease {
  holder: Asker
  until: number
  waiting: Asker[]
}

export class LeaseDesk {
  readonly #leases = new Map<string, Lease>()

  get size(): number {
    return this.#leases.size
  }

  /** `mine`: it loads already, and is believed unless another does. */
  ask(what: string, asker: Asker, { term, mine, now }: { term: number; mine: boolean; now: number }): void {
    const lease = this.#leases.get(what)
    if (!lease || lease.until <= now) {
      this.#leases.set(what, { holder: asker, until: now + term, waiting: [] })
      if (!mine) asker.tell({ kind: 'granted', id: asker.id })
      if (lease) this.#released(lease)
    } else if (!mine) {
      lease.waiting.push(asker)
      asker.tell({ kind: 'held', id: asker.id, term: lease.until - now })
    }
  }

  release(what: string, { id, from }: Pick<Asker, 'id' | 'from'>): void {
    const lease = this.#leases.get(what)
    if (!lease) return
    if (lease.holder.id === id && lease.holder.from === from) this.#end(what, lease)
    else lease.waiting = lease.waiting.filter((asker) => asker.id !== id || asker.from !== from)
  }

  /** A thread is no more: what it held is free. */
  gone(from: string): void {
    for (const [what, lease] of this.#leases) {
      lease.waiting = lease.waiting.filter((asker) => asker.from !== from)
      if (lease.holder.from === from) this.#end(what, lease)
    }
  }

  /** Ends what is over. */
  expire(now: number): void {
    for (const [what, lease] of this.#leases) if (lease.until <= now) this.#end(what, lease)
  }

  #end(what: string, lease: Lease): void {
    this.#leases.delete(what)
    this.#released(lease)
  }

  #released({ waiting }: Lease): void {
    for (const asker of waiting) asker.tell({ kind: 'released', id: asker.id })
  }
}
