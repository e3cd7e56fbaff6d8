/** The questions that the scheduler answers. */
import type { AppTask } from '../events/app.ts'
import { CodedError } from '../runtime/index.ts'
import type { Work } from './attempt.ts'
import type { TaskPlan } from './plan.ts'
import { Opaque, portable } from './portable.ts'
import type { DeclaredTask, SchedulerQuestions, Wishes } from './questions.ts'
import type { Schedule } from './schedule.ts'
import type { TaskEvent } from './types.ts'

export interface AnswersOptions {
  schedule: Schedule
  /** Tasks of the app. */
  app: ReadonlySet<string>
  /** What a task does that main declares. */
  workOf(task: DeclaredTask): Work
  event(event: TaskEvent): void
}

/** Tries of a task of an app. */
const APP_TRIES = 3

/**
 * An app's task with every default in place.
 * @throws CodedError `E_TASK_INVALID` naming the field
 */
export function planOf({ id, name, interval, priority, timeout, refreshOn = [] }: AppTask): TaskPlan {
  const wrong = { id: !id, interval: !(interval >= 10), timeout: !(timeout >= 10 && timeout < 2 ** 31) }
  for (const [field, isWrong] of Object.entries(wrong))
    if (isWrong)
      throw new CodedError(
        'E_TASK_INVALID',
        `the app's task ${JSON.stringify(id)} is none: ${field} is missing or too small`,
      )
  return { id, name, interval, priority, timeout, refreshOn, enabled: true, maxRetries: APP_TRIES }
}

export function createAnswers({ schedule, app, workOf, event }: AnswersOptions): SchedulerQuestions {
  const declared = new Map<string, string>()
  const removed = new Set<string>()
  const first = Promise.withResolvers<void>()

  const put = (task: DeclaredTask): void => {
    const { plan } = task
    if (declared.has(plan.id)) schedule.update(plan.id, plan, workOf(task))
    else schedule.add(plan, workOf(task))
    declared.set(plan.id, JSON.stringify(task))
  }
  const declare = (wishes: Wishes): void => {
    const wanted = new Set(wishes.tasks.map(({ plan }) => plan.id))
    for (const id of declared.keys()) if (!wanted.has(id) && declared.delete(id)) schedule.remove(id)
    for (const id of wishes.removed) {
      if (app.has(id) && !removed.has(id)) schedule.remove(id)
      removed.add(id)
    }
    for (const task of wishes.tasks) {
      const { id } = task.plan
      const taken = !declared.has(id) && schedule.has(id)
      if (taken) event({ kind: 'failed', id, error: `the app has a task ${id} already: choose another id` })
      else if (declared.get(id) !== JSON.stringify(task)) put(task)
    }
    for (const [id, changes] of Object.entries(wishes.changes)) if (!declared.has(id)) schedule.update(id, changes)
    for (const [id, enabled] of Object.entries(wishes.switches)) schedule.enable(id, enabled)
    first.resolve()
  }
  const run = async (id: string): Promise<unknown> => {
    if (!schedule.has(id)) await first.promise // what main has declared may be on its way to a scheduler just born
    return await schedule.run(id)
  }
  return {
    declare,
    run: async (id, within) => {
      const late = new CodedError('E_TASK_DEADLINE', `${id} has not come to an end within ${within} ms; it goes on`)
      const { promise, reject } = Promise.withResolvers<never>()
      const timer = setTimeout(() => reject(late), within)
      const result = portable(await Promise.race([run(id), promise]).finally(() => clearTimeout(timer)))
      if (!(result instanceof Opaque)) return result
      throw new CodedError(
        'E_TASK_RESULT',
        `${id} ran well, but what it returned cannot cross threads: ${result.reason}`,
      )
    },
  }
}
