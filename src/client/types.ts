/** What the client's users see: an app's words, events, options and how things stand. */
import type { ChainEvent, EventValue } from '../events/types.ts'

/** What an app names: its channels, the data of its events by type, its views by channel. Default: any. */
export interface AppTypes {
  channels: string
  events: Record<string, Record<string, EventValue | undefined>>
  views: Record<string, unknown>
}

/** An event of an app, narrowed by its `type`. */
export type EventOf<App extends AppTypes> = {
  [Type in keyof App['events'] & string]: Omit<ChainEvent, 'type' | 'data'> & { type: Type; data: App['events'][Type] }
}[keyof App['events'] & string]

/** The view that a channel shows. */
export type ViewOf<App extends AppTypes, Channel extends string> = Channel extends keyof App['views']
  ? App['views'][Channel]
  : unknown

/** Why something was refused, in the server's words, or the client's own. */
export interface ClientError {
  /** `resume_expired`, `rate_limited`, …; `handler_failed` when a handler threw; `unreachable` while nothing answers. */
  code: string
  message: string
  /** What a handler threw. */
  cause?: unknown
}

/**
 * `idle`: nothing was asked for yet. `offline`: the device has no network. `closed`: by {@link Client.close}, or refused for
 * good; see its error.
 */
export type ConnectionStatus = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'offline' | 'closed'

/** `catching-up`: the server reads the chain's history itself. `gap`: what followed the position is gone, see `onGap`. */
export type SubscriptionStatus = 'connecting' | 'catching-up' | 'live' | 'gap' | 'closed'

export interface Connection {
  status: ConnectionStatus
  reason?: ClientError
  /** Until the next attempt, ms. */
  retryInMs?: number
}

/** What happens to a client, for {@link Client.on}. */
export interface ClientEvents {
  status(connection: Connection): void
  /** `lost`: not connected for 5 s; `restored` once after it. */
  outage(kind: 'lost' | 'restored'): void
  /** Nothing was lost by it: handlers that threw, refusals of subscriptions. */
  error(error: ClientError): void
  /** What the server says to everybody: `syncing`, `history_changed`, `degraded`, …. */
  system(data: Record<string, unknown>): void
}

/** Where positions survive a reload: `localStorage` will do. */
export interface PositionStore {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

export interface ClientOptions {
  /** Default: in memory. */
  positions?: PositionStore
  /** Asked at each connection for the token that operators' channels need. Default: none. Throwing is `unauthorized`. */
  getToken?: () => string | Promise<string>
  /** Every frame in and out is logged. Default false. */
  debug?: boolean
  /** Makes the socket. Default: the global WebSocket. */
  connect?: (url: string) => WebSocket
}

export interface SubscribeOptions<App extends AppTypes, Channel extends string> {
  /** Of whom; a filter, not a login. Default: of everybody. */
  address?: string
  /** `last`: after what was handled before, here or before a reload; else as `now`. An event's id: after it. Default `last`. */
  since?: 'last' | 'now' | (string & {})
  /**
   * Each event once, in order. The next waits for what it returns; the position advances after that. Within a page exactly
   * once; across reloads, with a store for positions, at least once.
   */
  onEvent?: (event: EventOf<App>) => unknown
  /** The channel's view: at first, then whenever it changed; newest wins. */
  onView?: (view: ViewOf<App, Channel>) => unknown
  /** What followed the position was deleted: read anew, then `restart(earliest)` or `restart('now')`. Default: nothing comes. */
  onGap?: (gap: { earliest: string }) => unknown
  /** Told how it stands whenever that changes. */
  onStatus?: (status: SubscriptionStatus) => unknown
}

export interface Subscription {
  readonly channel: string
  readonly address: string | undefined
  readonly status: SubscriptionStatus
  /** Why it is closed or has a gap. */
  readonly error: ClientError | undefined
  /** The last event handled. */
  readonly position: string | undefined
  /** Resolves when it is live. @throws Error with the refusal's code, or `timeout` */
  ready(options?: { timeoutMs?: number }): Promise<void>
  /** Goes on after an event, or with what is new. */
  restart(since: string): void
  close(): void
  [Symbol.dispose](): void
}

export interface Client<App extends AppTypes> {
  readonly status: ConnectionStatus
  subscribe<Channel extends App['channels']>(channel: Channel, options: SubscribeOptions<App, Channel>): Subscription
  /** The same, pulled: the next event is taken when it is asked for. Ends with the subscription; throws when refused. */
  events<Channel extends App['channels']>(
    channel: Channel,
    options?: Pick<SubscribeOptions<App, Channel>, 'address' | 'since'>,
  ): AsyncGenerator<EventOf<App>, void, void>
  /** Answers what ends it. */
  on<Name extends keyof ClientEvents>(name: Name, listener: ClientEvents[Name]): () => void
  /** Now, whatever it waits for. */
  reconnect(): void
  /** Logs out: subscriptions and positions are forgotten, the next connection asks for a token anew. */
  reset(): void
  close(): void
}
