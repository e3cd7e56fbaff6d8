/** What is remembered of tasks, in `tasks.json` of the data folder: written whole beside it, then put in its place. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordOf, type TaskRecord } from './record.ts'

export interface TaskFile {
  /** What stood there when it was opened. */
  readonly records: ReadonlyMap<string, TaskRecord>
  /** Something is to be remembered: written soon. */
  changed(): void
  /** Writes now what is to be remembered. */
  flush(): void
}

export interface TaskFileOptions {
  /** The data folder. */
  folder: string
  /** What is to be remembered, now. */
  current(): ReadonlyMap<string, TaskRecord>
  /** Told what an operator should know. The tasks run all the same. */
  warn(message: string): void
}

const VERSION = 1
/** Changes within this time are one write, ms. */
const DEBOUNCE = 1_000

/** Never throws: what cannot be read is set aside, what cannot be written is written the next time. */
export function openTaskFile({ folder, current, warn }: TaskFileOptions): TaskFile {
  const path = join(folder, 'tasks.json')
  let timer: NodeJS.Timeout | undefined
  let failing = false

  const flush = (): void => {
    if (!timer) return
    clearTimeout(timer)
    timer = undefined
    try {
      const text = JSON.stringify({ version: VERSION, tasks: Object.fromEntries(current()) })
      writeFileSync(`${path}.new`, text, { flush: true })
      renameSync(`${path}.new`, path)
      failing = false
    } catch (error) {
      if (!failing) warn(`the state of tasks could not be written (${(error as Error).message}); it is tried again`)
      failing = true
    }
  }
  return {
    records: read(path, warn),
    changed: () => {
      timer ??= setTimeout(flush, DEBOUNCE)
    },
    flush,
  }
}

function read(path: string, warn: (message: string) => void): Map<string, TaskRecord> {
  const none = new Map<string, TaskRecord>()
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      warn(`the state of tasks could not be read (${(error as Error).message}): they begin anew`)
    return none
  }
  try {
    const { version, tasks } = JSON.parse(text) as { version: unknown; tasks: object }
    if (version !== VERSION) throw new TypeError(`it is of version ${version}`)
    const records = Object.entries(tasks).map(([id, value]) => [id, recordOf(value)] as const)
    const damaged = records.filter(([, record]) => !record).map(([id]) => id)
    if (damaged.length) throw new TypeError(`what it says of ${damaged.join(', ')} makes no sense`)
    return new Map(records as [string, TaskRecord][])
  } catch (error) {
    try {
      renameSync(path, `${path}.damaged`)
    } catch {
      // it cannot be kept then; the next write replaces it
    }
    warn(`tasks.json is damaged (${(error as Error).message}): set aside as tasks.json.damaged, tasks begin anew`)
    return none
  }
}
