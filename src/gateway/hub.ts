/**
 * The hub: a cursor over the log that pushes what is committed to those who listen. Everything it sends is durable;
 * whatever it misses (it was out of credit, it fell behind) it reads from the log at its own height.
 */
import { randomUUID } from 'node:crypto'
import { accountFromHex, canonicalAccount } from '../events/accounts.ts'
import type { App } from '../events/app.ts'
import { compare, formatPosition, type Position } from '../events/position.ts'
import type { CommittedRange, Sync } from '../events/types.ts'
import type { LogReader } from '../store/types.ts'
import { type Channel, channelsOf } from './channels.ts'
import type { Frame } from './frames.ts'
import type { Message, SubscribeRequest } from './incoming.ts'
import { pongFrame, systemFrame } from './outgoing.ts'
import { publish } from './publish.ts'
import { PublishedLog } from './published-log.ts'
import { Refused } from './refusal.ts'
import { CLOSE, type Door, Session, type SessionLimits } from './session.ts'
import { Subscription } from './subscription.ts'

export interface HubOptions {
  reader: LogReader
  app: App
  /** Prefix of account addresses, when it is known. */
  prefix: string | undefined
  limits: SessionLimits & { /** Subscriptions of one client. */ maxSubscriptions: number }
  /** Told when the log could not be read. Nobody misses anything: it is read again. */
  onFault(error: unknown): void
}

/** Blocks between two `position` frames, so that quiet clients stay resumable. */
const POSITION_EVERY = 100
const PROTOCOL = 'seiche.v1'

export class Hub {
  readonly #options: HubOptions
  readonly #channels: Map<string, Channel>
  readonly #sessions = new Map<string, Session>()
  readonly #log: PublishedLog
  #sync: Sync
  #announced: number
  #draining = false
  #busy = 0

  constructor(options: HubOptions) {
    this.#options = options
    this.#channels = channelsOf(options.app)
    this.#log = new PublishedLog(options.reader)
    this.#announced = this.#log.height
    this.#sync = { state: 'syncing', indexedHeight: this.#log.height, headHeight: null }
  }

