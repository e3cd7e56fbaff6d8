/**
 * What main and the scheduler say to each other. Main tells all it wants at once, each time, so nothing is lost when one of
 * the two is reborn: at its birth the scheduler says hello, and main answers with {@link Wishes}.
 */
import type { PlainError } from '../runtime/shared/plain-error.ts'
import type { TaskPlan } from './plan.ts'
import type { TaskEvent, TaskState } from './types.ts'

/** A task that main declares. */
export interface DeclaredTask {
  plan: TaskPlan
  /** URL of the module whose default export is the handler; null: the handler is a closure on main. */
  module: string | null
}

/** All that main wants of the scheduler. */
export interface Wishes {
  /** What main has declared before and is not among these is removed. */
  tasks: DeclaredTask[]
  /** Tasks of the app to remove. */
  removed: string[]
  /** Tasks of the app to change. */
  changes: Record<string, Partial<TaskPlan>>
  /** The operator's switches, by id of any task. */
  switches: Record<string, boolean>
}

/** The actor `scheduler`. */
export interface SchedulerQuestions {
  declare(wishes: Wishes): void
  /**
   * Runs a task now, or joins its run under way; answers what it returned.
   * @param within ms
   * @throws CodedError `E_NO_TASK`; `E_TASK_ZOMBIE`; `E_TASK_DEADLINE` without an outcome in time; `E_TASK_RESULT` when what
   *   it returned cannot cross threads; what the task threw
   */
  run(id: string, within: number): Promise<unknown>
}

/** Items of the wire `task-events`. */
export type FromScheduler =
  /** A scheduler was born; these tasks are the app's. */
  | { kind: 'hello'; app: string[] }
  | { kind: 'states'; changed: TaskState[]; gone: string[] }
  | { kind: 'event'; event: TaskEvent }
  | { kind: 'warning'; message: string }
  /** Run the closure of this task; `ticket` names this run in what follows. */
  | { kind: 'run'; id: string; ticket: string }
  | { kind: 'abort'; ticket: string; reason: PlainError }

/** Items of the wire `task-results`: how a closure's run has ended. */
export type ToScheduler =
  | { kind: 'result'; ticket: string; result: unknown }
  /** It went well, but what it returned cannot cross threads. */
  | { kind: 'opaque'; ticket: string; reason: string }
  | { kind: 'error'; ticket: string; error: PlainError }
