/**
 * The hub: a cursor over the log that pushes what is committed to those who listen. Everything it sends is durable;
 * whatever it misses (it was out of credit, it fell behind) it reads from the log at its own height.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../events/app.ts'
import type { Position } from '../events/position.ts'
import type { CommittedEvent, CommittedRange, Sync } from '../events/types.ts'
import type { LogReader } from '../store/types.ts'
import type { Views } from '../views/types.ts'
import { requireChannel } from './admission.ts'
import { type Channel, channelsOf } from './channels.ts'
import { withListeners } from './crowds.ts'
import { Desk, type DeskRules } from './desk.ts'
import type { Frame } from './frames.ts'
import type { DoorKind } from './handshake.ts'
import { LiveViews } from './live-views.ts'
import { operatorFrame, systemFrame } from './outgoing.ts'
import { publish } from './publish.ts'
import { PublishedLog } from './published-log.ts'
import { Refused } from './refusal.ts'
import { type ClientLimits, type Clients, clientsOf, type HubMetrics, metricsOf } from './report.ts'
import { CLOSE, type Door, Session, type SessionRules } from './session.ts'
import { Stats } from './stats.ts'
import { Tally } from './tally.ts'

export interface HubOptions extends DeskRules {
  reader: LogReader
  app: App
  limits: ClientLimits
  /** What the channels named like a view show beside their events. Default: events alone. */
  views?: Views
  /** Told of events after they were pushed; not of those that were committed while the log was syncing. Default: nobody. */
  onPublished?(events: readonly CommittedEvent[]): void
  /** How the house is doing, for operators who watch; `first` when it is the first that one gets. Default: {@link Hub.metrics}. */
  stats?(first: boolean): object
}

const DOORS = ['websocket', 'socket.io'] as const
/** Blocks between two `position` frames, so that quiet clients stay resumable. */
const POSITION_EVERY = 100
const PROTOCOL = 'seiche.v1'
/** When all come back after a restart they are spread: from this, over at least this, ms. */
const [RETRY_FROM, RETRY_SPREAD] = [500, 1_000]
/** A drain takes this for each client, and pauses this long between two slices of them, ms. */
const [DRAIN_EACH, DRAIN_SLICE] = [2, 50]

export class Hub {
  readonly #options: HubOptions
  readonly #channels: Map<string, Channel>
  readonly #sessions = new Map<string, Session>()
  readonly #atDoor: Record<DoorKind, number> = { websocket: 0, 'socket.io': 0 }
  readonly #log: PublishedLog
  readonly #views: LiveViews | undefined
  readonly #stats: Stats
  readonly #desk: Desk
  readonly #tally = new Tally()
  readonly #rules: SessionRules
  #sync: Sync
  #announced: number
  #draining = false
  #degraded: readonly string[] = []

  constructor(options: HubOptions) {
    const { app, reader, views, stats, onFault } = options
    this.#options = options
    this.#channels = channelsOf(app)
    this.#log = new PublishedLog(reader)
    this.#views = views && new LiveViews(views, this.#channels.values(), onFault)
    this.#stats = new Stats(stats ?? (() => this.metrics()))
    this.#desk = new Desk({
      ...{ rules: options, channels: this.#channels, log: this.#log },
      ...{ views: this.#views, stats: this.#stats, tally: this.#tally },
    })
    this.#rules = {
      ...{ limits: options.limits, tally: this.#tally, onFault },
      handle: (session, message, id) => this.#desk.handle(session, message, id),
    }
    this.#announced = this.#log.height
    this.#sync = { state: 'syncing', indexedHeight: this.#log.height, headHeight: null }
  }

