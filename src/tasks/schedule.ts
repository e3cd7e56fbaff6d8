/** All tasks, and the one timer that wakes them. */
import { CodedError } from '../runtime/index.ts'
import type { Work } from './attempt.ts'
import { isOpen, LONGEST_PAUSE } from './circuit.ts'
import { blamed, type Death } from './hangs.ts'
import type { TaskHouse, TaskPlan } from './plan.ts'
import { newRecord, type TaskRecord } from './record.ts'
import { Task } from './task.ts'
import { STAGGER } from './timetable.ts'
import type { TaskState } from './types.ts'

export interface ScheduleOptions extends TaskHouse {
  /** What is remembered of tasks, by id. */
  records: ReadonlyMap<string, TaskRecord>
  /** How earlier generations of this thread ended, the latest first. Default: none. */
  deaths?: readonly Death[]
  /** The last generation ended by the first of them. Default false. */
  justDied?: boolean
}

/** Longest time between two looks, ms: timers stand still while a host is suspended, its clock does not. */
const LOOK = 1_000

export class Schedule {
  readonly #options: ScheduleOptions
  readonly #house: TaskHouse
  readonly #tasks = new Map<string, Task>()
  /** Of tasks that are not here, now: of a closure that is registered later, of an app's task that may come back. */
  readonly #remembered: Map<string, TaskRecord>
  /** Tasks that were removed, and whose work has not ended. */
  readonly #leaving = new Map<string, Promise<unknown>>()
  #cancel: () => void = () => undefined
  #born = 0
  #stopped = false

  constructor(options: ScheduleOptions) {
    this.#options = options
    this.#remembered = new Map(options.records)
    this.#house = {
      ...options,
      changed: (id) => {
        options.changed(id)
        this.#wake()
      },
    }
  }

  has(id: string): boolean {
    return this.#tasks.has(id)
  }

  /** @throws CodedError `E_TASK_EXISTS` */
  add(plan: TaskPlan, work: Work): void {
    const { id } = plan
    if (this.#tasks.has(id)) throw new CodedError('E_TASK_EXISTS', `there is a task ${id} already: choose another id`)
    const record = this.#remembered.get(id) ?? newRecord()
    const task = new Task(plan, this.#afterPredecessor(id, work), record, this.#house)
    this.#planFirst(task)
    this.#remembered.delete(id)
    this.#tasks.set(id, task)
    this.#house.changed(id)
  }

  /** Forgets the task; what it does is told to end. False when there is none. */
  remove(id: string): boolean {
    const task = this.#tasks.get(id)
    if (!task) return false
    this.#tasks.delete(id)
    const left = task.leave(new CodedError('E_TASK_REMOVED', `the task ${id} was removed`))
    const ended = Promise.all([this.#leaving.get(id), left])
    this.#leaving.set(id, ended)
    void ended.then(() => {
      if (this.#leaving.get(id) === ended) this.#leaving.delete(id)
    })
    this.#options.changed(id)
    return true
  }

  /** Changes what is given; what runs goes on as it began. False when there is no such task. */
  update(id: string, changes: Partial<TaskPlan>, work?: Work): boolean {
    const task = this.#tasks.get(id)
    if (!task) return false
    const { interval } = task.plan
    task.plan = { ...task.plan, ...changes }
    if (work) task.work = work
    if (task.plan.interval !== interval) task.planIn(task.plan.interval)
    this.#house.changed(id)
    return true
  }

  /** The operator's switch. False when there is no such task. */
  enable(id: string, enabled: boolean): boolean {
    const task = this.#tasks.get(id)
    if (!task) return false
    if (task.record.enabled !== enabled) {
      task.record.enabled = enabled
      this.#house.changed(id)
    }
    return true
  }

  /**
   * Runs the task now, whatever its timetable says, or joins the run under way.
   * @throws CodedError `E_NO_TASK`; `E_TASK_ZOMBIE`; what the task throws
   */
  async run(id: string): Promise<unknown> {
    const task = this.#tasks.get(id)
    if (!task)
      throw new CodedError('E_NO_TASK', `there is no task ${id}; there are: ${[...this.#tasks.keys()].join(', ')}`)
    return await task.runNow()
  }

  /** These tags have changed; null: everything has. */
  touched(tags: readonly string[] | null): void {
    const changed = tags && new Set(tags)
    for (const task of this.#tasks.values())
      if (task.plan.refreshOn.some((tag) => changed?.has(tag) ?? true)) task.touch()
    this.#wake()
  }

  state(id: string): TaskState | undefined {
    return this.#tasks.get(id)?.state()
  }

  /** Tasks whose run is past its timeout and has not ended. */
  zombies(): string[] {
    return [...this.#tasks.values()].filter(({ isZombie }) => isZombie).map(({ id }) => id)
  }

  /** What is to be remembered, by id. */
  records(): Map<string, TaskRecord> {
    return new Map([...this.#remembered, ...[...this.#tasks].map(([id, { record }]) => [id, record] as const)])
  }

  /** Begins nothing any more, and tells what runs to end. Resolves when all of it has. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    const reason = new CodedError('E_TASK_ABORTED', 'the scheduler stops')
    await Promise.all([...this.#leaving.values(), ...[...this.#tasks.values()].map((task) => task.leave(reason))])
  }

  #wake(): void {
    if (this.#stopped) return
    this.#cancel()
    this.#cancel = this.#house.clock.after(0, () => this.#look())
  }

  #look(): void {
    const waits = [...this.#tasks.values()].map((task) => task.look())
    if (!this.#stopped && waits.length) {
      this.#cancel()
      this.#cancel = this.#house.clock.after(Math.min(LOOK, ...waits), () => this.#look())
    }
  }

  /** A task of the same id was removed while it ran: this one waits until that has ended. */
  #afterPredecessor(id: string, work: Work): Work {
    const before = this.#leaving.get(id)
    if (!before) return work
    let over = false
    void before.then(() => {
      over = true
    })
    return async (signal) => {
      if (!over) await before
      signal.throwIfAborted()
      return await work(signal)
    }
  }

  /** Catches up once on what was missed, one task after the other; what tags changed meanwhile nobody knows. */
  #planFirst(task: Task): void {
    const { record, plan } = task
    const { clock, random } = this.#house
    const slot = STAGGER * (this.#born++ + random())
    const wentWell = record.history.findLast(({ outcome }) => outcome === 'ok')?.startedAt ?? Number.NEGATIVE_INFINITY
    const { deaths = [], justDied = false } = this.#options
    const mine = blamed(deaths, plan.id, wentWell)
    if (mine.length) task.blame(mine.length, justDied && mine[0] === deaths[0] ? mine[0] : undefined)
    else if (record.nextRun === null) task.planIn(slot)
    else {
      const open = isOpen(record.failures)
      const rest = Math.min(record.nextRun - clock.wall(), open ? LONGEST_PAUSE : plan.interval) // clocks are set back, too
      if (rest <= 0 || (plan.refreshOn.length && !open)) task.planIn(slot, 'catch-up')
      else task.planIn(rest)
    }
  }
}