  /** Takes what the store committed. Ranges at or below the hub's height are known; after a gap the log is read. */
  committed(range: CommittedRange): void {
    if (range.height <= this.#log.height) return
    try {
      if (this.#log.live) publish(this.#log.missed(range), this.#channels)
    } catch (error) {
      this.#options.onFault(error) // the log could not be read: with the next commit it is read again
      return
    }
    this.#log.published(range.height)
    if (range.height - this.#announced < POSITION_EVERY) return
    this.#announced = range.height
    this.#tellAll(systemFrame({ position: this.#log.position }))
  }

  /** Takes how far the log is behind: while it is syncing nothing is pushed, so that a backfill floods nobody. */
  sync(sync: Sync): void {
    this.#sync = sync
    const live = sync.state !== 'syncing'
    if (live === this.#log.live) return
    this.#log.live = live
    if (!live) this.#relisten()
    const { indexedHeight, headHeight } = sync
    this.#tellAll(systemFrame({ syncing: !live, indexedHeight, headHeight }))
  }

  /** A new client: greets it; undefined while draining. */
  connect(door: Door): Session | undefined {
    if (this.#draining) return undefined
    const session = new Session(
      `client_${randomUUID()}`,
      door,
      this.#options.limits,
      (...message) => this.#handle(...message),
      () => {
        this.#busy += 1
      },
    )
    this.#sessions.set(session.id, session)
    const { chainId, epoch } = this.#options.reader.identity()
    const { welcome } = this.#options.app
    session.send([
      systemFrame({ message: welcome, clientId: session.id, protocol: PROTOCOL, chainId, epoch, sync: this.#sync }),
    ])
    return session
  }

  disconnect(session: Session): void {
    session.closed()
    this.#sessions.delete(session.id)
  }

  get clientCount(): number {
    return this.#sessions.size
  }

  clients(): { clientCount: number; subscriptions: Record<string, object>; serverBusy: number } {
    const subscriptions = Object.fromEntries([...this.#sessions].map(([id, session]) => [id, session.describe()]))
    return { clientCount: this.clientCount, subscriptions, serverBusy: this.#busy }
  }

  /** Tells everybody to come back, spread over a second, and closes. */
  drain(): void {
    this.#draining = true
    for (const session of [...this.#sessions.values()]) {
      session.send([systemFrame({ draining: { retryAfterMs: 500 + Math.round(Math.random() * 1_000) } })])
      session.close(CLOSE.restart, 'restart')
      this.#sessions.delete(session.id)
    }
    this.#log.wake()
  }

  #handle(session: Session, message: Message, id: string | undefined): void {
    if (message.type === 'ping') {
      session.acknowledged = message.position ?? session.acknowledged
      session.send([pongFrame(this.#log.position, id)])
    } else if (message.type === 'subscribe') this.subscribe(session, message.request, id)
    else {
      this.unsubscribe(session, message.channel, message.address)
      session.send([systemFrame({ message: `Unsubscribed from ${message.channel}`, channel: message.channel }, id)])
    }
  }

  /** Answers, then replays or listens. Subscribing again to the same (channel, address) replaces. @throws Refused */
  subscribe(session: Session, request: SubscribeRequest, id?: string): { position: string; recovered: boolean } {
    const channel = this.#channel(request.channel)
    const address = this.#address(channel, request.address)
    const key = `${channel.name} ${address ?? ''}`
    const { maxSubscriptions } = this.#options.limits
    if (!session.subscriptions.has(key) && session.subscriptions.size >= maxSubscriptions)
      throw new Refused('too_many_subscriptions', `at most ${maxSubscriptions} subscriptions a connection`)
    const { since } = request
    if (since) this.#requireResumable(since, request.epoch)
    session.subscriptions.get(key)?.end()
    const subscription = new Subscription(session, channel, address)
    session.subscriptions.set(key, subscription)
    const answer = { position: since ? formatPosition(since) : this.#log.position, recovered: since !== undefined }
    const syncing = this.#log.live ? {} : { syncing: true }
    session.send([
      systemFrame({ message: `Subscribed to ${channel.name}`, channel: channel.name, ...answer, ...syncing }, id),
    ])
    this.#go(session, since ? subscription.replay(this.#log, since) : subscription.listen(this.#log))
    return answer
  }

  /** Ends (channel, address); without an address everything of the channel. @throws Refused */
  unsubscribe(session: Session, name: string, address: string | undefined): void {
    const channel = this.#channel(name)
    const wanted = address === undefined ? undefined : this.#address(channel, address)
    for (const [key, subscription] of session.subscriptions) {
      if (subscription.channel !== channel || (wanted !== undefined && subscription.address !== wanted)) continue
      subscription.end()
      session.subscriptions.delete(key)
    }
  }

  #channel(name: string): Channel {
    const channel = this.#channels.get(name)
    if (!channel)
      throw new Refused(
        'invalid_channel',
        `there is no channel ${JSON.stringify(name.slice(0, 60))}; there are: ${[...this.#channels.keys()].join(', ')}`,
      )
    return channel
  }

  #address({ address: rule, name }: Channel, text: string | undefined): string | undefined {
    if (rule === 'ignored') return undefined
    if (text === undefined || text === '') {
      if (rule === 'required') throw new Refused('address_required', `${name} needs an address`)
      return undefined
    }
    const { prefix } = this.#options
    const address = prefix && /^0x/i.test(text) ? accountFromHex(text, prefix) : canonicalAccount(text, prefix)
    if (!address) throw new Refused('invalid_address', `not an address of this chain${prefix ? ` (${prefix}1…)` : ''}`)
    return address
  }

  #requireResumable(since: Position, epoch: string | undefined): void {
    const { reader } = this.#options
    const earliest = reader.earliest()
    const known = reader.identity().epoch
    if (epoch !== undefined && known !== null && epoch !== known)
      throw new Refused('resume_expired', 'this position is of another chain or log', {
        earliest: formatPosition(earliest),
      })
    if (since.height > 0 && compare(since, earliest) < 0)
      throw new Refused('resume_expired', 'the log does not reach back to this position', {
        earliest: formatPosition(earliest),
      })
  }

  /** Fell behind: who listened becomes a reader of history. */
  #relisten(): void {
    for (const session of this.#sessions.values())
      for (const subscription of session.subscriptions.values())
        if (subscription.live) this.#go(session, subscription.relapse(this.#log))
  }

  /** A subscription that cannot read on ends its connection: the client comes back and resumes where it was. */
  #go(session: Session, reading: Promise<void>): void {
    reading.catch((error: unknown) => {
      if (session.open) this.#options.onFault(error)
      session.close(CLOSE.busy, 'server_busy')
    })
  }

  #tellAll(frame: Frame): void {
    for (const session of this.#sessions.values()) session.send([frame])
  }
}
