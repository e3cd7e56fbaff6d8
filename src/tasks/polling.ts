/** The scheduler as main has it: what is asked for is kept here, what is read is what the scheduler told last. */
import { ActorDown, type ActorRef, CodedError, type Outlet } from '../runtime/index.ts'
import { Closures } from './closures.ts'
import { defined } from './definition.ts'
import type { TaskPlan } from './plan.ts'
import type { DeclaredTask, FromScheduler, SchedulerQuestions, ToScheduler } from './questions.ts'
import { newRecord } from './record.ts'
import { LONGEST_BACKOFF } from './retry.ts'
import type { Polling, TaskDefinition, TaskEvent, TaskState } from './types.ts'

export interface PollingOptions {
  /** Longest run of a task that says nothing of it, ms. */
  defaultTimeout(): number
  /** Told what an operator should know. Default: nobody. */
  warn?: (message: string) => void
}

/** {@link Polling}, and what ties it to a running scheduler. Without one it keeps what it is told until there is one. */
export interface MainPolling extends Polling {
  /** A scheduler runs, or is about to. */
  attach(scheduler: ActorRef<SchedulerQuestions>, results: Outlet<ToScheduler>): void
  /** It runs no more. */
  detach(): void
  /** Takes an item of the wire `task-events`. */
  told(item: FromScheduler): void
}

/** How much longer than a run's own deadlines a run by hand is waited for: for slots, and for the thread, ms. */
const PATIENCE = 30_000
/** The scheduler keeps that deadline itself; only a scheduler that hangs is found by the question's own, ms. */
const GRACE = 5_000

