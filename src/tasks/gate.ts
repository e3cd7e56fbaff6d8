/**
 * Who runs next, and how many at the same time: Bottleneck, kept from what it does badly. Its `expiration` frees a slot whose
 * job still runs, so nothing here expires; its `stop()` may never resolve, so it is only disconnected; and a limiter
 * that lets nobody through any more is replaced.
 */
import Bottleneck from 'bottleneck'
import type { Priority } from './types.ts'

export interface Gate {
  /** Runs `job` when it is its turn; its slot is taken until the promise has settled. It must not reject. */
  enter(priority: Priority, job: () => Promise<void>): void
  /** Jobs that wait for their turn. */
  readonly waiting: number
  /** Jobs that have a slot. */
  readonly running: number
  /** Begins nothing any more; what runs is not waited for. */
  close(): void
}

export interface GateOptions {
  /** Most jobs at the same time. */
  slots: number
  /** So long nobody may be let through while nothing runs, ms. Default 5000. */
  patience?: number
  /** Told when the limiter was replaced. Default: nobody. */
  onRebuilt?: () => void
}

interface Job {
  priority: Priority
  work(): Promise<void>
}

/** Bottleneck's own scale: 0 first, 9 last. */
const RANK: Record<Priority, number> = { high: 1, medium: 5, low: 9 }

/** Looks in a row that find it stuck: one alone may follow a moment in which this thread did not run. */
const LOOKS = 4

export function createGate({ slots, patience = 5_000, onRebuilt = () => undefined }: GateOptions): Gate {
  const waiting = new Set<Job>()
  let running = 0
  let limiter = new Bottleneck({ maxConcurrent: slots })
  let stuck = 0

  const pass = async (job: Job): Promise<void> => {
    if (!waiting.delete(job)) return // a limiter that was replaced has come round
    running++
    try {
      await job.work()
    } finally {
      running--
    }
  }
  const submit = (job: Job): void => {
    limiter.schedule({ priority: RANK[job.priority] }, () => pass(job)).catch(() => undefined) // the watch sees to it
  }
  const watch = setInterval(() => {
    stuck = waiting.size > 0 && running === 0 ? stuck + 1 : 0
    if (stuck < LOOKS) return
    stuck = 0
    void limiter.disconnect(false)
    limiter = new Bottleneck({ maxConcurrent: slots })
    for (const job of waiting) submit(job)
    onRebuilt()
  }, patience / LOOKS)
  watch.unref()

  return {
    enter: (priority, work) => {
      const job = { priority, work }
      waiting.add(job)
      submit(job)
    },
    get waiting() {
      return waiting.size
    },
    get running() {
      return running
    },
    close: () => {
      clearInterval(watch)
      waiting.clear()
      void limiter.disconnect(false)
    },
  }
}
