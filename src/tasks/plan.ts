/** What a task is told of itself, and of its surroundings. */
import type { Clock } from './clock.ts'
import type { Gate } from './gate.ts'
import type { Priority, TaskEvent } from './types.ts'

/** A task's definition with every default in place. */
export interface TaskPlan {
  id: string
  name: string
  /** ms */
  interval: number
  priority: Priority
  /** Whether it runs while no operator has said anything else. */
  enabled: boolean
  /** Tries of one run. */
  maxRetries: number
  /** Longest try, ms. */
  timeout: number
  refreshOn: readonly string[]
}

/** What a task needs of its surroundings. */
export interface TaskHouse {
  clock: Clock
  /** 0 to 1. */
  random(): number
  gate: Gate
  /** Before the second try of a run, ms. */
  retryDelay: number
  event(event: TaskEvent): void
  /** Told whenever its state is another, and it may want to be looked at. */
  changed(id: string): void
}
