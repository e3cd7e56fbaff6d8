/**
 * What waits to be told to the other side. Sending never blocks and never throws: without credit it waits here, and
 * beyond a bound the oldest is dropped and counted (D16). The other side then has a gap, and `onGap` mends it.
 */
import type { Outlet } from '../runtime/index.ts'

/** The outlet of a wire, as far as it is needed. */
export type Post<T> = Pick<Outlet<T[]>, 'credit' | 'trySend' | 'writable'>

/** Messages in one item. */
const BATCH = 500
const MOST = 10_000
/** Dropped at once, so that a full queue does not move with every message. */
const DROPPED = 1_000

export class Outbox<T> {
  readonly #post: Post<T>
  readonly #onGap: () => void
  #queue: T[] = []
  #rest: Iterator<T> | undefined
  #waiting = false
  #gap = false
  #closed = false
  dropped = 0

  constructor(post: Post<T>, onGap: () => void) {
    this.#post = post
    this.#onGap = onGap
  }

  /** Without credit nobody is there, or they are far behind. */
  get reachable(): boolean {
    return this.#post.credit > 0
  }

  push(message: T): void {
    this.#queue.push(message)
    if (this.#queue.length <= MOST) return
    this.#queue.splice(0, DROPPED)
    this.dropped += DROPPED
    this.#gap = true
  }

  /** Tells all of these, too, when there is nothing else to tell: instead of those given before. */
  pour(messages: Iterator<T>): void {
    this.#rest = messages
  }

  /** Sends what there is credit for; the rest follows by itself. */
  flush(): void {
    if (this.#closed || this.#waiting) return
    while (this.#post.credit > 0) {
      const batch = this.#batch()
      if (batch.length === 0) return
      this.#post.trySend(batch)
    }
    if (this.#queue.length || this.#rest) this.#wait()
  }

  close(): void {
    this.#closed = true
  }

  #batch(): T[] {
    const batch = this.#queue.splice(0, BATCH)
    while (this.#rest && batch.length < BATCH) {
      const { done, value } = this.#rest.next()
      if (done) this.#rest = undefined
      else batch.push(value)
    }
    if (batch.length === 0 && this.#gap) {
      this.#gap = false
      this.#onGap()
    }
    return batch
  }

  #wait(): void {
    this.#waiting = true
    this.#post.writable().then(
      () => {
        this.#waiting = false
        this.flush()
      },
      () => undefined, // this thread stops
    )
  }
}
