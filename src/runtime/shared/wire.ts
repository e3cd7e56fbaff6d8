/**
 * The two ends of a wire. A wire is one MessagePort pair per pair of generations; the objects here outlive them:
 * when a peer is reborn the port inside is swapped and the loops that use the wire never notice.
 *
 * Frames from sender to receiver are `[generation, item]`, back come `[generation, n]`: n items are handled, n credits free.
 */
import type { MessagePort, Transferable } from 'node:worker_threads'

/** What flows, from whom, to whom. `credit` is how many items may be on their way or in work, at most. */
export interface WireSpec<T> {
  readonly from: string
  readonly to: string
  readonly credit: number
  /** Only for the types: never set. */
  readonly item?: T
}

export type Wires = Readonly<Record<string, WireSpec<unknown>>>

/** Declares a wire: `wire<Block>()({ from: 'fetcher', to: 'decoder', credit: 64 })`. */
export function wire<T>(): (spec: { from: string; to: string; credit: number }) => WireSpec<T> {
  return (spec) => spec
}

/** The new end a thread is given at birth, or when its peer is reborn. */
export interface WireEnd {
  wire: string
  side: 'in' | 'out'
  generation: number
  credit: number
  port: MessagePort
  /** {@link Gauge}, shared by both ends and the supervisor. */
  gauge: SharedArrayBuffer
}

/** Where a wire stands, readable by the supervisor while either end hangs. */
export interface Gauge {
  /** Items sent over these ports. */
  sent: number
  /** Items whose handler has returned. */
  handled: number
  /** Senders that wait for credit. */
  waiting: number
  /** For how long senders have waited for credit, in all, ms. */
  stalledMs: number
}

const SENT = 0
const HANDLED = 1
const WAITING = 2
const STALLED = 3
/** When the senders that wait began to: a {@link clock}. */
const SINCE = 4

/** Memory for a gauge. */
export function gaugeMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(5 * Int32Array.BYTES_PER_ELEMENT)
}

export function readGauge(memory: SharedArrayBuffer): Gauge {
  const [sent = 0, handled = 0, waiting = 0, stalled = 0, since = 0] = new Int32Array(memory)
  return { sent, handled, waiting, stalledMs: stalled + (waiting > 0 ? elapsed(since) : 0) }
}

/** ms; the same on all threads, and wraps around every 50 days. */
function clock(): number {
  return Date.now() | 0
}

function elapsed(since: number): number {
  return Math.max(0, (clock() - since) | 0)
}

type Frame = [generation: number, payload: unknown]

/** The sending end. */
export class Outlet<T> {
  #port: MessagePort | undefined
  #gauge = new Int32Array(gaugeMemory())
  #generation = 0
  #limit = 0
  #inFlight = 0
  #finishing = false
  #waiting: (() => void)[] = []

