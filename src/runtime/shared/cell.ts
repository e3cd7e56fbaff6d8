/** What an actor tells without being asked, in memory shared with its supervisor: readable while its thread hangs. */
export interface Cell {
  readonly buffer: SharedArrayBuffer
  /** Goes up while the thread's event loop turns. */
  tick: Int32Array
  /** What the actor says it works on (a height, say); 0 before it said anything. */
  progress: Float64Array
}

const PROGRESS_OFFSET = 8

/** How often a healthy thread ticks, ms. */
export const TICK_INTERVAL = 50

/** A new cell, or the view of one made by the other side. */
export function cell(buffer: SharedArrayBuffer = new SharedArrayBuffer(PROGRESS_OFFSET + 8)): Cell {
  return { buffer, tick: new Int32Array(buffer, 0, 1), progress: new Float64Array(buffer, PROGRESS_OFFSET, 1) }
}
