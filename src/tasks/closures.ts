/** Runs the closures of tasks on the thread where they were registered, when the scheduler says so; each task once at a time. */
import { CodedError } from '../runtime/index.ts'
import { flatten, revive } from '../runtime/shared/plain-error.ts'
import { Opaque, portable } from './portable.ts'
import type { FromScheduler, ToScheduler } from './questions.ts'
import type { TaskDefinition } from './types.ts'

type Handler = NonNullable<TaskDefinition['handler']>
type Order = Extract<FromScheduler, { kind: 'run' }>

export class Closures {
  readonly #handlers = new Map<string, Handler>()
  readonly #running = new Map<string, AbortController>()
  /** The end of the last run by task. */
  readonly #ends = new Map<string, Promise<void>>()

  set(id: string, handler: Handler): void {
    this.#handlers.set(id, handler)
  }

  delete(id: string): void {
    this.#handlers.delete(id)
  }

  /** Runs it, after its last run has ended: a scheduler that was reborn does not know of that one. Never rejects. */
  async run({ id, ticket }: Order, answer: (item: ToScheduler) => void): Promise<void> {
    const controller = new AbortController()
    this.#running.set(ticket, controller)
    const work = this.#work(id, controller.signal, this.#ends.get(id))
    const end = work.then(
      (result) => {
        const sent = portable(result)
        if (sent instanceof Opaque) answer({ kind: 'opaque', ticket, reason: sent.reason })
        else answer({ kind: 'result', ticket, result: sent })
      },
      (error: unknown) => answer({ kind: 'error', ticket, error: flatten(error) }),
    )
    this.#ends.set(id, end)
    await end
    this.#running.delete(ticket)
    if (this.#ends.get(id) === end) this.#ends.delete(id)
  }

  abort({ ticket, reason }: Extract<FromScheduler, { kind: 'abort' }>): void {
    this.#running.get(ticket)?.abort(revive(reason))
  }

  /** Whoever ordered what runs is gone. */
  abortAll(): void {
    for (const controller of this.#running.values())
      controller.abort(new CodedError('E_TASK_ABORTED', 'the scheduler has ended'))
  }

  async #work(id: string, signal: AbortSignal, before: Promise<void> | undefined): Promise<unknown> {
    await before
    signal.throwIfAborted()
    const handler = this.#handlers.get(id)
    if (!handler) throw new CodedError('E_NO_TASK', `there is no task ${id} any more`)
    return await handler({ signal })
  }
}
