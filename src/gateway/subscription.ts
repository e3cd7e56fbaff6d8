/** One (channel, address) of one client: a cursor over the log, replaying until it has caught up, then live. */
import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { compare, type Position } from '../events/position.ts'
import { requireResumable } from './admission.ts'
import type { Channel, Listener } from './channels.ts'
import type { Shown } from './live-views.ts'
import { now } from './outgoing.ts'
import { frameOf } from './publish.ts'
import type { PublishedLog } from './published-log.ts'
import type { Session } from './session.ts'

/** Names (channel, address) within one client: that is what a subscription is. */
export function keyOf({ name }: Channel, address: string | undefined): string {
  return `${name} ${address ?? ''}`
}

export class Subscription implements Listener {
  readonly session: Session
  readonly channel: Channel
  readonly address: string | undefined
  readonly #key: string
  #shown: Shown | undefined
  #leave: (() => void) | undefined
  #ended = false
  #live = false

  constructor(session: Session, channel: Channel, address: string | undefined) {
    this.session = session
    this.channel = channel
    this.address = address
    this.#key = keyOf(channel, address)
  }

  /** True while the hub pushes to it. */
  get live(): boolean {
    return this.#live
  }

  /** Waits until the hub is live, then listens: what is committed meanwhile is history to this client. */
  async listen(log: PublishedLog): Promise<void> {
    while (!log.live && !this.#ended) await this.#more(log)
    if (!this.#ended) this.#attach()
  }

  /**
   * Sends everything after `cursor`, then listens. Reading an empty page and becoming live are one synchronous step,
   * so nothing falls between them; a page ends where the hub has published, so nothing comes twice. A cursor beyond
   * the end waits for the log to get there.
   * @throws Refused `resume_expired` when retention has overtaken it
   */
  async replay(log: PublishedLog, cursor: Position): Promise<void> {
    const done = log.read()
    try {
      await yieldToOthers() // who comes at the same time is counted, and shares
      await this.#read(log, cursor)
    } finally {
      done()
    }
  }

  async #read(log: PublishedLog, cursor: Position): Promise<void> {
    let at = cursor
    while (!this.#ended) {
      const page = log.page(this.channel, this.address, at)
      requireResumable(log, at, undefined) // afterwards: what follows may have been deleted just before the page was read
      const last = page.at(-1)
      if (last) {
        this.session.send(page.map((event) => frameOf(this.channel, event, now())))
        at = { height: last.height, txIndex: last.txIndex, eventIndex: last.eventIndex }
        await yieldToOthers()
        await this.session.drained(log.share.bytes)
      } else if (log.live && compare(log.end, at) >= 0) {
        this.#attach()
        return
      } else {
        if (compare(log.end, at) > 0) at = log.end // nothing up to there concerns it
        await this.#more(log)
      }
    }
  }

  /** Resolves when the log has more, or this has ended. */
  #more(log: PublishedLog): Promise<void> {
    return new Promise((look) => {
      this.#leave = log.more(look)
    })
  }

  /** The hub fell behind: goes on as a reader of history, from where the pushing ended. */
  async relapse(log: PublishedLog, end: Position): Promise<void> {
    this.#detach()
    await this.replay(log, end)
  }

  /** Sends a view. What a client sees never goes back, and is not repeated. */
  show(view: Shown): void {
    const before = this.#shown
    if (before && (view.height < before.height || (view.height === before.height && view.data === before.data))) return
    this.session.show(this.#key, this.channel.name, view.frame)
    this.#shown = view
  }

  /** From now on nothing more is sent. */
  end(): void {
    this.#ended = true
    this.#leave?.()
    this.#detach()
    this.session.forget(this.#key)
  }

  #attach(): void {
    this.#live = true
    this.channel.add(this)
  }

  #detach(): void {
    this.#live = false
    this.channel.remove(this)
  }
}
