/** How long what was pushed took at each stage. */
import type { StageTimes } from '../control/metrics.ts'
import { moment, type Passed } from '../events/passed.ts'
import { Unread } from '../telemetry/unread.ts'

/** An hour of blocks at two and a half a second. */
const MOST = 10_000

export class Stages {
  /** For whoever scrapes. */
  readonly unscraped = new Unread<StageTimes>(MOST)
  /** For the dashboard. */
  readonly unshown = new Unread<StageTimes>(MOST)

  /** Called when it was written to clients, by the doors that have any. */
  published({ asked, fetched, decoded = fetched, committed = decoded }: Passed, doors: readonly string[]): void {
    const now = moment()
    const stages = {
      fetch: fetched - asked,
      decode: decoded - fetched,
      commit: committed - decoded,
      publish: now - committed,
    }
    const times = { stages, delivery: now - fetched, doors }
    this.unscraped.push(times)
    this.unshown.push(times)
  }
}
