/** How long what was pushed took at each stage, kept until somebody reads it. */
import type { StageTimes } from '../control/metrics.ts'
import { moment, type Passed } from '../events/passed.ts'

/** Unread ones beyond this go, the oldest first: an hour of blocks at two and a half a second. */
const MOST = 10_000

export class Stages {
  #unread: StageTimes[] = []

  /** Called when it was written to clients, by the doors that have any. */
  published({ asked, fetched, decoded = fetched, committed = decoded }: Passed, doors: readonly string[]): void {
    const now = moment()
    const stages = {
      fetch: fetched - asked,
      decode: decoded - fetched,
      commit: committed - decoded,
      publish: now - committed,
    }
    this.#unread.push({ stages, delivery: now - fetched, doors })
    if (this.#unread.length > MOST) this.#unread.splice(0, MOST / 2)
  }

  /** What came since this was read before. */
  read(): readonly StageTimes[] {
    const unread = this.#unread
    this.#unread = []
    return unread
  }
}
