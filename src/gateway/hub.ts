/**
 * The hub: a cursor over the log that pushes what is committed to those who listen. Everything it sends is durable;
 * whatever it misses (it was out of credit, it fell behind) it reads from the log at its own height.
 */
import { randomUUID } from 'node:crypto'
import { accountFromHex, canonicalAccount } from '../events/accounts.ts'
import type { App } from '../events/app.ts'
import { BLOCK_TX_INDEX, compare, formatPosition, ORIGIN, type Position } from '../events/position.ts'
import type { CommittedEvent, CommittedRange, Sync } from '../events/types.ts'
import type { LogReader } from '../store/types.ts'
import { type Channel, channelsOf } from './channels.ts'
import type { Frame } from './frames.ts'
import { type Message, Refused, type SubscribeRequest } from './incoming.ts'
import { activityFrame, eventFrame, now, pongFrame, systemFrame } from './outgoing.ts'
import { publish } from './publish.ts'
import { CLOSE, type Door, Session, type SessionLimits } from './session.ts'
import { type Log, Subscription } from './subscription.ts'

export interface HubOptions {
  reader: LogReader
  app: App
  /** Prefix of account addresses, when it is known. */
  prefix: string | undefined
  limits: SessionLimits & { /** Subscriptions of one client. */ maxSubscriptions: number }
  /** Told when the log could not be read. Nobody misses anything: it is read again. */
  onFault(error: unknown): void
}

/** Events read at once when the hub itself has to catch up. */
const PAGE = 512
/** Blocks between two `position` frames, so that quiet clients stay resumable. */
const POSITION_EVERY = 100
const PROTOCOL = 'seiche.v1'

export class Hub {
  readonly #options: HubOptions
  readonly #channels: Map<string, Channel>
  readonly #sessions = new Map<string, Session>()
  readonly #log: Log
  #height: number
  #sync: Sync
  #announced: number
  #more = Promise.withResolvers<void>()
  #draining = false
  #busy = 0

  constructor(options: HubOptions) {
    this.#options = options
    this.#channels = channelsOf(options.app)
    this.#height = options.reader.checkpoint().height
    this.#announced = this.#height
    this.#sync = { state: 'syncing', indexedHeight: this.#height, headHeight: null }
    this.#log = {
      page: (channel, address, since, limit) => this.#page(channel, address, since, limit),
      end: () => this.#end(),
      live: () => this.#live,
      more: () => this.#more.promise,
      frame: (channel, event) => frameOf(channel, event, now()),
    }
  }

  get #live(): boolean {
    return this.#sync.state !== 'syncing'
  }

  /** Takes what the store committed. Ranges at or below the hub's height are known; after a gap the log is read. */
  committed({ after, height, events }: CommittedRange): void {
    if (height <= this.#height) return
    if (!this.#live) this.#height = height
    else if (after === this.#height && events) this.#publish(events, height)
    else if (!this.#catchUp(height)) return
    this.#wake()
    if (height - this.#announced >= POSITION_EVERY) {
      this.#announced = height
      this.#tellAll(systemFrame({ position: this.#position() }))
    }
  }

  /** Takes how far the log is behind: while it is syncing nothing is pushed, so that a backfill floods nobody. */
  sync(sync: Sync): void {
    const before = this.#sync
    this.#sync = sync
    if ((before.state === 'syncing') === (sync.state === 'syncing')) return
    if (sync.state === 'syncing') this.#relisten()
    else this.#wake()
    const { state, indexedHeight, headHeight } = sync
    this.#tellAll(systemFrame({ syncing: state === 'syncing', indexedHeight, headHeight }))
  }

  /** A new client: greets it. @throws Refused `draining` */
  connect(door: Door): Session {
    if (this.#draining) throw new Refused('draining', 'the server is restarting; come back', { retryAfterMs: 1_000 })
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
    this.#wake()
  }

  #handle(session: Session, message: Message, id: string | undefined): void {
    if (message.type === 'ping') {
      session.acknowledged = message.position ?? session.acknowledged
      session.send([pongFrame(this.#position(), id)])
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
    const answer = { position: since ? formatPosition(since) : this.#position(), recovered: since !== undefined }
    const syncing = this.#live ? {} : { syncing: true }
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

  #publish(events: readonly CommittedEvent[], height: number): void {
    publish(events, this.#channels, frameOf)
    this.#height = height
  }

  /** What was missed, read from the log; those who listen get it as if it came now. False: it could not be read, later it will. */
  #catchUp(height: number): boolean {
    try {
      publish(this.#missed(height), this.#channels, frameOf)
    } catch (error) {
      this.#options.onFault(error)
      return false
    }
    this.#height = height
    return true
  }

  /** At most what the hub can fall behind while live: 64 blocks. */
  #missed(height: number): CommittedEvent[] {
    const missed: CommittedEvent[] = []
    const before = { height: height + 1, txIndex: 0, eventIndex: 0 }
    for (let since: Position = this.#end(); ; since = missed.at(-1) ?? since) {
      const page = this.#options.reader.events({ since, before, order: 'asc', limit: PAGE, withAudience: true })
      missed.push(...page)
      if (page.length < PAGE) return missed
    }
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

  #page(channel: Channel, account: string | undefined, since: Position, limit: number): CommittedEvent[] {
    if (channel.kinds !== '*' && !channel.kinds.length) return []
    return this.#options.reader.events({
      ...{ since, before: { height: this.#height + 1, txIndex: 0, eventIndex: 0 }, order: 'asc', limit },
      ...(channel.kinds === '*' ? {} : { kinds: channel.kinds }),
      ...(account === undefined ? {} : { account }),
    })
  }

  /** Behind everything that was published. */
  #end(): Position {
    return { height: this.#height, txIndex: BLOCK_TX_INDEX, eventIndex: BLOCK_TX_INDEX }
  }

  /** The head as clients are told it: an empty log stands at the origin. */
  #position(): string {
    return formatPosition(this.#options.reader.head().height === 0 ? ORIGIN : this.#end())
  }

  #tellAll(frame: Frame): void {
    for (const session of this.#sessions.values()) session.send([frame])
  }

  #wake(): void {
    this.#more.resolve()
    this.#more = Promise.withResolvers<void>()
  }
}

function frameOf(channel: Channel, event: CommittedEvent, timestamp: string): Frame {
  return channel.name === 'blockchain_events'
    ? eventFrame(event, timestamp)
    : activityFrame(event, channel.name, timestamp)
}
