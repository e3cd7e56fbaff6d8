/** Tasks as those who use them see them: surface §1 and §5. */

export type Priority = 'high' | 'medium' | 'low'

/** A task whose handler runs where it was registered; the scheduler owns its timetable. */
export interface TaskDefinition {
  id: string
  name: string
  /** ms */
  interval: number
  /** Default `medium`. */
  priority?: Priority
  /** Default true. */
  enabled?: boolean
  /** Tries of one run. Default 3. */
  maxRetries?: number
  /** Longest run, ms. Default: `pollingConfig.defaultTimeout`. */
  timeout?: number
  /** It also runs early, at most once a second, when one of these tags changed. Default: none. */
  refreshOn?: readonly string[]
  /** Exactly one of `handler` and `module` (a `file:` URL whose default export is the handler; it runs on the scheduler). */
  handler?: (context: { signal: AbortSignal }) => unknown
  module?: URL | string
}

/** One try of a run. Times are ms since 1970. */
export interface TaskRun {
  startedAt: number
  durationMs: number
  trigger: 'interval' | 'tags' | 'manual' | 'catch-up' | 'retry'
  outcome: 'ok' | 'error' | 'timeout' | 'aborted'
  error: string | null
}

/** A task as it stands. Times are ms since 1970, null before the first. */
export interface TaskState {
  id: string
  name: string
  interval: number
  priority: Priority
  /** The operator's switch. */
  enabled: boolean
  /** `open`: it failed again and again and is tried after ever longer pauses; `half-open`: one try is under way. */
  circuit: 'closed' | 'open' | 'half-open'
  lastRun: number | null
  nextRun: number | null
  /** Tries that ended, well or not; `errorCount`: those that failed. */
  runCount: number
  errorCount: number
  maxRetries: number
  timeout: number
  isRunning: boolean
  /** What runs is past its timeout and has not ended: the task keeps its slot, and does not run again, until it has. */
  isZombie: boolean
  /** Of the last run, null when it went well. Also what a thread died of while it ran this task. */
  lastError: string | null
  lastDurationMs: number | null
  /** Newest last, at most 20. */
  history: TaskRun[]
}

export interface TaskStats {
  totalTasks: number
  enabledTasks: number
  runningTasks: number
  zombies: number
  runCount: number
  errorCount: number
}

/**
 * What the scheduler says as it happens: a run went well; a try failed; a run failed, all its tries used up; a look for what
 * is stuck (`stuck`: tasks past their timeout that have not ended; `rebuilt`: the gate let nobody through and was replaced).
 */
export type TaskEvent =
  | { kind: 'completed'; id: string; result: unknown; durationMs: number }
  | { kind: 'error'; id: string; error: string; attempt: number }
  | { kind: 'failed'; id: string; error: string }
  | { kind: 'health'; stuck: string[]; rebuilt: boolean }

/** The scheduler from main. Reads are synchronous, from the last state it told. */
export interface Polling {
  /** @throws CodedError `E_TASK_EXISTS`; `E_TASK_INVALID` */
  addTask(task: TaskDefinition): void
  /** False when there is none. */
  removeTask(id: string): boolean
  enableTask(id: string): boolean
  disableTask(id: string): boolean
  /** @throws CodedError `E_TASK_INVALID` */
  updateTask(id: string, changes: Partial<Omit<TaskDefinition, 'id'>>): boolean
  getTask(id: string): TaskState | null
  getAllTasks(): TaskState[]
  getTaskStats(): TaskStats
  /** Runs it now and answers what it returned; a run under way is joined. @throws CodedError `E_NO_TASK`; what the task threw */
  runTaskNow(id: string): Promise<unknown>
  /** Called with what happens. */
  onEvent(listener: (event: TaskEvent) => void): void
}
