/** A clock that only a test moves, and a gate as simple as one can be. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../src/tasks/clock.ts'
import type { Gate } from '../../src/tasks/gate.ts'
import type { TaskPlan } from '../../src/tasks/plan.ts'
import type { TaskRecord } from '../../src/tasks/record.ts'
import { Schedule, type ScheduleOptions } from '../../src/tasks/schedule.ts'
import type { TaskEvent } from '../../src/tasks/types.ts'

/** ms since 1970 at which every test's clock begins. */
export const BEGIN = Date.UTC(2026, 0, 1)

export class FakeClock implements Clock {
  #now = 0
  /** How far the wall clock is off, ms. */
  offset = BEGIN
  readonly #timers = new Set<{ at: number; call: () => void }>()

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#now + this.offset
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), call }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Lets the time go by, timer after timer, and what follows from each happen. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await settled()
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.call()
    }
    this.#now = end
    await settled()
  }
}

/** Promises that can settle have settled. */
export async function settled(): Promise<void> {
  await turn()
  await turn()
}

export function simpleGate(slots: number): Gate {
  const queue: (() => Promise<void>)[] = []
  let running = 0
  const next = (): void => {
    const job = running < slots ? queue.shift() : undefined
    if (!job) return
    running++
    void job().then(() => {
      running--
      next()
    })
  }
  return {
    enter: (_, job) => {
      queue.push(job)
      next()
    },
    get waiting() {
      return queue.length
    },
    get running() {
      return running
    },
    close: () => undefined,
  }
}

export const plan = (id: string, more: Partial<TaskPlan> = {}): TaskPlan => ({
  ...{
    id,
    name: id,
    interval: 10_000,
    priority: 'medium',
    enabled: true,
    maxRetries: 1,
    timeout: 5_000,
    refreshOn: [],
  },
  ...more,
})

/** A schedule on a clock of its own. `random` is always a half: no jitter. */
export function scheduled(more: Partial<ScheduleOptions> = {}): {
  schedule: Schedule
  clock: FakeClock
  events: TaskEvent[]
} {
  const clock = new FakeClock()
  const events: TaskEvent[] = []
  const schedule = new Schedule({
    ...{ clock, gate: simpleGate(3), retryDelay: 100, records: new Map<string, TaskRecord>() },
    random: () => 0.5,
    event: (event) => events.push(event),
    changed: () => undefined,
    ...more,
  })
  return { schedule, clock, events }
}
