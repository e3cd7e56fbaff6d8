/** What is remembered of a task beyond the end of the process. */
import type { TaskRun } from './types.ts'

export interface TaskRecord {
  /** ms since 1970, null before the first. */
  lastRun: number | null
  nextRun: number | null
  /** The operator's switch, null when he never touched it. */
  enabled: boolean | null
  runCount: number
  errorCount: number
  /** Failed runs in a row. */
  failures: number
  lastError: string | null
  lastDurationMs: number | null
  /** Newest last, at most {@link HISTORY}. */
  history: TaskRun[]
}

export const HISTORY = 20

export function newRecord(): TaskRecord {
  return {
    ...{ lastRun: null, nextRun: null, enabled: null, runCount: 0, errorCount: 0, failures: 0 },
    ...{ lastError: null, lastDurationMs: null, history: [] },
  }
}

/** Notes a try that has ended. */
export function note(record: TaskRecord, run: TaskRun): void {
  record.runCount++
  if (run.outcome === 'error' || run.outcome === 'timeout') record.errorCount++
  record.lastError = run.error
  record.lastDurationMs = run.durationMs
  record.history = [...record.history, run].slice(-HISTORY)
}

const TRIGGERS = ['interval', 'tags', 'manual', 'catch-up', 'retry']
const OUTCOMES = ['ok', 'error', 'timeout', 'aborted']

/** The record that was written as `value`; undefined when it is none. */
export function recordOf(value: unknown): TaskRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { lastRun, nextRun, enabled, runCount, errorCount, failures, lastError, lastDurationMs, history } =
    value as Record<string, unknown>
  const sound =
    [lastRun, nextRun, lastDurationMs].every((each) => each === null || isNumber(each)) &&
    [runCount, errorCount, failures].every(isNumber) &&
    (enabled === null || typeof enabled === 'boolean') &&
    isTextOrNull(lastError) &&
    Array.isArray(history) &&
    history.every(isRun)
  if (!sound) return undefined
  const record = { lastRun, nextRun, enabled, runCount, errorCount, failures, lastError, lastDurationMs, history }
  return { ...record, history: history.slice(-HISTORY) } as TaskRecord
}

function isRun(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { startedAt, durationMs, trigger, outcome, error } = value as Record<string, unknown>
  return (
    isNumber(startedAt) &&
    isNumber(durationMs) &&
    TRIGGERS.includes(trigger as string) &&
    OUTCOMES.includes(outcome as string) &&
    isTextOrNull(error)
  )
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value)
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string'
}
