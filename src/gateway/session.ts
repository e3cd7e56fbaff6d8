/** One client: its door, its subscriptions, its limits. */
import { compare, formatPosition, type Position } from '../events/position.ts'
import { Batch, type Frame } from './frames.ts'
import type { Handshake } from './handshake.ts'
import { idOf, type Message, readMessage } from './incoming.ts'
import { errorFrame } from './outgoing.ts'
import { type Refusal, Refused } from './refusal.ts'
import type { Subscription } from './subscription.ts'
import type { Tally } from './tally.ts'
import { Turns } from './turns.ts'

/** What a transport offers the hub. */
export interface Door {
  readonly handshake: Handshake
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

/** How a message ended, for doors that acknowledge. */
export type Acknowledgement =
  | { ok: true; channel?: string; position?: string; recovered?: boolean }
  | { ok: false; error: Refusal }

/** What a handled message answers beside its frames. */
export type Answer = Omit<Extract<Acknowledgement, { ok: true }>, 'ok'>

/** What holds for every session of a hub. */
export interface SessionRules {
  limits: SessionLimits
  tally: Tally
  /** Does what a message asks for; answers go back through the session. @throws Refused */
  handle(session: Session, message: Message, id: string | undefined): Answer | Promise<Answer>
  /** Told what went wrong in us while a message was handled. */
  onFault(error: unknown): void
}

export const CLOSE = { policy: 1008, tooLarge: 1009, restart: 1012, busy: 1013 } as const

/** Share of the byte cap that may wait before history pauses and views wait for newer ones. */
const FULL_ENOUGH = 1 / 4

export class Session {
  readonly id: string
  readonly door: Door
  readonly subscriptions: Map<string, Subscription> = new Map()
  readonly #rules: SessionRules
  readonly #turns = new Turns()
  /** What only matters in its newest version and waits for a slow client, by what it shows. */
  #held: Map<string, Frame> | undefined
  #acknowledged: Position | undefined
  #releasing: Promise<void> | undefined
  #pending: Batch[] = []
  #second = 0
  #messages = 0
  #open = true

  constructor(id: string, door: Door, rules: SessionRules) {
    this.id = id
    this.door = door
    this.#rules = rules
  }

  get open(): boolean {
    return this.#open
  }

  /** A message as the transport received it: text for JSON, or data that is parsed already. One after the other, in order. */
  message(raw: unknown, acknowledge: (how: Acknowledgement) => void = () => undefined): void {
    if (!this.#open) return
    let id: string | undefined
    const refuse = (error: unknown): void => this.#refuse(error, id, acknowledge)
    try {
      const parsed = typeof raw === 'string' ? parse(raw) : raw
      id = idOf(parsed)
      this.#count()
      this.#turns.take(() => {
        try {
          const answer = this.#rules.handle(this, readMessage(parsed), id)
          if (answer instanceof Promise) return answer.then((more) => acknowledge({ ok: true, ...more })).catch(refuse)
          acknowledge({ ok: true, ...answer })
        } catch (error) {
          refuse(error)
        }
        return undefined
      })
    } catch (error) {
      refuse(error)
    }
  }

  /** Takes what the client says it has handled; beyond `head` nothing can have been. */
  acknowledge(position: Position, head: Position): void {
    const reached = compare(position, head) > 0 ? head : position
    if (!this.#acknowledged || compare(reached, this.#acknowledged) > 0) this.#acknowledged = reached
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
    if (this.door.buffered() > this.#rules.limits.maxBufferedBytes) this.overwhelmed()
    else this.#write(batches)
  }

  /** Sends what a newer version makes worthless. For a client that is slow it waits, and only the newest is kept. */
  show(key: string, channel: string, frame: Frame): void {
    if (!this.#open) return
    if (!this.#held?.size && !this.#full) {
      this.send([frame])
      return
    }
    this.#held ??= new Map()
    if (this.#held.has(key)) this.#rules.tally.conflated(channel)
    this.#held.set(key, frame)
    this.#releasing ??= this.#release().finally(() => {
      this.#releasing = undefined
    })
  }

  /** What waits under `key` is not wanted any more. */
  forget(key: string): void {
    this.#held?.delete(key)
  }

  /** Resolves when so little waits that a page more does no harm, and at most `most` bytes. */
  async drained(most = Number.POSITIVE_INFINITY): Promise<void> {
    while (this.#open && (this.#full || this.door.buffered() > most)) await this.door.drain()
  }

  /** It cannot be served at its pace: it may come back, and resume where it was. */
  overwhelmed(): void {
    if (!this.#open) return
    const refusal = { code: 'server_busy' as const, message: 'you do not keep up: come back and resume' }
    this.#write([new Batch([errorFrame({ ...refusal, retryAfterMs: 1_000 })])])
    this.close(CLOSE.busy, 'server_busy')
  }

  close(code: number, reason: string): void {
    if (!this.#open) return
    this.closed(reason)
    this.door.close(code, reason)
  }

  /** The client is gone, and why. */
  closed(reason: string): void {
    if (!this.#open) return
    this.#open = false
    this.#rules.tally.closed(this.door.handshake.door, reason)
    this.#pending = []
    this.#turns.clear()
    this.#held?.clear()
    for (const subscription of this.subscriptions.values()) subscription.end()
    this.subscriptions.clear()
  }

  /** Names of the channels it listens to. */
  channels(): string[] {
    return [...new Set([...this.subscriptions.values()].map(({ channel }) => channel.name))]
  }

  /** What an operator is told; `lag` in blocks behind `height`, null for clients that acknowledge nothing. */
  describe(height: number): object {
    const acknowledged = this.#acknowledged
    return {
      ...{ door: this.door.handshake.door, channels: this.channels(), bufferedBytes: this.door.buffered() },
      acknowledged: acknowledged ? formatPosition(acknowledged) : null,
      lag: acknowledged ? Math.max(0, height - acknowledged.height) : null,
    }
  }

  get #full(): boolean {
    return this.door.buffered() > this.#rules.limits.maxBufferedBytes * FULL_ENOUGH
  }

  #write(batches: readonly Batch[]): void {
    this.#rules.tally.sent(this.door.handshake.door, batches)
    this.door.write(batches)
  }

  /** One at a time: whatever is sent fills what the next has to wait for. */
  async #release(): Promise<void> {
    const held = this.#held
    while (held?.size) {
      await this.drained()
      const [next] = held
      if (!next) return
      held.delete(next[0])
      this.send([next[1]])
    }
  }

  /** Counts one message against the limit; what waits for its turn is limited too. @throws Refused */
  #count(): void {
    const { maxMessagesPerSecond } = this.#rules.limits
    const second = Math.floor(performance.now() / 1_000)
    this.#messages = second === this.#second ? this.#messages + 1 : 1
    this.#second = second
    if (this.#messages <= maxMessagesPerSecond && this.#turns.length < maxMessagesPerSecond) return
    this.#rules.tally.rateLimited += 1
    throw new Refused('rate_limited', 'too many messages', { retryAfterMs: 1_000 })
  }

  #refuse(error: unknown, id: string | undefined, acknowledge: (how: Acknowledgement) => void): void {
    if (!(error instanceof Refused)) this.#rules.onFault(error)
    const refusal =
      error instanceof Refused
        ? error.refusal
        : { code: 'server_busy' as const, message: 'that did not work; try again', retryAfterMs: 1_000 }
    this.send([errorFrame(refusal, id)])
    acknowledge({ ok: false, error: refusal })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Refused('invalid_message', 'not JSON')
  }
}
