/** The WebSocket face of a tape: subscriptions to new blocks. Notices are wake-ups: they carry no transaction results. */
import type { Server } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import type { FaultLayer } from './faults.ts'
import type { RecordedHeight } from './recording.ts'
import { envelope, type Outcome, RpcError } from './rpc.ts'
import { answerRequest } from './tape-http.ts'
import type { TapeChain } from './tape-methods.ts'

/** Both servers' defaults. */
const MAX_SUBSCRIPTIONS = 5
const PING_EVERY_MS = 27_000

type Id = string | number

/** Query of a subscription → id of the request that made it, which its notices carry. */
type Subscriptions = Map<string, Id>

export class TapeWebSocket {
  readonly #chain: TapeChain
  readonly #faults: () => FaultLayer
  readonly #server: WebSocketServer
  readonly #clients = new Map<WebSocket, Subscriptions>()
  readonly #pings: NodeJS.Timeout

  constructor(http: Server, chain: TapeChain, faults: () => FaultLayer) {
    this.#chain = chain
    this.#faults = faults
    this.#server = new WebSocketServer({ server: http, path: '/websocket' })
    this.#server.on('connection', (socket) => this.#welcome(socket))
    this.#pings = setInterval(() => this.#server.clients.forEach((socket) => void socket.ping()), PING_EVERY_MS)
  }

  /** Tells every subscriber of new blocks that `height` has come. */
  announce(height: number): void {
    const recorded = this.#chain.recording.heights.get(height)
    if (!recorded || this.#chain.recording.autobahn || this.#faults().set.silentWebSocket) return
    for (const [socket, subscriptions] of this.#clients)
      for (const [query, id] of subscriptions) this.#notify(socket, recorded, query, id)
  }

  close(): void {
    clearInterval(this.#pings)
    for (const [socket, subscriptions] of this.#clients) {
      // CometBFT says so before it goes; Sei just goes. Neither sends a close frame.
      if (this.#chain.recording.dialect === 'plain')
        for (const id of subscriptions.values()) socket.send(envelope(id, { error: EXITED }).toString())
      socket.terminate()
    }
    this.#server.close()
  }

  #welcome(socket: WebSocket): void {
    const subscriptions: Subscriptions = new Map()
    this.#clients.set(socket, subscriptions)
    socket.on('close', () => this.#clients.delete(socket))
    socket.on('error', () => socket.terminate())
    socket.on('message', (frame) => {
      const answer = this.#answer(String(frame), subscriptions)
      if (answer) socket.send(answer.toString())
    })
  }

  #answer(frame: string, subscriptions: Subscriptions): Buffer | undefined {
    let request: { id: Id; method: string; params?: { query?: unknown } }
    try {
      request = JSON.parse(frame)
    } catch {
      return envelope(undefined, { error: this.#chain.server.notJson.error })
    }
    const act = ACTS.get(request?.method)
    if (!act) return answerRequest(this.#chain, request)
    return envelope(request.id, act(subscriptions, String(request.params?.query ?? ''), request.id))
  }

  #notify(socket: WebSocket, recorded: RecordedHeight, query: string, id: Id): void {
    const event = /^tm\.event\s*=\s*'(NewBlock|NewBlockHeader)'$/.exec(query)?.[1]
    if (!event) return
    if (this.#faults().strikes('closeWebSocket')) {
      socket.terminate()
      return
    }
    const { dialect } = this.#chain.recording
    const value = event === 'NewBlock' ? String(recorded.block) : JSON.stringify(headerValue(recorded, dialect))
    const data = `{"type":"tendermint/event/${event}","value":${value}}`
    const subscription = dialect === 'plain' ? '' : '"subscription_id":"",'
    const result = `{${subscription}"query":${JSON.stringify(query)},"data":${data},"events":{"tm.event":["${event}"]}}`
    socket.send(envelope(id, { result: this.#chain.disguise(result) }).toString())
  }
}

/** Sei adds the count of transactions (and their results, which a wake-up doesn't need). */
function headerValue({ header, txs }: RecordedHeight, dialect: string): object {
  return dialect === 'plain' ? { header } : { header, num_txs: `${txs.length}` }
}

const EXITED = new RpcError(-32000, 'Server error', 'subscription was canceled (reason: CometBFT exited)')

const refused = (data: string): Outcome => ({ error: new RpcError(-32603, 'Internal error', data) })
const DONE: Outcome = { result: '{}' }

type Act = (subscriptions: Subscriptions, query: string, id: Id) => Outcome

const subscribe: Act = (subscriptions, query, id) => {
  if (query === '') return refused('failed to parse query: it is empty')
  if (subscriptions.has(query)) return refused('already subscribed')
  if (subscriptions.size >= MAX_SUBSCRIPTIONS)
    return refused(`max_subscriptions_per_client ${MAX_SUBSCRIPTIONS} reached`)
  subscriptions.set(query, id)
  return DONE
}

const unsubscribe: Act = (subscriptions, query) =>
  subscriptions.delete(query) ? DONE : refused('subscription not found')

const unsubscribeAll: Act = (subscriptions) => {
  subscriptions.clear()
  return DONE
}

/** Queries for other events than new blocks are accepted and never fire. */
const ACTS = new Map([
  ['subscribe', subscribe],
  ['unsubscribe', unsubscribe],
  ['unsubscribe_all', unsubscribeAll],
])
