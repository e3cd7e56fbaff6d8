/** One subscription: what is wanted, how far it was handled, and who handles it, one event after the other. */
import { compare, parsePosition } from '../events/position.ts'
import type { ChainEvent } from '../events/types.ts'
import type { ClientError, Subscription, SubscriptionStatus } from './types.ts'

export interface Handlers {
  onEvent?: ((event: never) => unknown) | undefined
  onView?: ((view: never) => unknown) | undefined
  onGap?: ((gap: { earliest: string }) => unknown) | undefined
  onStatus?: ((status: SubscriptionStatus) => unknown) | undefined
}

export interface FeedOptions {
  channel: string
  address: string | undefined
  since: string | undefined
  /** The history that `since` is of. Undefined: that of the server, whichever it is. */
  epoch: string | undefined
  handlers: Handlers
  /** Asks the server again, from {@link Feed.cursor}. */
  ask(): void
  /** It was closed. */
  left(feed: Feed): void
  /** An event was handled. */
  handled(position: string, epoch: string | undefined): void
  failed(error: ClientError): void
}

/** So many events may wait for a slow handler; then the server is left until they are handled. */
const MOST_WAITING = 5_000

/** Behind `than`, or the first at all. */
const after = (id: string, than: string | undefined): boolean => {
  const [position, known] = [parsePosition(id), than === undefined ? undefined : parsePosition(than)]
  return position !== undefined && (!known || compare(position, known) > 0)
}

export class Feed implements Subscription {
  readonly channel: string
  readonly address: string | undefined
  readonly #options: FeedOptions
  #status: SubscriptionStatus = 'connecting'
  #error: ClientError | undefined
  /** After this the server is asked: what was taken, handled yet or not. */
  #cursor: string | undefined
  #position: string | undefined
  #epoch: string | undefined
  #waiting: ChainEvent[] = []
  #handling = false
  #full = false
  #settled = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<void>()

  constructor(options: FeedOptions) {
    this.#options = options
    this.channel = options.channel
    this.address = options.address
    this.#cursor = options.since
    this.#epoch = options.epoch
    this.#settled.promise.catch(() => undefined) // who does not ask need not hear
  }

  get status(): SubscriptionStatus {
    return this.#status
  }

  get error(): ClientError | undefined {
    return this.#error
  }

  get position(): string | undefined {
    return this.#position
  }

  /** After which event the server is to go on; undefined: with what is new. */
  get cursor(): string | undefined {
    return this.#cursor
  }

  /** Of which history it is; the server refuses a position of another. */
  get epoch(): string | undefined {
    return this.#epoch
  }

  /** Whether it shows views. */
  get shows(): boolean {
    return this.#options.handlers.onView !== undefined
  }

  /** Whether the server is to be asked for it. */
  get wanted(): boolean {
    return this.#status !== 'closed' && this.#status !== 'gap' && !this.#full
  }

  async ready({ timeoutMs }: { timeoutMs?: number } = {}): Promise<void> {
    if (timeoutMs === undefined) return await this.#settled.promise
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(failure({ code: 'timeout', message: `not live within ${timeoutMs} ms` })),
        timeoutMs,
      )
    })
    try {
      await Promise.race([this.#settled.promise, late])
    } finally {
      clearTimeout(timer)
    }
  }

  restart(since: string): void {
    if (this.#status === 'closed') return
    this.#cursor = since === 'now' ? undefined : since
    this.#epoch = undefined
    this.#error = undefined
    this.disconnected()
    this.#options.ask()
  }

  close(): void {
    if (this.#status === 'closed') return
    this.#end('closed')
    this.#options.left(this)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Who wants what is new goes on after `head`. */
  startAt(head: string | undefined): void {
    this.#cursor ??= head
  }

  /** Resolves when nothing comes any more: it was closed, refused, or has a gap. */
  ended(): Promise<void> {
    return this.#ended.promise
  }

  /** The server has taken it; `position`: where it stands then. */
  subscribed(position: string, syncing: boolean, epoch: string | undefined): void {
    if (!this.wanted) return
    this.#epoch = epoch
    this.#cursor ??= position // resumed from here, if nothing comes before the connection ends
    if (syncing) this.#become('catching-up')
    else this.#live()
  }

  /** The server tells everybody whether it catches up itself. */
  syncing(is: boolean): void {
    if (this.#status === 'live' && is) this.#become('catching-up')
    else if (this.#status === 'catching-up' && !is) this.#live()
  }

  disconnected(): void {
    if (this.#status !== 'closed') this.#become('connecting')
  }

  takes(event: ChainEvent): void {
    if (!this.wanted || !after(event.id, this.#cursor)) return
    this.#cursor = event.id
    this.#waiting.push(event)
    this.#full = this.#waiting.length >= MOST_WAITING
    void this.#handle()
  }

  async view(data: unknown): Promise<void> {
    await this.#call(this.#options.handlers.onView, data)
  }

  /** Refused: for good, or until the app decides about a gap. */
  refused(error: ClientError, earliest?: string): void {
    this.#error = error
    this.#end(earliest === undefined ? 'closed' : 'gap')
    this.#options.failed(error)
    if (earliest !== undefined) void this.#call(this.#options.handlers.onGap, { earliest })
  }

  #become(status: SubscriptionStatus): void {
    if (status === this.#status) return
    this.#status = status
    void this.#call(this.#options.handlers.onStatus, status)
  }

  #live(): void {
    this.#become('live')
    this.#settled.resolve()
  }

  async #handle(): Promise<void> {
    if (this.#handling) return
    this.#handling = true
    for (let event = this.#waiting.shift(); event; event = this.#waiting.shift()) {
      await this.#call(this.#options.handlers.onEvent, event)
      if (this.#status === 'closed') break
      this.#position = event.id
      this.#options.handled(event.id, this.#epoch)
    }
    this.#handling = false
    if (!this.#full) return
    this.#full = false
    this.#options.ask()
  }

  async #call(handler: ((what: never) => unknown) | undefined, what: unknown): Promise<void> {
    try {
      await handler?.(what as never)
    } catch (cause) {
      this.#options.failed({ code: 'handler_failed', message: `a handler of ${this.channel} threw`, cause })
    }
  }

  #end(status: 'closed' | 'gap'): void {
    this.#become(status)
    this.#ended.resolve()
    if (status === 'closed') this.#waiting = []
    const { promise, reject } = this.#settled
    reject(failure(this.#error ?? { code: 'closed', message: 'the subscription was closed' }))
    if (status === 'closed') return
    promise.catch(() => undefined)
    this.#settled = Promise.withResolvers()
    this.#settled.promise.catch(() => undefined)
  }
}

/** As something to throw. */
export function failure({ code, message, cause }: ClientError): Error & { code: string } {
  return Object.assign(new Error(message, { cause }), { code })
}
