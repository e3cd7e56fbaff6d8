/** Where clients ask: subscribe, unsubscribe, ping. Each answer goes out before anything that follows from it. */
import { accountFromHex, type Spelling } from '../events/accounts.ts'
import { formatPosition, type Position } from '../events/position.ts'
import { readAddress, requireAllowed, requireChannel, requireResumable } from './admission.ts'
import type { Channel } from './channels.ts'
import { type Authorize, tokenOf } from './handshake.ts'
import type { Message, SubscribeRequest } from './incoming.ts'
import type { LiveViews } from './live-views.ts'
import { pongFrame, systemFrame } from './outgoing.ts'
import type { PublishedLog } from './published-log.ts'
import { Refused } from './refusal.ts'
import type { Answer, Session } from './session.ts'
import type { Stats } from './stats.ts'
import { keyOf, Subscription } from './subscription.ts'
import type { Tally } from './tally.ts'
import { onceKnown } from './turns.ts'

export interface DeskRules extends Spelling {
  limits: { /** Subscriptions of one client. */ maxSubscriptions: number }
  /** Who may subscribe to what. Default: everybody to everything; all of it is public data of the chain. */
  authorize?: Authorize
  /** Whether a token proves an operator. Default: nobody is one. */
  isAdmin?(token: string | undefined): boolean
  /** Counts different addresses that one client's address asks for; milliseconds to wait when it is too many. Default: no limit. */
  accounts?: { take(ip: string, address: string): number }
  /** Told when something could not be read. Nobody misses anything: it is read again. */
  onFault(error: unknown): void
}

export interface DeskOptions {
  rules: DeskRules
  channels: ReadonlyMap<string, Channel>
  log: PublishedLog
  views: LiveViews | undefined
  stats: Stats
  tally: Tally
}

export class Desk {
  readonly #options: DeskOptions

  constructor(options: DeskOptions) {
    this.#options = options
  }

  /** Does what a client asks. A promise only while somebody else decides. @throws Refused */
  handle(session: Session, message: Message, id: string | undefined): Answer | Promise<Answer> {
    if (message.type === 'subscribe') return this.#subscribe(session, message.request, id)
    if (message.type === 'unsubscribe') return this.#unsubscribe(session, message, id)
    const { log } = this.#options
    if (message.position) session.acknowledge(message.position, log.end)
    session.send([pongFrame(log.position, id)])
    return {}
  }

  /** The hub fell behind: who listened up to `end` becomes a reader of history. */
  relisten(session: Session, end: Position): void {
    const { log } = this.#options
    for (const subscription of session.subscriptions.values())
      if (subscription.live) this.#go(subscription, subscription.relapse(log, end), end.height)
  }

  #subscribe(session: Session, request: SubscribeRequest, id: string | undefined): Answer | Promise<Answer> {
    const { channels, rules } = this.#options
    const { isAdmin, authorize, onFault } = rules
    const { handshake } = session.door
    const channel = requireChannel(channels, request.channel)
    if (request.stats && !isAdmin?.(request.token ?? tokenOf(handshake)))
      throw new Refused('unauthorized', 'stats need the admin token: data.token, auth.token or Authorization: Bearer …')
    return onceKnown(this.#readAddress(session, channel, request.address), (address) => {
      const subscription = new Subscription(session, channel, address)
      const allowed = authorize && requireAllowed(authorize, { channel: channel.name, address }, handshake, onFault)
      return onceKnown(allowed, () => this.#enter(subscription, request, id))
    })
  }

  /** Counted before it is read: what `0x…` stands for may have to be asked of a node. @throws Refused */
  #readAddress(session: Session, channel: Channel, text: string | undefined): ReturnType<typeof readAddress> {
    const { rules, tally } = this.#options
    const wait = text && channel.address !== 'ignored' ? rules.accounts?.take(session.door.handshake.ip, text) : 0
    if (!wait) return readAddress(channel, text, rules)
    tally.rateLimited += 1
    throw new Refused('rate_limited', 'too many different addresses', { retryAfterMs: wait })
  }

  /** Answers, then shows, replays or listens. Subscribing again to the same (channel, address) replaces. */
  #enter(subscription: Subscription, { since, epoch, stats }: SubscribeRequest, id: string | undefined): Answer {
    const { session, channel, address } = subscription
    const { rules, log, views } = this.#options
    if (!session.open) throw new Refused('draining', 'the connection has ended')
    const key = keyOf(channel, address)
    const { maxSubscriptions } = rules.limits
    if (!session.subscriptions.has(key) && session.subscriptions.size >= maxSubscriptions)
      throw new Refused('too_many_subscriptions', `at most ${maxSubscriptions} subscriptions a connection`)
    if (since) this.#countResume(() => requireResumable(log, since, epoch), log.remembers(since))
    session.subscriptions.get(key)?.end()
    session.subscriptions.set(key, subscription)
    const position = since ? formatPosition(since) : log.position
    const answer = { channel: channel.name, position, recovered: since !== undefined }
    const syncing = log.live ? {} : { syncing: true }
    session.send([systemFrame({ message: `Subscribed to ${channel.name}`, ...answer, ...syncing }, id)])
    if (channel.name === 'system') this.#options.stats.watch(session, stats === true)
    if (!since) views?.first(subscription)
    this.#go(
      subscription,
      since ? subscription.replay(log, since) : subscription.listen(log),
      since?.height ?? log.height,
    )
    return answer
  }

  /** Ends (channel, address); without an address everything of the channel. */
  #unsubscribe(
    session: Session,
    { channel: name, address: text }: Extract<Message, { type: 'unsubscribe' }>,
    id: string | undefined,
  ): Answer | Promise<Answer> {
    const { channels, rules, stats } = this.#options
    const channel = requireChannel(channels, name)
    return onceKnown(text === undefined ? undefined : this.#readAddress(session, channel, text), (address) => {
      const before = accountFromHex(text ?? '', rules.prefix ?? '') // what 0x… stood for until it was associated
      const meant = [address, before ?? address]
      for (const [key, subscription] of session.subscriptions) {
        if (subscription.channel !== channel || (address !== undefined && !meant.includes(subscription.address)))
          continue
        subscription.end()
        session.subscriptions.delete(key)
      }
      if (name === 'system') stats.watch(session, false)
      session.send([systemFrame({ message: `Unsubscribed from ${name}`, channel: name }, id)])
      return { channel: name }
    })
  }

  /**
   * Once it is live, a view that stood at height `from` is sent anew if there is more since. A subscription that cannot
   * read on ends its connection: the client comes back and resumes where it was.
   */
  #go(subscription: Subscription, reading: Promise<void>, from: number): void {
    const { session, channel, address } = subscription
    const { log, views, rules } = this.#options
    reading
      .then(() => {
        if (subscription.live && log.height > from) views?.changed(channel, address)
      })
      .catch((error: unknown) => {
        if (session.open) rules.onFault(error)
        session.overwhelmed()
      })
  }

  #countResume(require: () => void, remembered: boolean): void {
    const { resumes } = this.#options.tally
    try {
      require()
    } catch (error) {
      if (error instanceof Refused) resumes.expired += 1
      throw error
    }
    resumes[remembered ? 'memory' : 'ledger'] += 1
  }
}
