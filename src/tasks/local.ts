/** Work that runs on the scheduler's own thread: shown to the supervisor while it runs, so that a hang has a name. */
import type { TaskContext } from '../events/app.ts'
import { CodedError } from '../runtime/index.ts'
import type { Work } from './attempt.ts'
import { partOf } from './hangs.ts'

/** What runs here. */
export type Handler = (context: TaskContext) => unknown

export interface LocalOptions {
  /** The actor's own. */
  progress(value: number, part?: number): void
  /** `using` is to be called whenever the task makes use of its context: then it is this task that has the thread. */
  context(signal: AbortSignal, using: () => void): TaskContext
}

/** Turns handlers into work. */
export function createLocal({ progress, context }: LocalOptions): (id: string, handler: Handler) => Work {
  const running: string[] = []
  let moves = 0
  const show = (id: string | undefined): void => progress(++moves, id === undefined ? 0 : partOf(id))
  return (id, handler) => async (signal) => {
    running.push(id)
    show(id)
    try {
      return await handler(context(signal, () => show(id)))
    } finally {
      running.splice(running.indexOf(id), 1)
      show(running.at(-1))
    }
  }
}

/** The default export of the module at `url`, imported when it is first needed. */
export function moduleHandler(url: string): Handler {
  return async (context) => {
    const { default: handler } = (await imported(url)) as { default?: unknown }
    if (typeof handler !== 'function')
      throw new CodedError(
        'E_TASK_MODULE',
        `${url} has no function as its default export: export default (context) => …`,
      )
    return await (handler as Handler)(context)
  }
}

async function imported(url: string): Promise<unknown> {
  try {
    return await import(url)
  } catch (cause) {
    throw new CodedError('E_TASK_MODULE', `${url} cannot be imported: ${(cause as Error).message}`, { cause })
  }
}
