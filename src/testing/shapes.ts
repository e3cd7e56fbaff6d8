/** What the kit says to threads, over one BroadcastChannel: an order, until a thread says that it took it. */

/** What a thread can be told to do. */
export type Shape =
  /** An endless loop. */
  | 'hang'
  /** An endless chain of microtasks. */
  | 'microtasks'
  /** Waits in `Atomics.wait`, for ever. */
  | 'wait'
  /** Blocks in native code for `milliseconds`. */
  | 'native'
  /** Handles nothing any more: what it awaits never comes. */
  | 'never'
  | 'throw'
  | 'exit'
  /** Fills its heap by some 25 MB a second. */
  | 'leak'

export interface Order {
  kind: 'order'
  id: string
  /** The actor's name; `pool`: whichever thread of a pool comes first. */
  thread: string
  shape: Shape
  /** How long `native` blocks. */
  milliseconds: number
}

export interface Taken {
  kind: 'taken'
  id: string
}

export const CHANNEL = 'seiche.chaos'

/** An order is repeated until it is taken, ms. */
export const AGAIN = 20

/** Between a thread's taking an order, when it stops answering, and its carrying it out, ms: time to put questions to it. */
export const FUSE = 300
