/**
 * Views as they change: read again when their tags were touched, and sent to who listens. Events go first: a view is read
 * after them, a few milliseconds of views at a time, and no (channel, address) more than once a second.
 */
import type { CommittedEvent } from '../events/types.ts'
import type { Views } from '../views/types.ts'
import type { Channel } from './channels.ts'
import type { Frame } from './frames.ts'
import { boundedJson, viewFrame } from './outgoing.ts'
import { keyOf, type Subscription } from './subscription.ts'

/** A view as it is sent. */
export interface Shown {
  /** The height it is as of. */
  readonly height: number
  /** The payload as JSON. */
  readonly data: string
  readonly frame: Frame
}

/** One (channel, address). */
interface Group {
  channel: Channel
  address: string | undefined
}

interface Cooling extends Group {
  until: number
  /** It changed meanwhile. */
  again: boolean
}

/** Between two views of one (channel, address), ms. */
const INTERVAL = 1_000
/** Views are read for so long, then events have the thread again, ms. */
const BUDGET = 3
const USER = 'user:'

export class LiveViews {
  readonly #views: Views
  readonly #channels: readonly Channel[]
  readonly #onFault: (error: unknown) => void
  readonly #waiting = new Map<string, Group>()
  /** What was sent within the last interval, oldest first. */
  readonly #cooling = new Map<string, Cooling>()
  #turn: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(views: Views, channels: Iterable<Channel>, onFault: (error: unknown) => void) {
    this.#views = views
    this.#channels = [...channels].filter(({ name }) => views.has(name))
    this.#onFault = onFault
  }

  /** Sends the first view of a subscription, at once. */
  first(subscription: Subscription): void {
    const { channel, address } = subscription
    if (!this.#channels.includes(channel)) return
    const view = this.#read(channel, address)
    if (view) subscription.show(view)
    else this.#again({ channel, address })
  }

  /** Takes what a commit changed; null: everything. Of events that concern a crowd the tags don't name everybody. */
  touched(tags: readonly string[] | null, events: readonly CommittedEvent[]): void {
    if (!tags) {
      this.refresh()
      return
    }
    const changed = new Set(tags)
    const accounts = new Set(tags.flatMap((tag) => (tag.startsWith(USER) ? [tag.slice(USER.length)] : [])))
    for (const { crowd, audience } of events) if (crowd !== undefined) for (const one of audience) accounts.add(one)
    for (const channel of this.#channels) {
      if (channel.everybody.size && this.#views.tags(channel.name).some((tag) => changed.has(tag)))
        this.changed(channel, undefined)
      if (channel.byAddress.size)
        for (const account of accounts) if (channel.byAddress.has(account)) this.changed(channel, account)
    }
  }

  /** Everything that is shown under this name may have changed; without a name all of it. */
  refresh(name?: string): void {
    for (const channel of this.#channels) {
      if (name !== undefined && channel.name !== name) continue
      if (channel.everybody.size) this.changed(channel, undefined)
      for (const address of channel.byAddress.keys()) this.changed(channel, address)
    }
  }

  /** What is shown of (channel, address) may have changed: it is sent soon, or when its second is over. */
  changed(channel: Channel, address: string | undefined): void {
    if (!this.#channels.includes(channel)) return
    const key = keyOf(channel, address)
    const cooling = this.#cooling.get(key)
    if (cooling) cooling.again = true
    else {
      this.#waiting.set(key, { channel, address })
      this.#turn ??= setImmediate(() => this.#work())
    }
  }

  /** Sends nothing more. */
  close(): void {
    clearImmediate(this.#turn)
    clearTimeout(this.#timer)
    this.#turn = this.#timer = undefined
    this.#waiting.clear()
    this.#cooling.clear()
  }

  #work(): void {
    this.#turn = undefined
    const stop = performance.now() + BUDGET
    for (const [key, group] of this.#waiting) {
      this.#waiting.delete(key)
      this.#send(key, group)
      if (performance.now() > stop) break
    }
    if (this.#waiting.size) this.#turn = setImmediate(() => this.#work())
  }

  #send(key: string, { channel, address }: Group): void {
    const listeners = channel.listeners(address)
    if (!listeners.size) return
    const view = this.#read(channel, address)
    this.#cool(key, { channel, address }, !view)
    if (view) for (const listener of listeners) listener.show(view)
  }

  /** Undefined when it cannot be read now: it is tried again. */
  #read(channel: Channel, address: string | undefined): Shown | undefined {
    try {
      const payload = this.#views.read(channel.name, address)
      const data = boundedJson(payload)
      return { height: payload.asOf.height, data, frame: viewFrame(channel.name, data) }
    } catch (error) {
      this.#onFault(error)
      return undefined
    }
  }

  #again({ channel, address }: Group): void {
    const key = keyOf(channel, address)
    if (!this.#cooling.has(key)) this.#cool(key, { channel, address }, true)
    this.changed(channel, address)
  }

  #cool(key: string, group: Group, again: boolean): void {
    this.#cooling.set(key, { ...group, until: performance.now() + INTERVAL, again })
    this.#timer ??= setTimeout(() => this.#cooled(), INTERVAL).unref()
  }

  #cooled(): void {
    this.#timer = undefined
    const now = performance.now()
    for (const [key, { channel, address, until, again }] of this.#cooling) {
      if (until > now) {
        this.#timer = setTimeout(() => this.#cooled(), until - now).unref()
        return
      }
      this.#cooling.delete(key)
      if (again) this.changed(channel, address)
    }
  }
}
