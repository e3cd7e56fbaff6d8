/** How far a long catching-up is, for one line every few seconds. */

export interface ProgressLine {
  height: number
  head: number
  /** Of the way from where it began to the head, 0–100. */
  percent: number
  blocksPerSecond: number
  eventsPerSecond: number
  /** Seconds until the head at this pace; null while it can't be told. */
  etaSeconds: number | null
}

/** Answers the line for the time since it was last asked. */
export function progressMeter(from: number): (height: number, head: number, events: number) => ProgressLine {
  let last = { at: performance.now(), height: from, events: 0 }
  return (height, head, events) => {
    const at = performance.now()
    const seconds = Math.max(0.001, (at - last.at) / 1_000)
    const blocksPerSecond = (height - last.height) / seconds
    const line = {
      ...{ height, head, percent: head > from ? Math.round((1_000 * (height - from)) / (head - from)) / 10 : 100 },
      blocksPerSecond: Math.round(blocksPerSecond),
      eventsPerSecond: Math.round((events - last.events) / seconds),
      etaSeconds: blocksPerSecond > 0 ? Math.round((head - height) / blocksPerSecond) : null,
    }
    last = { at, height, events }
    return line
  }
}
