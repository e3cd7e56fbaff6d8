/** Which entries were read lately, so that whoever evicts knows: told at most every 100 ms, or with the next write. */
import type { Entry } from './entry.ts'

const PERIOD = 100

export class Usage {
  readonly #report: () => void
  #entries: Entry[] = []
  #reads = 0
  #again = false
  #timer: NodeJS.Timeout | undefined

  constructor(report: () => void) {
    this.#report = report
  }

  note(entry: Entry): void {
    if (entry.used === 0) {
      this.#entries.push(entry)
      this.#timer ??= setTimeout(this.#report, PERIOD).unref()
    } else this.#again = true
    entry.used = ++this.#reads
  }

  /** In the order of their last use. */
  take(): Entry[] {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#entries.length === 0) return this.#entries
    const entries = this.#entries
    if (this.#again) entries.sort((a, b) => a.used - b.used)
    this.#again = false
    this.#entries = []
    for (const entry of entries) entry.used = 0
    return entries
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
