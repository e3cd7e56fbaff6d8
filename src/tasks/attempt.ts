/** One try of a task's work: given up at its deadline, but not over before the work has really ended. */
import { CodedError } from '../runtime/index.ts'
import type { Clock } from './clock.ts'

/** What a task does. It should end soon after `signal` aborts. */
export type Work = (signal: AbortSignal) => unknown

export type Outcome = { kind: 'ok'; result: unknown } | { kind: 'error' | 'timeout' | 'aborted'; error: Error }

export interface Attempt {
  /** At its result, or at the moment it was given up. Never rejects. */
  outcome: Promise<Outcome>
  /** When the work has ended, whatever it came to. Never rejects. */
  ended: Promise<void>
  /** Gives it up now. */
  abort(reason: Error): void
}

/** Begins the work at once. */
export function attempt(work: Work, timeout: number, clock: Clock): Attempt {
  const controller = new AbortController()
  const { promise: outcome, resolve } = Promise.withResolvers<Outcome>()
  const giveUp = (kind: 'timeout' | 'aborted', error: Error): void => {
    resolve({ kind, error })
    controller.abort(error)
  }
  const cancel = clock.after(timeout, () => giveUp('timeout', timedOut(timeout)))
  const ended = (async () => await work(controller.signal))().then(
    (result) => {
      cancel()
      resolve({ kind: 'ok', result })
    },
    (thrown: unknown) => {
      cancel()
      resolve({ kind: 'error', error: thrown instanceof Error ? thrown : new Error(String(thrown)) })
    },
  )
  return { outcome, ended, abort: (reason) => giveUp('aborted', reason) }
}

function timedOut(timeout: number): Error {
  return new CodedError(
    'E_TASK_TIMEOUT',
    `the task did not end within ${timeout} ms; it was told to stop, and does not run again before it has ended: raise its timeout, or end it when its signal aborts`,
  )
}
