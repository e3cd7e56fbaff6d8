/** The WebSocket face of a node: calls, and subscriptions to what happens. */
import type { IncomingMessage, Server } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ChainNode } from './chain-node.ts'
import type { Connections } from './connections.ts'
import { type Happening, happenings } from './frames.ts'
import { answerRequest } from './http.ts'
import { type Condition, matches, parseQuery, QueryError } from './query.ts'
import { envelope, type Outcome, RpcError } from './rpc.ts'

/** Both servers' defaults. */
const MAX_SUBSCRIPTIONS = 5
const MAX_CLIENTS = 100
const MAX_QUERY = 512
const PING_EVERY_MS = 27_000
/** Bytes that a reader may be behind: about what CometBFT's 200 frames a subscription come to. */
const MAX_BEHIND = 16 << 20

type Id = string | number

interface Subscription {
  /** Of the request that made it, which its notices carry. */
  id: Id
  conditions: Condition[]
}

/** By query. */
type Subscriptions = Map<string, Subscription>

export class NodeWebSocket {
  readonly #node: ChainNode
  readonly #connections: Connections
  readonly #server: WebSocketServer
  readonly #clients = new Map<WebSocket, Subscriptions>()
  readonly #pings: NodeJS.Timeout

  constructor(http: Server, node: ChainNode, connections: Connections) {
    this.#node = node
    this.#connections = connections
    this.#server = new WebSocketServer({ noServer: true, autoPong: false })
    http.on('upgrade', (request, socket, head) => {
      if (new URL(request.url ?? '/', 'http://node').pathname !== '/websocket') socket.destroy()
      else if (!connections.isDead(request.socket))
        this.#server.handleUpgrade(request, socket, head, (client) => this.#welcome(client, request))
    })
    this.#pings = setInterval(() => this.#clients.forEach((_, client) => void client.ping()), PING_EVERY_MS)
  }

  /** Tells every subscriber what happened at `height`. */
  announce(height: number): void {
    const { faults, autobahn, source } = this.#node
    const { silentWebSocket, stall } = faults().set
    const listening = [...this.#clients].filter(([, { size }]) => size > 0)
    if (listening.length === 0 || autobahn || silentWebSocket || stall || height < source.from) return
    const all = happenings(source, height)
    for (const [client, subscriptions] of listening)
      for (const [query, subscription] of subscriptions)
        for (const happening of all)
          if (matches(subscription.conditions, happening.events))
            this.#notify(client, subscriptions, query, subscription, happening)
  }

  close(): void {
    clearInterval(this.#pings)
    for (const [client, subscriptions] of this.#clients) {
      // CometBFT says so before it goes; Sei just goes. Neither sends a close frame.
      if (this.#node.source.dialect === 'plain')
        for (const { id } of subscriptions.values()) client.send(envelope(id, { error: EXITED }).toString())
      client.terminate()
    }
    this.#server.close()
  }

  #welcome(client: WebSocket, request: IncomingMessage): void {
    const subscriptions: Subscriptions = new Map()
    this.#clients.set(client, subscriptions)
    this.#connections.whenHit(request.socket, () => this.#clients.delete(client))
    client.on('close', () => this.#clients.delete(client))
    client.on('error', () => client.terminate())
    client.on('ping', (payload) => this.#clients.has(client) && client.pong(payload))
    let turn = Promise.resolve()
    client.on('message', (frame) => {
      turn = turn.then(() => this.#reply(client, subscriptions, String(frame)))
    })
  }

  /** One connection's requests are answered one after the other, as both servers do. */
  async #reply(client: WebSocket, subscriptions: Subscriptions, frame: string): Promise<void> {
    if (!this.#clients.has(client)) return
    const answer = await this.#answer(frame, subscriptions)
    if (answer && client.readyState === client.OPEN && this.#clients.has(client)) client.send(answer.toString())
  }

  #answer(frame: string, subscriptions: Subscriptions): Promise<Buffer | undefined> | Buffer {
    let request: { id: Id; method: string; params?: { query?: unknown } }
    try {
      request = JSON.parse(frame)
    } catch {
      return envelope(undefined, { error: this.#node.server.notJson.error })
    }
    const act = ACTS.get(request?.method)
    if (!act) return answerRequest(this.#node, request)
    if (request.method === 'subscribe' && this.#subscribers() >= MAX_CLIENTS && subscriptions.size === 0)
      return envelope(request.id, refused(`max_subscription_clients ${MAX_CLIENTS} reached`))
    return envelope(request.id, act(subscriptions, String(request.params?.query ?? ''), request.id))
  }

  #subscribers(): number {
    return [...this.#clients.values()].filter(({ size }) => size > 0).length
  }

  #notify(
    client: WebSocket,
    subscriptions: Subscriptions,
    query: string,
    { id }: Subscription,
    happening: Happening,
  ): void {
    const faults = this.#node.faults()
    if (client.readyState !== client.OPEN) return
    if (faults.strikes('closeWebSocket')) {
      client.terminate()
      return
    }
    if (faults.strikes('endWebSocket')) {
      client.close(faults.set.endWebSocketCode ?? 1001)
      return
    }
    if (client.bufferedAmount > MAX_BEHIND) {
      // Too slow a reader loses the subscription: CometBFT says so, Sei does not.
      subscriptions.delete(query)
      if (this.#node.source.dialect === 'plain') client.send(envelope(id, { error: OVERFLOW }).toString())
      return
    }
    const own = this.#node.source.dialect === 'plain' ? '' : '"subscription_id":"",'
    const result = `{${own}"query":${JSON.stringify(query)},"data":${happening.data},"events":${happening.eventsJson}}`
    client.send(envelope(id, { result: this.#node.disguise(result) }).toString())
  }
}

const canceled = (reason: string): RpcError =>
  new RpcError(-32000, 'Server error', `subscription was canceled (reason: ${reason})`)
const EXITED = canceled('CometBFT exited')
const OVERFLOW = canceled('internal subscription event buffer is out of capacity')

const refused = (data: string): Outcome => ({ error: new RpcError(-32603, 'Internal error', data) })
const DONE: Outcome = { result: '{}' }

type Act = (subscriptions: Subscriptions, query: string, id: Id) => Outcome

const subscribe: Act = (subscriptions, query, id) => {
  if (query === '') return refused('failed to parse query: it is empty')
  if (query.length > MAX_QUERY) return refused('maximum query length exceeded')
  if (subscriptions.has(query)) return refused('already subscribed')
  if (subscriptions.size >= MAX_SUBSCRIPTIONS)
    return refused(`max_subscriptions_per_client ${MAX_SUBSCRIPTIONS} reached`)
  try {
    subscriptions.set(query, { id, conditions: parseQuery(query) })
    return DONE
  } catch (error) {
    if (error instanceof QueryError) return refused(`failed to parse query: ${error.message}`)
    throw error
  }
}

const unsubscribe: Act = (subscriptions, query) =>
  subscriptions.delete(query) ? DONE : refused('subscription not found')

const unsubscribeAll: Act = (subscriptions) => {
  if (subscriptions.size === 0) return refused('subscription not found')
  subscriptions.clear()
  return DONE
}

const ACTS = new Map([
  ['subscribe', subscribe],
  ['unsubscribe', unsubscribe],
  ['unsubscribe_all', unsubscribeAll],
])
