/** Hooks over a client, for React 18 and later. */
import { useMemo, useSyncExternalStore } from 'react'
import type {
  AppTypes,
  Client,
  ClientError,
  Connection,
  EventOf,
  SubscribeOptions,
  Subscription,
  SubscriptionStatus,
  ViewOf,
} from '../client/types.ts'

/** What a hook shows. `idle`: nothing is asked for, on a server or while the address is unknown. */
export interface Shown<Data> {
  status: SubscriptionStatus | 'idle'
  /** Undefined until there is some. */
  data: Data | undefined
  error: ClientError | undefined
}

export interface HookOptions {
  /** Of whom. Left out: of everybody. `undefined`: not known yet, nothing is asked for. */
  address?: string | undefined
}

export interface Hooks<App extends AppTypes> {
  /** The newest events of a channel, newest first. */
  useEvents<Channel extends App['channels']>(
    channel: Channel,
    options?: HookOptions & {
      /** At most so many. Default 50. */
      limit?: number
      /** Default `now`: those that come while it is shown. */
      since?: SubscribeOptions<App, Channel>['since']
    },
  ): Shown<EventOf<App>[]>
  /** What a channel shows, in its newest version. */
  useView<Channel extends App['channels']>(channel: Channel, options?: HookOptions): Shown<ViewOf<App, Channel>>
  /** How the connection is. */
  useStatus(): Connection
}

interface Store<Snapshot> {
  subscribe(listener: () => void): () => void
  snapshot(): Snapshot
}

type Ask<Data> = (
  show: (change: (data: Data | undefined) => Data) => void,
  rest: {
    onStatus: (status: SubscriptionStatus) => void
    onGap: (gap: { earliest: string }) => void
  },
) => Subscription

const IDLE: Shown<never> = { status: 'idle', data: undefined, error: undefined }
const MOST = 50

/**
 * The hooks of one client, typed as it is: make the client and the hooks once, beside the component. Components that show
 * the same share one subscription on the wire.
 */
export function createHooks<App extends AppTypes>(client: Client<App>): Hooks<App> {
  function useShown<Data>(key: string | undefined, ask: Ask<Data>): Shown<Data> {
    // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all that the subscription depends on
    const store = useMemo(() => (key === undefined ? undefined : storeOf(ask)), [key])
    return useSyncExternalStore(store?.subscribe ?? nothing, store?.snapshot ?? idle, idle)
  }

  return {
    useEvents: (channel, options = {}) => {
      const { address, limit = MOST, since = 'now' } = options
      return useShown<EventOf<App>[]>(keyOf(options, channel, 'events', limit, since), (show, rest) =>
        client.subscribe(channel, {
          ...{ since, ...rest, ...(address === undefined ? {} : { address }) },
          onEvent: (event) => show((events = []) => [event, ...events].slice(0, limit)),
        }),
      )
    },
    useView: (channel, options = {}) => {
      const { address } = options
      return useShown(keyOf(options, channel, 'view'), (show, rest) =>
        client.subscribe(channel, {
          ...{ since: 'now', ...rest, ...(address === undefined ? {} : { address }) },
          onView: (view) => show(() => view),
        }),
      )
    },
    useStatus: () => {
      const store = useMemo(() => connectionOf(client), [])
      return useSyncExternalStore(store.subscribe, store.snapshot, () => UNCONNECTED)
    },
  }
}

const UNCONNECTED: Connection = { status: 'idle' }
const idle = (): Shown<never> => IDLE
const nothing = () => () => undefined

/** Undefined: nothing is asked for. */
function keyOf(options: HookOptions, ...parts: unknown[]): string | undefined {
  if ('address' in options && options.address === undefined) return undefined
  return JSON.stringify([options.address, ...parts])
}

/** Subscribes while somebody looks; for a moment longer, since React mounts twice in its strict mode. */
function storeOf<Data>(ask: Ask<Data>): Store<Shown<Data>> {
  const listeners = new Set<() => void>()
  let shown: Shown<Data> = { ...IDLE, status: 'connecting' }
  let subscription: Subscription | undefined
  const change = (changed: Partial<Shown<Data>>): void => {
    shown = { ...shown, ...changed }
    for (const listener of listeners) listener()
  }
  return {
    snapshot: () => shown,
    subscribe: (listener) => {
      listeners.add(listener)
      subscription ??= ask((next) => change({ data: next(shown.data) }), {
        onStatus: (status) => change({ status, error: subscription?.error }),
        onGap: () => subscription?.restart('now'), // what is shown is the newest anyway
      })
      return () => {
        listeners.delete(listener)
        setTimeout(() => {
          if (listeners.size) return
          subscription?.close()
          subscription = undefined
        })
      }
    },
  }
}

function connectionOf<App extends AppTypes>(client: Client<App>): Store<Connection> {
  let connection: Connection = { status: client.status }
  return {
    snapshot: () => connection,
    subscribe: (listener) =>
      client.on('status', (now) => {
        connection = now
        listener()
      }),
  }
}