export function createPolling({ defaultTimeout, warn = () => undefined }: PollingOptions): MainPolling {
  const definitions = new Map<string, TaskDefinition>()
  const declared = new Map<string, DeclaredTask>()
  const changes = new Map<string, Partial<TaskPlan>>()
  const switches = new Map<string, boolean>()
  const removed = new Set<string>()
  const closures = new Closures()
  const listeners = new Set<(event: TaskEvent) => void>()
  let link: { scheduler: ActorRef<SchedulerQuestions>; results: Outlet<ToScheduler> } | undefined
  let app = new Set<string>()
  let told = new Map<string, TaskState>()
  let undeclared = false

  const isApps = (id: string): boolean => app.has(id) && !removed.has(id)
  const known = (id: string): boolean => declared.has(id) || isApps(id)
  const state = (id: string): TaskState | null => {
    const { plan } = declared.get(id) ?? {}
    const last = told.get(id) ?? (plan && stateOf(plan))
    if (!known(id) || !last) return null
    const { name, interval, priority, maxRetries, timeout } = { ...last, ...plan, ...changes.get(id) }
    const enabled = switches.get(id) ?? last.enabled
    return { ...last, name, interval, priority, maxRetries, timeout, enabled, nextRun: enabled ? last.nextRun : null }
  }
  const states = (): TaskState[] => [...new Set([...app, ...declared.keys()])].flatMap((id) => state(id) ?? [])

  const declare = (): void => {
    if (!undeclared) return
    undeclared = false
    link?.scheduler.tell.declare({
      ...{ tasks: [...declared.values()], removed: [...removed] },
      ...{ changes: Object.fromEntries(changes), switches: Object.fromEntries(switches) },
    })
  }
  /** Told in one go what is asked for in one go. */
  const wish = (): void => {
    undeclared = true
    queueMicrotask(declare)
  }
  const put = (definition: TaskDefinition): void => {
    const { plan, handler, module } = defined(definition, defaultTimeout())
    const { id } = plan
    definitions.set(id, definition)
    declared.set(id, { plan, module })
    if (handler) closures.set(id, handler)
    else closures.delete(id)
  }
  const set = (id: string, enabled: boolean): boolean => {
    if (!known(id)) return false
    switches.set(id, enabled)
    wish()
    return true
  }
  const answer = (item: ToScheduler): void => {
    link?.results.send(item).catch(() => undefined) // nobody waits for it any more
  }

  return {
    addTask: (task) => {
      defined(task, defaultTimeout())
      const { id } = task
      if (known(id)) throw new CodedError('E_TASK_EXISTS', `there is a task ${id} already: choose another id`)
      put(task)
      told.delete(id)
      switches.delete(id)
      wish()
    },
    removeTask: (id) => {
      if (!known(id)) return false
      if (!declared.delete(id)) removed.add(id)
      definitions.delete(id)
      closures.delete(id)
      for (const each of [told, changes, switches]) each.delete(id)
      wish()
      return true
    },
    enableTask: (id) => set(id, true),
    disableTask: (id) => set(id, false),
    updateTask: (id, given) => {
      const now = state(id)
      if (!now) return false
      const { enabled, ...rest } = withoutUndefined(given)
      const definition = definitions.get(id)
      if (definition) {
        const { handler, module, ...kept } = definition
        const where = 'handler' in rest || 'module' in rest ? {} : withoutUndefined({ handler, module })
        put({ ...kept, ...where, ...rest, id, enabled: enabled ?? definition.enabled ?? true })
      } else {
        if ('handler' in rest || 'module' in rest)
          throw new CodedError('E_TASK_INVALID', `the task ${id} is the app's: its handler cannot be changed`)
        const { name, interval, priority, maxRetries, timeout } = now
        const whole = { id, name, interval, priority, maxRetries, timeout, ...rest, handler: () => undefined }
        defined({ ...whole, enabled: enabled ?? true }, defaultTimeout())
        changes.set(id, { ...changes.get(id), ...(rest as Partial<TaskPlan>) })
      }
      if (enabled !== undefined) switches.set(id, enabled)
      wish()
      return true
    },
    getTask: state,
    getAllTasks: states,
    getTaskStats: () => {
      const all = states()
      const count = (which: (task: TaskState) => boolean): number => all.filter(which).length
      return {
        ...{ totalTasks: all.length, enabledTasks: count(({ enabled }) => enabled) },
        ...{ runningTasks: count(({ isRunning }) => isRunning), zombies: count(({ isZombie }) => isZombie) },
        runCount: all.reduce((sum, { runCount }) => sum + runCount, 0),
        errorCount: all.reduce((sum, { errorCount }) => sum + errorCount, 0),
      }
    },
    runTaskNow: async (id) => {
      const task = state(id)
      if (!task)
        throw new CodedError(
          'E_NO_TASK',
          `there is no task ${id}; there are: ${states()
            .map((each) => each.id)
            .join(', ')}`,
        )
      if (!link) throw new ActorDown('scheduler', 'down')
      declare() // it may be of this very moment
      const within = (task.timeout + LONGEST_BACKOFF) * task.maxRetries + PATIENCE
      return await link.scheduler.within(within + GRACE).ask.run(id, within)
    },
    onEvent: (listener) => void listeners.add(listener),

    attach: (scheduler, results) => {
      link = { scheduler, results }
    },
    detach: () => {
      link = undefined
      closures.abortAll()
      told = new Map([...told].map(([id, last]) => [id, { ...last, isRunning: false, isZombie: false }]))
    },
    told: (item) => {
      if (item.kind === 'hello') {
        closures.abortAll()
        app = new Set(item.app)
        undeclared = true
        declare()
      } else if (item.kind === 'states') {
        for (const each of item.changed) if (known(each.id)) told.set(each.id, each)
        for (const id of item.gone) told.delete(id)
      } else if (item.kind === 'event') for (const listener of listeners) listener(item.event)
      else if (item.kind === 'warning') warn(item.message)
      else if (item.kind === 'run') void closures.run(item, answer)
      else closures.abort(item)
    },
  }
}

/** A task that has not run yet. */
function stateOf({ refreshOn, ...plan }: TaskPlan): TaskState {
  const { failures, ...record } = newRecord()
  return { ...record, ...plan, circuit: 'closed', isRunning: false, isZombie: false }
}

function withoutUndefined<T extends object>(given: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never
}
