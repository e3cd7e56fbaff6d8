/** What an actor tells without being asked, in memory shared with its supervisor: readable while its thread hangs. */
export interface Cell {
  readonly buffer: SharedArrayBuffer
  /** Goes up while the thread's event loop turns. */
  tick: Int32Array
  /** Goes up each time the actor says what it works on. */
  moves: Int32Array
  /** 1 while the actor says that it has work, beside what waits on its wires. */
  busy: Int32Array
  /** What the actor says it works on, and which part of that (a height and a transaction, say); 0 before it said anything. */
  progress: Float64Array
  /** How late the last ticks came, ms: that of tick n at n modulo their number. */
  lags: Float32Array
}

/** How often a healthy thread ticks, ms. */
export const TICK_INTERVAL = 50

/** Three, and one that keeps the numbers behind them aligned. */
const INTS = 4
const LAGS_AT = INTS * Int32Array.BYTES_PER_ELEMENT + 2 * Float64Array.BYTES_PER_ELEMENT
/** Of ten seconds. */
const LAGS = 200
const SIZE = LAGS_AT + LAGS * Float32Array.BYTES_PER_ELEMENT

/** A new cell, or the view of one made by the other side. */
export function cell(buffer: SharedArrayBuffer = new SharedArrayBuffer(SIZE)): Cell {
  const int = (index: number): Int32Array => new Int32Array(buffer, index * Int32Array.BYTES_PER_ELEMENT, 1)
  return {
    buffer,
    tick: int(0),
    moves: int(1),
    busy: int(2),
    progress: new Float64Array(buffer, INTS * Int32Array.BYTES_PER_ELEMENT, 2),
    lags: new Float32Array(buffer, LAGS_AT, LAGS),
  }
}

/** Ticks every {@link TICK_INTERVAL}, and notes how late. Answers what ends it. */
export function keepTicking({ tick, lags }: Cell): () => void {
  let last = performance.now()
  const heart = setInterval(() => {
    const now = performance.now()
    lags[(tick[0] ?? 0) % lags.length] = Math.max(0, now - last - TICK_INTERVAL)
    Atomics.add(tick, 0, 1)
    last = now
  }, TICK_INTERVAL)
  return () => clearInterval(heart)
}

/** How the supervising thread shows that it lives. */
export interface Heartbeat {
  readonly buffer: SharedArrayBuffer
  tick: Int32Array
  /** 1 while a debugger is attached: a thread that stands still is then no illness. */
  debugged: Int32Array
}

/** A new heartbeat, or the view of one made by the other side. */
export function heartbeat(buffer: SharedArrayBuffer = new SharedArrayBuffer(8)): Heartbeat {
  return { buffer, tick: new Int32Array(buffer, 0, 1), debugged: new Int32Array(buffer, 4, 1) }
}
