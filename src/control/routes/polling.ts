/** The routes of tasks: how they stand, and an operator's hand on them. */
import * as z from 'zod'
import { CodedError } from '../../runtime/index.ts'
import type { TaskState } from '../../tasks/types.ts'
import * as answers from '../answers.ts'
import type { ControlDeps } from '../deps.ts'
import { HttpError } from '../errors.ts'
import { API } from '../paths.ts'
import { type Asked, type Route, route } from '../route.ts'
import { safeText } from '../safe-text.ts'

const params = z.strictObject({ id: z.string() })
type Id = z.output<typeof params>

/** `GET /polling/tasks` and `POST /polling/tasks/:id/run`, `/enable`, `/disable`. */
export function pollingRoutes({ polling, operations }: Pick<ControlDeps, 'polling' | 'operations'>): Route[] {
  const known = ({ id }: Id): TaskState => {
    const task = polling.getTask(id)
    if (task) return task
    const ids = polling.getAllTasks().map((each) => each.id)
    throw new HttpError(404, 'not_found', `there is no such task; there are: ${ids.join(', ')}`)
  }
  const act = <A extends z.ZodObject>(
    action: string,
    summary: string,
    answer: A,
    handle: (asked: Asked<Id, unknown, unknown>) => z.input<A> | Promise<z.input<A>>,
    refusals: Route['refusals'] = {},
  ): Route =>
    route({
      ...{ method: 'POST', path: `${API}/polling/tasks/:id/${action}`, summary, params, answer, admin: true, handle },
      refusals: { 404: ['not_found'], ...refusals },
    })
  const turn = (action: 'enable' | 'disable', summary: string): Route =>
    act(action, summary, answers.changed, ({ params: asked }) => {
      const { id, enabled } = known(asked)
      const there = action === 'enable' ? polling.enableTask(id) : polling.disableTask(id)
      return { message: `${id} is ${action}d`, changed: there && enabled !== (action === 'enable') }
    })

  return [
    route({
      method: 'GET',
      path: `${API}/polling/tasks`,
      summary: 'How every task stands.',
      answer: z.strictObject({ tasks: z.record(z.string(), answers.task) }),
      handle: () => ({ tasks: Object.fromEntries(polling.getAllTasks().map((task) => [task.id, shown(task)])) }),
    }),
    act(
      'run',
      'Runs a task now and answers what it returned; a run under way is joined.',
      answers.message.extend({ result: z.unknown() }),
      async ({ params: asked }) => {
        const { id } = known(asked)
        if (!operations.running()) throw new HttpError(409, 'wrong_state', 'tasks do not run now; POST /start first')
        return { message: `${id} has run`, result: plain(await ran(polling.runTaskNow(id))) }
      },
      { 409: ['wrong_state'], 502: ['task_failed'] },
    ),
    turn('enable', 'Switches a task on.'),
    turn('disable', 'Switches a task off; a run under way goes on.'),
  ]
}

/** What a task threw is its own affair, not a fault of ours: told to whoever ran it. */
async function ran(run: Promise<unknown>): Promise<unknown> {
  try {
    return await run
  } catch (error) {
    if (error instanceof CodedError && /^E_(ACTOR|ASK|WRONG)_/.test(error.code)) throw error
    throw new HttpError(502, 'task_failed', safeText(error instanceof Error ? error.message : String(error)))
  }
}

/** As JSON can say it: big numbers in decimal text; null for what it can't. */
function plain(result: unknown): unknown {
  try {
    const text = JSON.stringify(result, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))
    return text === undefined ? null : JSON.parse(text)
  } catch {
    return null
  }
}

function shown(task: TaskState): z.input<typeof answers.task> {
  const { name, enabled, priority, interval, lastRun, nextRun, runCount, errorCount, isRunning, lastError } = task
  const history = task.history.map((run) => ({ ...run, error: run.error === null ? null : safeText(run.error) }))
  return {
    ...{ name, enabled, priority, interval, lastRun, nextRun, runCount, errorCount, isRunning },
    lastError: lastError === null ? null : safeText(lastError),
    ...{ lastDurationMs: task.lastDurationMs, circuit: task.circuit, history },
  }
}
