/**
 * One connection and its subscriptions: asks for each again whenever it is opened, and gives frames to whom they concern.
 * Frames name a channel, not an address: of each channel there is one address here, or the whole.
 */
import { comparePositions } from '../events/position.ts'
import type { ChainEvent } from '../events/types.ts'
import type { Feed } from './feed.ts'
import { type Frame, Link, type LinkOptions } from './link.ts'
import type { ClientError } from './types.ts'

/** Refusals that another attempt may spare: everything else stays refused. */
const PASSING = new Set(['rate_limited', 'server_busy', 'draining', 'too_many_connections'])
/** Before it, unless the server says when, ms. */
const AGAIN = 1_000
const END_OF_BLOCK = 'block-2147483647'

interface Refusal extends ClientError {
  retryAfterMs?: number
  earliest?: string
}

export interface LaneOptions extends Pick<LinkOptions, 'url' | 'connect' | 'onStatus' | 'onOutage' | 'log'> {
  getToken: (() => string | Promise<string>) | undefined
  onError(error: ClientError): void
  onSystem(data: Record<string, unknown>): void
}

export class Lane {
  readonly link: Link
  readonly #options: LaneOptions
  /** By channel. */
  readonly #feeds = new Map<string, Set<Feed>>()
  /** Channels by the ids of requests that are not answered. */
  readonly #asked = new Map<string, string>()
  /** Channels whose view was asked for. */
  readonly #shown = new Set<string>()
  #head: string | undefined
  #epoch: string | undefined
  #token: string | undefined
  #openings = 0
  #requests = 0

  constructor(options: LaneOptions) {
    this.#options = options
    const { url, connect, onStatus, onOutage, log } = options
    this.link = new Link({
      ...{ url, connect, onOutage, log },
      onStatus: (status, reason, retryInMs) => {
        if (status !== 'connected') for (const feed of this.all()) feed.disconnected()
        onStatus(status, reason, retryInMs)
      },
      onOpen: () => void this.#open(),
      onFrame: (frame) => this.#hear(frame),
      position: () =>
        this.all()
          .flatMap(({ position }) => position ?? [])
          .sort(comparePositions)[0],
    })
  }

  all(): Feed[] {
    return [...this.#feeds.values()].flatMap((set) => [...set])
  }

  /** Whether a subscription can be told from the others here. */
  fits(channel: string, address: string | undefined): boolean {
    const [other] = this.#feeds.get(channel) ?? []
    return !other || other.address === address
  }

  join(feed: Feed): void {
    const { channel } = feed
    this.#feeds.set(channel, (this.#feeds.get(channel) ?? new Set()).add(feed))
    this.link.want()
    this.ask(channel)
  }

  leave(feed: Feed): void {
    const { channel, address } = feed
    if (this.#forget(feed))
      this.link.send({ type: 'unsubscribe', channel, data: address === undefined ? {} : { address } })
  }

  /** True when it was the last of its channel. */
  #forget(feed: Feed): boolean {
    const left = this.#feeds.get(feed.channel)
    left?.delete(feed)
    if (left?.size !== 0) return false
    this.#feeds.delete(feed.channel)
    this.#shown.delete(feed.channel)
    return true
  }

  /** From the earliest position that somebody needs; who wants what is new has all up to now. */
  ask(channel: string): void {
    const wanted = [...(this.#feeds.get(channel) ?? [])].filter((feed) => feed.wanted)
    const [first] = wanted
    if (!first || this.link.status !== 'connected') return
    const since = wanted.flatMap(({ cursor }) => cursor ?? []).sort(comparePositions)[0]
    if (since !== undefined) {
      for (const feed of wanted) feed.startAt(this.#head)
      if (!this.#shown.has(channel) && wanted.some((feed) => feed.shows)) this.#request(first, undefined) // for its view
    }
    this.#request(first, since)
  }

  #request({ channel, address, epoch }: Feed, since: string | undefined): void {
    const id = `${++this.#requests}`
    this.#asked.set(id, channel)
    this.#shown.add(channel)
    const data = Object.fromEntries(
      Object.entries({ address, since, epoch: since && epoch, token: this.#token }).filter(
        ([, value]) => value !== undefined,
      ),
    )
    this.link.send({ type: 'subscribe', id, channel, data })
  }

  async #open(): Promise<void> {
    const opening = ++this.#openings
    this.#asked.clear()
    try {
      this.#token = await this.#options.getToken?.()
    } catch (cause) {
      this.link.close({ code: 'unauthorized', message: 'getToken gave none', cause })
      return
    }
    if (opening === this.#openings) for (const channel of this.#feeds.keys()) this.ask(channel)
  }

  #hear({ type, channel = '', id, data = {} }: Frame): void {
    if (type === 'error') this.#refused(id, data as unknown as Refusal)
    else if (type === 'pong')
      return // only the end of the log: what is replayed meanwhile comes after it
    else if (channel === 'system') this.#system(id, data)
    else if (data['source'] === 'operator') this.#options.onSystem({ broadcast: { channel, data: data['data'] } })
    else {
      const event = (type === 'event' ? data : data['event']) as ChainEvent
      for (const feed of this.#feeds.get(channel) ?? [])
        if (id === undefined) void feed.view(data)
        else feed.takes(event)
    }
  }

  #system(id: string | undefined, data: Record<string, unknown>): void {
    const { position, syncing, sync, draining, epoch } = data as {
      position?: string
      syncing?: boolean
      sync?: { indexedHeight: number }
      epoch?: string
      draining?: { retryAfterMs: number }
    }
    if (sync) this.#epoch = epoch
    if (sync) this.#head = sync.indexedHeight ? `${sync.indexedHeight}-${END_OF_BLOCK}` : '0-0-0'
    const channel = this.#answered(id)
    if (channel !== undefined) {
      if (position !== undefined)
        for (const feed of this.#feeds.get(channel) ?? []) feed.subscribed(position, syncing === true, this.#epoch)
      return
    }
    if (position !== undefined) this.#head = position
    if (syncing !== undefined) for (const feed of this.all()) feed.syncing(syncing)
    if (draining) this.link.hint(draining.retryAfterMs)
    this.#options.onSystem(data)
  }

  #refused(id: string | undefined, { code, message, retryAfterMs = AGAIN, earliest }: Refusal): void {
    const channel = this.#answered(id)
    if (PASSING.has(code)) {
      if (channel === undefined) this.link.hint(retryAfterMs)
      else setTimeout(() => this.ask(channel), retryAfterMs)
    } else if (channel === undefined) this.#options.onError({ code, message })
    else
      for (const feed of [...(this.#feeds.get(channel) ?? [])]) {
        feed.refused({ code, message }, earliest)
        if (feed.status === 'closed') this.#forget(feed)
      }
  }

  /** The channel that a request was about; it is answered once. */
  #answered(id: string | undefined): string | undefined {
    const channel = id === undefined ? undefined : this.#asked.get(id)
    if (id !== undefined) this.#asked.delete(id)
    return channel
  }
}