  /**
   * Takes what the store committed. Ranges at or below the hub's height are known, but for one of no heights, which says
   * what to read again; after a gap the log is read.
   */
  committed(range: CommittedRange): void {
    const { live, height } = this.#log
    if (live && range.after === range.height) this.#views?.touched(range.tags, [])
    if (range.height <= height) return
    const end = this.#log.end
    let events: readonly CommittedEvent[] | null = null
    try {
      const missed = live ? this.#log.missed(range) : null
      if (missed) events = withListeners(missed, this.#channels.values(), this.#options.reader)
      if (events) publish(events, this.#channels)
    } catch (error) {
      this.#options.onFault(error) // the log could not be read: with the next commit it is read again
      return
    }
    this.#log.published(range.height, events)
    if (live && !events) this.#relisten(end)
    if (events?.length) this.#options.onPublished?.(events)
    if (live) this.#views?.touched(range.after > height ? null : range.tags, events ?? [])
    if (range.height - this.#announced < POSITION_EVERY) return
    this.#announced = range.height
    this.#tellAll(systemFrame({ position: this.#log.position }))
  }

  /** True while what is committed is pushed at once. */
  get live(): boolean {
    return this.#log.live
  }

  /** Takes how far the log is behind: while it is syncing nothing is pushed, so that a backfill floods nobody. */
  sync(sync: Sync): void {
    this.#sync = sync
    const live = sync.state !== 'syncing'
    if (live === this.#log.live) return
    this.#log.live = live
    if (!live) this.#relisten(this.#log.end)
    const { indexedHeight, headHeight } = sync
    this.#tellAll(systemFrame({ syncing: !live, indexedHeight, headHeight }))
  }

  /** Takes the reasons why the house is degraded; tells everybody when they are others than before. */
  degraded(reasons: readonly string[]): void {
    if (reasons.join() === this.#degraded.join()) return
    this.#degraded = reasons
    this.#tellAll(systemFrame({ degraded: reasons }))
  }

  /** A view was filled anew (by a task, say); without a name any may have been. Nothing older than before is sent. */
  refresh(name?: string): void {
    if (this.#log.live) this.#views?.refresh(name)
  }

  /** The log holds other events of a contract than before at these heights: who keeps a copy reads them again. */
  historyChanged({ contract, from, to }: { contract: string; from: number; to: number }): void {
    this.#log.rewritten()
    this.#tellAll(systemFrame({ history_changed: { contract, from, to } }))
    this.refresh()
  }

  /**
   * Sends what an operator says to everybody who subscribed to a channel, and answers how many got it.
   * @throws Refused `invalid_channel`: there is none, or it is `blockchain_events`, where only the chain speaks (D37)
   */
  broadcast(name: string, data: unknown): number {
    requireChannel(this.#channels, name)
    if (name === 'blockchain_events')
      throw new Refused('invalid_channel', 'on blockchain_events only the chain speaks: use another channel')
    const frame = operatorFrame(name, data)
    const listeners = [...this.#sessions.values()].filter((session) => session.channels().includes(name))
    for (const session of listeners) session.send([frame])
    return listeners.filter(({ open }) => open).length
  }

  /** Whether somebody decides who may subscribe, by the whole handshake. */
  get decides(): boolean {
    return this.#options.authorize !== undefined
  }

  /** A new client: greets it; undefined while draining. */
  connect(door: Door): Session | undefined {
    if (this.#draining) return undefined
    const session = new Session(`client_${randomUUID()}`, door, this.#rules)
    this.#sessions.set(session.id, session)
    this.#atDoor[door.handshake.door] += 1
    const { welcome } = this.#options.app
    const { chainId, epoch } = this.#log.identity
    session.send([
      systemFrame({ message: welcome, clientId: session.id, protocol: PROTOCOL, chainId, epoch, sync: this.#sync }),
      ...(this.#degraded.length ? [systemFrame({ degraded: this.#degraded })] : []),
    ])
    return session
  }

  /** The transport says that the client is gone, and why. */
  disconnect(session: Session, reason = 'client'): void {
    session.closed(reason)
    this.#stats.watch(session, false)
    if (this.#sessions.delete(session.id)) this.#atDoor[session.door.handshake.door] -= 1
  }

  /** Those that somebody is at. */
  get doors(): DoorKind[] {
    return DOORS.filter((door) => this.#atDoor[door] > 0)
  }

  /** To all clients since the process started; payload and framing. */
  get sentBytes(): number {
    return this.#tally.bytes
  }

  get clientCount(): number {
    return this.#sessions.size
  }

  clients(): Clients {
    return clientsOf(this.#sessions, this.#options.limits, this.#tally, this.#log.height)
  }

  metrics(): HubMetrics {
    return metricsOf(this.#sessions, this.#channels, this.#tally)
  }

  /**
   * Tells everybody to come back, spread over the window, and closes them in slices over it, so that they do not all
   * come to the same other server at once. Until its turn a client is served. Nobody comes in until {@link open}.
   * `longest`: of the window, ms; few clients need less.
   */
  async drain(longest = Number.POSITIVE_INFINITY): Promise<void> {
    this.#draining = true
    const leaving = [...this.#sessions.values()]
    const window = Math.min(longest, DRAIN_EACH * leaving.length)
    const spread = Math.max(RETRY_SPREAD, window)
    for (const session of leaving)
      session.send([systemFrame({ draining: { retryAfterMs: RETRY_FROM + Math.round(Math.random() * spread) } })])
    const slices = Math.max(1, Math.ceil(window / DRAIN_SLICE))
    const size = Math.ceil(leaving.length / slices)
    for (let next = 0; next < leaving.length; next += size) {
      if (next) await sleep(DRAIN_SLICE)
      for (const session of leaving.slice(next, next + size)) this.#sendAway(session)
    }
    this.#views?.close()
    this.#log.wake()
  }

  /** Lets clients in again after {@link drain}. */
  open(): void {
    this.#draining = false
  }

  #sendAway(session: Session): void {
    if (!session.open) return
    session.close(CLOSE.restart, 'restart')
    this.disconnect(session)
  }

  #relisten(end: Position): void {
    for (const session of this.#sessions.values()) this.#desk.relisten(session, end)
  }

  #tellAll(frame: Frame): void {
    for (const session of this.#sessions.values()) session.send([frame])
  }
}
