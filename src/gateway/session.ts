/** One client: its door, its subscriptions, its limits. */
import { formatPosition, type Position } from '../events/position.ts'
import { Batch, type Frame } from './frames.ts'
import { idOf, type Message, readMessage } from './incoming.ts'
import { errorFrame } from './outgoing.ts'
import { Refused } from './refusal.ts'
import type { Subscription } from './subscription.ts'

/** What a transport offers the hub. */
export interface Door {
  readonly kind: 'websocket' | 'socket.io'
  /** Writes batches, all at once. */
  write(batches: readonly Batch[]): void
  /** Bytes that wait in this process for the client to read them. */
  buffered(): number
  /** Resolves when less waits than before, or soon. */
  drain(): Promise<void>
  /** Ends the connection with a WebSocket close code (RFC 6455 §7.4) and its reason. */
  close(code: number, reason: string): void
}

export interface SessionLimits {
  /** Messages a second. */
  maxMessagesPerSecond: number
  /** Bytes that may wait for this client before it is closed with `server_busy`. */
  maxBufferedBytes: number
}

/** What the hub does with a message that was read; answers go back through the session. */
export type Handle = (session: Session, message: Message, id: string | undefined) => void

export const CLOSE = { policy: 1008, tooLarge: 1009, restart: 1012, busy: 1013 } as const

export class Session {
  readonly id: string
  readonly door: Door
  readonly subscriptions: Map<string, Subscription> = new Map()
  /** What the client said it has handled. */
  acknowledged: Position | undefined
  readonly #limits: SessionLimits
  readonly #handle: Handle
  readonly #onBusy: () => void
  #pending: Batch[] = []
  #second = 0
  #messages = 0
  #open = true

  constructor(id: string, door: Door, limits: SessionLimits, handle: Handle, onBusy: () => void) {
    this.id = id
    this.door = door
    this.#limits = limits
    this.#handle = handle
    this.#onBusy = onBusy
  }

  get open(): boolean {
    return this.#open
  }

  /** A message as the transport received it: text for JSON, or data that is parsed already. */
  message(raw: unknown): void {
    if (!this.#open) return
    let parsed: unknown
    try {
      parsed = typeof raw === 'string' ? parse(raw) : raw
      this.count()
      this.handle(readMessage(parsed), idOf(parsed))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.send([errorFrame(error.refusal, idOf(parsed))])
    }
  }

  /** Does what a message that was read asks for. @throws Refused */
  handle(message: Message, id?: string): void {
    this.#handle(this, message, id)
  }

  /** Counts one message against the limit. @throws Refused */
  count(): void {
    const second = Math.floor(performance.now() / 1_000)
    this.#messages = second === this.#second ? this.#messages + 1 : 1
    this.#second = second
    if (this.#messages > this.#limits.maxMessagesPerSecond)
      throw new Refused('rate_limited', 'too many messages', { retryAfterMs: 1_000 })
  }

  /** Sends at once. */
  send(frames: readonly Frame[]): void {
    this.queue(new Batch(frames))
    this.flush()
  }

  /** Adds to what the next {@link flush} writes. */
  queue(batch: Batch): void {
    if (this.#open) this.#pending.push(batch)
  }

  /** One write for everything that was queued; a client for whom too much waits is closed, and may come back and resume. */
  flush(): void {
    if (!this.#open || !this.#pending.length) return
    const batches = this.#pending
    this.#pending = []
    if (this.door.buffered() > this.#limits.maxBufferedBytes) {
      this.#onBusy()
      this.close(CLOSE.busy, 'server_busy')
    } else this.door.write(batches)
  }

  /** Resolves when so little waits that a page more does no harm. */
  async drained(): Promise<void> {
    while (this.#open && this.door.buffered() > this.#limits.maxBufferedBytes / 4) await this.door.drain()
  }

  close(code: number, reason: string): void {
    if (!this.#open) return
    this.closed()
    this.door.close(code, reason)
  }

  /** The transport says that the client is gone. */
  closed(): void {
    this.#open = false
    this.#pending = []
    for (const subscription of this.subscriptions.values()) subscription.end()
    this.subscriptions.clear()
  }

  describe(): object {
    const channels = [...new Set([...this.subscriptions.values()].map(({ channel }) => channel.name))]
    return {
      ...{ door: this.door.kind, channels, bufferedBytes: this.door.buffered() },
      acknowledged: this.acknowledged ? formatPosition(this.acknowledged) : null,
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Refused('invalid_message', 'not JSON')
  }
}
