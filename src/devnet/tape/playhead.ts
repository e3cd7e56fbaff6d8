/** Where the tape stands: which heights the node shows, and which of them have results. */
import type { Recording } from '../recording.ts'

/** How the head moves. */
export interface PlayheadOptions {
  /** × recorded speed, by block times; 0 (default) = it stands and moves by {@link Playhead.advance} alone. */
  pace?: number | undefined
  /** Height shown first. Default: the last one with pace 0, else the one before the first transaction: who watches wants to see something. */
  head?: number | undefined
  /**
   * Milliseconds from a new head to its block_results and notice: CometBFT shows a height in `status` before it can
   * answer `block_results` for it (2–131 ms were measured), Sei does not. Default 20 on CometBFT when paced, else 0.
   */
  resultsDelay?: number | undefined
}

export class Playhead {
  readonly #recording: Recording
  readonly #pace: number
  readonly #resultsDelay: number
  readonly #onResults: (height: number) => void
  readonly #timers = new Set<NodeJS.Timeout>()
  #head: number
  #withResults: number

  /** `onResults` hears of each height once, in order, when its results are there. */
  constructor(recording: Recording, options: PlayheadOptions, onResults: (height: number) => void) {
    this.#recording = recording
    this.#pace = options.pace ?? 0
    this.#resultsDelay = options.resultsDelay ?? (this.#pace > 0 && recording.dialect === 'plain' ? 20 : 0)
    this.#onResults = onResults
    this.#head = this.#within(options.head ?? (this.#pace > 0 ? quietLeadIn(recording) : recording.to))
    this.#withResults = this.#head
    if (this.#pace > 0) this.#play(performance.now() - this.#due(this.#head), this.#head + 1)
  }

  get head(): number {
    return this.#head
  }

  /** The highest height whose results are there. */
  get withResults(): number {
    return this.#withResults
  }

  /** Moves the head on, at most to the last height. */
  advance(heights: number): void {
    this.#show(this.#within(this.#head + heights))
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #show(height: number): void {
    this.#head = Math.max(this.#head, height)
    if (this.#resultsDelay === 0) this.#complete(height)
    else this.#after(this.#resultsDelay, () => this.#complete(height))
  }

  #complete(height: number): void {
    while (this.#withResults < height) this.#onResults(++this.#withResults)
  }

  /** Shows `next` when its time has come; `start` is the moment of the first recorded block on our clock. */
  #play(start: number, next: number): void {
    if (next > this.#recording.to) return
    this.#after(Math.max(0, start + this.#due(next) - performance.now()), () => {
      if (next > this.#head) this.#show(next)
      this.#play(start, next + 1)
    })
  }

  /** Milliseconds from the first recorded block to `height`, at this pace. */
  #due(height: number): number {
    return (this.#time(height) - this.#time(this.#recording.from)) / this.#pace
  }

  #time(height: number): number {
    return Date.parse(this.#recording.heights.get(height)?.header.time ?? '')
  }

  #after(milliseconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, milliseconds)
    this.#timers.add(timer)
  }

  #within(height: number): number {
    return Math.min(Math.max(height, this.#recording.from), this.#recording.to)
  }
}

/** The last height before the first transaction; the first height when it holds one itself. */
function quietLeadIn({ heights, from }: Recording): number {
  const busy = [...heights.values()].filter(({ txs }) => txs.length).map(({ height }) => height)
  return busy.length ? Math.max(from, Math.min(...busy) - 1) : from
}
