/** Many subscriptions over one socket, or as few as tell them apart. */
import { Feed, type Handlers } from './feed.ts'
import { Lane } from './lane.ts'
import { pulled } from './pulled.ts'
import type { AppTypes, Client, ClientEvents, ClientOptions } from './types.ts'

const SUBPROTOCOL = 'seiche.v1'

interface Wanted extends Handlers {
  address?: string | undefined
  since?: string | undefined
}

/**
 * A client of one server; it connects with the first subscription, and stays connected until it is closed. A second
 * address on the same channel takes a second socket: frames do not name the address they are for.
 * `url`: of the server's WebSocket door, `ws://` or `wss://`.
 */
export function createClient<App extends AppTypes = AppTypes>(url: string, options: ClientOptions = {}): Client<App> {
  const { positions, getToken, debug = false, connect = (to: string) => new WebSocket(to, SUBPROTOCOL) } = options
  const lanes: Lane[] = []
  let closed = false
  const remembered = new Map<string, string>()
  const listeners: { [Name in keyof ClientEvents]: Set<ClientEvents[Name]> } = {
    ...{ status: new Set(), outage: new Set(), error: new Set(), system: new Set() },
  }

  function newLane(): Lane {
    const isFirst = lanes.length === 0 // how the others are is much the same, and said once
    const lane = new Lane({
      ...{ url, connect, getToken },
      onStatus: (status, reason, retryInMs) => {
        const connection = { status, ...(reason && { reason }), ...(retryInMs !== undefined && { retryInMs }) }
        if (isFirst) for (const listener of listeners.status) listener(connection)
      },
      onOutage: (kind) => {
        if (isFirst) for (const listener of listeners.outage) listener(kind)
      },
      onError: (error) => {
        for (const listener of listeners.error) listener(error)
      },
      onSystem: (data) => {
        if (isFirst) for (const listener of listeners.system) listener(data)
      },
      log: (direction, what) => {
        if (debug) console.debug(`seiche ${direction}`, what)
      },
    })
    lanes.push(lane)
    return lane
  }

  function join(channel: string, { address, since = 'last', ...handlers }: Wanted): Feed {
    const key = `seiche ${url} ${channel} ${address ?? ''}`
    const lane = lanes.find((each) => each.fits(channel, address)) ?? newLane()
    const [last, epoch] = (remembered.get(key) ?? positions?.getItem(key) ?? '').split(' ', 2)
    const feed = new Feed({
      ...{ channel, address, handlers },
      since: since === 'now' ? undefined : since === 'last' ? last || undefined : since,
      epoch: since === 'last' ? epoch : undefined,
      ask: () => lane.ask(channel),
      left: (who) => lane.leave(who),
      handled: (position, of) => {
        const mark = of === undefined ? position : `${position} ${of}`
        remembered.set(key, mark)
        positions?.setItem(key, mark)
      },
      failed: (error) => {
        for (const listener of listeners.error) listener(error)
      },
    })
    lane.join(feed)
    return feed
  }

  const closeAll = (): void => {
    for (const lane of lanes) for (const feed of lane.all()) feed.close()
    for (const { link } of lanes.splice(0)) link.close()
  }

  return {
    get status() {
      return lanes[0]?.link.status ?? (closed ? 'closed' : 'idle')
    },
    subscribe: (channel, wanted) => join(channel, wanted),
    events: (channel, wanted = {}) => pulled((handlers) => join(channel, { ...wanted, ...handlers })),
    on: (name, listener) => {
      listeners[name].add(listener)
      return () => void listeners[name].delete(listener)
    },
    reconnect: () => {
      for (const { link } of lanes) link.reconnect()
    },
    reset: () => {
      closeAll()
      for (const key of remembered.keys()) positions?.setItem(key, '')
      remembered.clear()
    },
    close: () => {
      closed = true
      closeAll()
    },
  }
}
