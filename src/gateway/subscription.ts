/** One (channel, address) of one client: a cursor over the log, replaying until it has caught up, then live. */
import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { compare, type Position } from '../events/position.ts'
import type { Channel } from './channels.ts'
import { now } from './outgoing.ts'
import { frameOf } from './publish.ts'
import type { PublishedLog } from './published-log.ts'
import type { Session } from './session.ts'

/** Events read at once: small enough that a page costs main no more than a fraction of a millisecond. */
const PAGE = 256

export class Subscription {
  readonly session: Session
  readonly channel: Channel
  readonly address: string | undefined
  #ended = false
  #live = false

  constructor(session: Session, channel: Channel, address: string | undefined) {
    this.session = session
    this.channel = channel
    this.address = address
  }

  /** True while the hub pushes to it. */
  get live(): boolean {
    return this.#live
  }

  /** Waits until the hub is live, then listens: what is committed meanwhile is history to this client. */
  async listen(log: PublishedLog): Promise<void> {
    while (!log.live && !this.#ended) await log.more()
    if (!this.#ended) this.#attach()
  }

  /**
   * Sends everything after `cursor`, then listens. Reading an empty page and becoming live are one synchronous step,
   * so nothing falls between them; a page ends where the hub has published, so nothing comes twice. A cursor beyond
   * the end waits for the log to get there.
   */
  async replay(log: PublishedLog, cursor: Position): Promise<void> {
    let at = cursor
    while (!this.#ended) {
      const page = log.page(this.channel, this.address, at, PAGE)
      const last = page.at(-1)
      if (last) {
        this.session.send(page.map((event) => frameOf(this.channel, event, now())))
        at = { height: last.height, txIndex: last.txIndex, eventIndex: last.eventIndex }
        await yieldToOthers()
        await this.session.drained()
      } else if (log.live && compare(log.end, at) >= 0) {
        this.#attach()
        return
      } else await log.more()
    }
  }

  /** The hub fell behind: goes on as a reader of history, from where the pushing ended. */
  async relapse(log: PublishedLog): Promise<void> {
    this.#detach()
    await this.replay(log, log.end)
  }

  /** From now on nothing more is sent. */
  end(): void {
    this.#ended = true
    this.#detach()
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