  /** Items that may be sent now without waiting. */
  get credit(): number {
    return this.#port ? this.#limit - this.#inFlight : 0
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Sends when there is credit; waits for it, and for a peer, as long as it takes. What is in `transfer` is moved, not copied. */
  async send(item: T, transfer: readonly Transferable[] = []): Promise<void> {
    await this.writable()
    this.#post(item, transfer)
  }

  /** Sends if there is credit now; false when there is none, and nothing was sent. */
  trySend(item: T, transfer: readonly Transferable[] = []): boolean {
    if (this.credit < 1) return false
    this.#post(item, transfer)
    return true
  }

  /** Resolves when there is credit. @throws AbortError when the actor stops and the peer is gone: nobody will give any. */
  async writable(): Promise<void> {
    while (this.credit < 1) {
      if (this.#finishing && !this.#port) throw new DOMException('the peer is gone and this actor stops', 'AbortError')
      await new Promise<void>((resolve) => this.#wait(resolve))
    }
  }

  /** Goes on over a new port: the peer was reborn, what it had not handled is gone with it. */
  attach({ port, generation, credit, gauge }: WireEnd): void {
    this.#port?.close()
    this.#port = port
    this.#gauge = new Int32Array(gauge)
    Atomics.store(this.#gauge, SINCE, clock()) // who waits since before has been counted in the gauge before
    this.#generation = generation
    this.#limit = credit
    this.#inFlight = 0
    port.on('message', ([from, handled]: Frame) => {
      if (from !== this.#generation) return
      this.#inFlight -= handled as number
      this.#wake()
    })
    port.on('close', () => {
      if (this.#port !== port) return
      this.#port = undefined
      this.#wake()
    })
    this.#wake()
  }

  /** The actor stops: who waits for a peer that is gone is not kept waiting for the next one. */
  finish(): void {
    this.#finishing = true
    this.#wake()
  }

  close(): void {
    this.#port?.close()
    this.#port = undefined
  }

  #post(item: T, transfer: readonly Transferable[]): void {
    this.#inFlight += 1
    Atomics.add(this.#gauge, SENT, 1)
    const frame: Frame = [this.#generation, item]
    this.#port?.postMessage(frame, transfer)
  }

  #wait(resume: () => void): void {
    if (!this.#waiting.length) Atomics.store(this.#gauge, SINCE, clock())
    this.#waiting.push(resume)
    Atomics.store(this.#gauge, WAITING, this.#waiting.length)
  }

  #wake(): void {
    if (this.#waiting.length) Atomics.add(this.#gauge, STALLED, elapsed(Atomics.load(this.#gauge, SINCE)))
    Atomics.store(this.#gauge, WAITING, 0)
    for (const resume of this.#waiting.splice(0)) resume()
  }
}

interface Waiting<T> {
  item: T
  port: MessagePort
  generation: number
}

/** The receiving end. An item's credit goes back when its handler has returned. */
export class Inlet<T> {
  #port: MessagePort | undefined
  #gauge = new Int32Array(gaugeMemory())
  #generation = 0
  #queue: Waiting<T>[] = []
  #arrived: (() => void) | undefined
  #work: Promise<unknown> = Promise.resolve()
  #finishing = false

  /** Items that arrived and are not in work yet. */
  get waiting(): number {
    return this.#queue.length
  }

  /** Handles item after item, one at a time, for ever. Rejects with what the handler throws. */
  async each(handle: (item: T) => unknown): Promise<never> {
    return await this.eachBatch((items) => handle(items[0] as T), 1)
  }

  /** Handles everything that waits, at most `limit` items, in one go; their credits go back together. */
  async eachBatch(handle: (items: T[]) => unknown, limit: number = Number.POSITIVE_INFINITY): Promise<never> {
    for (;;) {
      while (this.#queue.length === 0 || this.#finishing)
        await new Promise<void>((resolve) => (this.#arrived = resolve))
      const batch = this.#queue.splice(0, limit)
      await this.#begin(() => handle(batch.map(({ item }) => item)))
      this.#acknowledge(batch)
    }
  }

  /** Begins nothing any more; resolves when what is in work has ended. */
  async finish(): Promise<void> {
    this.#finishing = true
    await this.#work
  }

  /** Goes on over a new port: the sender was reborn. What it had sent before and nobody has begun is dropped. */
  attach({ port, generation, gauge }: WireEnd): void {
    this.#port?.close()
    this.#queue = []
    this.#port = port
    this.#gauge = new Int32Array(gauge)
    this.#generation = generation
    port.on('message', ([from, item]: Frame) => {
      if (from !== this.#generation) return
      this.#queue.push({ item: item as T, port, generation })
      this.#arrived?.()
    })
  }

  close(): void {
    this.#port?.close()
    this.#port = undefined
  }

  /** Remembered until it has settled; that it failed is the loop's to tell. */
  #begin(handle: () => unknown): Promise<unknown> {
    const work = (async () => await handle())()
    this.#work = work.catch(() => undefined)
    return work
  }

  #acknowledge(batch: Waiting<T>[]): void {
    const current = batch.filter(({ generation }) => generation === this.#generation).length
    if (!current) return
    Atomics.add(this.#gauge, HANDLED, current)
    this.#port?.postMessage([this.#generation, current] satisfies Frame)
  }
}
