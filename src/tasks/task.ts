/** One task: when it starts, its tries, what becomes of them. It never runs twice at once. */
import { CodedError } from '../runtime/index.ts'
import { type Attempt, attempt, type Outcome, type Work } from './attempt.ts'
import { isOpen, OPEN_AFTER, pause } from './circuit.ts'
import { type Death, describe, HELD_TOO_OFTEN } from './hangs.ts'
import type { TaskHouse, TaskPlan } from './plan.ts'
import { note, type TaskRecord } from './record.ts'
import { backoff } from './retry.ts'
import { EARLY_GAP, untilNextStart } from './timetable.ts'
import type { TaskRun, TaskState } from './types.ts'

type Trigger = TaskRun['trigger']

export class Task {
  plan: TaskPlan
  work: Work
  readonly record: TaskRecord
  readonly #house: TaskHouse
  /** `waiting`: for the gate, or between two tries. `zombie`: past its deadline, not ended. */
  #phase: 'idle' | 'waiting' | 'running' | 'zombie' = 'idle'
  #dueAt = Number.POSITIVE_INFINITY
  #dueAs: Trigger = 'interval'
  /** When the last try began, by the clock that only goes forward. */
  #begun = Number.NEGATIVE_INFINITY
  /** Its tags have changed since a try last began. */
  #wanted = false
  #joined: PromiseWithResolvers<unknown> | undefined
  #attempt: Attempt | undefined
  #ended: Promise<void> = Promise.resolve()
  #leaving: Error | undefined
  /** Ends the waiting for the gate or between two tries. */
  #cutShort: () => void = () => undefined

  constructor(plan: TaskPlan, work: Work, record: TaskRecord, house: TaskHouse) {
    this.plan = plan
    this.work = work
    this.record = record
    this.#house = house
  }

  get id(): string {
    return this.plan.id
  }

  get enabled(): boolean {
    return this.record.enabled ?? this.plan.enabled
  }

  get #mayRun(): boolean {
    return this.enabled && !this.#leaving
  }

  get isZombie(): boolean {
    return this.#phase === 'zombie'
  }

  /** Its work has really ended. Never rejects. */
  get ended(): Promise<void> {
    return this.#ended
  }

  state(): TaskState {
    const { id, name, interval, priority, maxRetries, timeout } = this.plan
    const { lastRun, nextRun, runCount, errorCount, failures, lastError, lastDurationMs, history } = this.record
    const isRunning = this.#phase === 'running' || this.#phase === 'zombie'
    return {
      ...{ id, name, interval, priority, enabled: this.enabled },
      circuit: isOpen(failures) ? (isRunning ? 'half-open' : 'open') : 'closed',
      ...{ lastRun, nextRun: this.enabled ? nextRun : null, runCount, errorCount, maxRetries, timeout },
      ...{ isRunning, isZombie: this.isZombie, lastError, lastDurationMs, history },
    }
  }

  /** Plans the next start in `ms`. */
  planIn(ms: number, as: Trigger = 'interval'): void {
    this.#dueAt = this.#house.clock.now() + ms
    this.#dueAs = as
    this.record.nextRun = Math.round(this.#house.clock.wall() + ms)
  }

  /** The thread died of it so many times since it last went well. `latest`: the last of them, when it has just happened. */
  blame(times: number, latest: Death | undefined): void {
    if (latest) {
      const startedAt = Date.parse(latest.when)
      note(this.record, { startedAt, durationMs: 0, trigger: 'interval', outcome: 'aborted', error: describe(latest) })
      this.record.errorCount++
    }
    if (times >= HELD_TOO_OFTEN)
      this.record.failures = Math.max(this.record.failures, OPEN_AFTER + times - HELD_TOO_OFTEN)
    this.planIn(this.#pause())
  }

  /** Starts when it is due; else ms until it should be looked at again. */
  look(): number {
    if (this.#phase !== 'idle' || !this.enabled || this.#leaving) return Number.POSITIVE_INFINITY
    const { clock } = this.#house
    const early = this.#wanted && !isOpen(this.record.failures) ? this.#begun + EARLY_GAP : Number.POSITIVE_INFINITY
    const late = clock.wall() - (this.record.nextRun ?? Number.POSITIVE_INFINITY)
    if (clock.now() >= this.#dueAt || late >= 0) void this.#run(late >= this.plan.interval ? 'catch-up' : this.#dueAs)
    else if (clock.now() >= early) void this.#run('tags')
    else return Math.min(early, this.#dueAt) - clock.now()
    return Number.POSITIVE_INFINITY
  }

  /** What it reads has changed: it runs early, though not while its circuit is open. */
  touch(): void {
    this.#wanted = true
  }

  /**
   * Runs it now, once, or joins the run that is under way: answers its result.
   * @throws CodedError `E_TASK_ZOMBIE` while what it did past its timeout has not ended; what the work threw
   */
  runNow(): Promise<unknown> {
    if (this.isZombie) throw new CodedError('E_TASK_ZOMBIE', ZOMBIE)
    this.#joined ??= Promise.withResolvers()
    const { promise } = this.#joined
    if (this.#phase === 'idle') void this.#run('manual')
    return promise
  }

  /** Begins nothing any more, and tells what runs to end. Resolves when it has. */
  leave(reason: Error): Promise<void> {
    this.#leaving = reason
    this.#cutShort()
    this.#attempt?.abort(reason)
    this.#answer({ kind: 'aborted', error: reason })
    return this.#ended
  }

  async #run(trigger: Trigger): Promise<void> {
    const tries = trigger === 'manual' || isOpen(this.record.failures) ? 1 : this.plan.maxRetries
    const started = this.#house.clock.now()
    this.#phase = 'waiting'
    let outcome = await this.#try(trigger)
    for (let n = 1; this.#failed(outcome, n) && n < tries; n++) {
      await this.#rest(backoff(n, this.#house.retryDelay, this.#house.random()))
      if (!this.#mayRun) break
      outcome = await this.#try('retry')
    }
    if (outcome.kind !== 'ok' && !this.#leaving) {
      this.record.failures++
      this.#house.event({ kind: 'failed', id: this.id, error: outcome.error.message })
    }
    this.#answer(outcome)
    this.#phase = 'idle'
    this.#planNext(started)
    this.#house.changed(this.id)
  }

  /** One try, from the gate to the real end of the work. */
  #try(trigger: Trigger): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#cutShort = () => resolve({ kind: 'aborted', error: this.#leaving as Error })
      this.#house.gate.enter(this.plan.priority, async () => {
        if (!this.#leaving) resolve(await this.#work(trigger))
      })
    })
  }

  async #work(trigger: Trigger): Promise<Outcome> {
    const { clock } = this.#house
    const [startedAt, begun] = [clock.wall(), clock.now()]
    this.#phase = 'running'
    this.#cutShort = () => undefined
    this.#begun = begun
    this.#wanted = false
    this.record.lastRun = startedAt
    if (trigger !== 'retry') this.planIn(untilNextStart(begun, this.plan.interval, begun, this.#house.random()))
    this.#house.changed(this.id)
    this.#attempt = attempt(this.work, this.plan.timeout, clock)
    this.#ended = this.#attempt.ended
    const result = await this.#attempt.outcome
    const error = result.kind === 'ok' ? null : result.error.message
    const durationMs = Math.round(clock.now() - begun)
    note(this.record, { startedAt, durationMs, trigger, outcome: result.kind, error })
    if (result.kind === 'timeout') {
      this.#phase = 'zombie'
      this.#answer(result)
      this.#house.changed(this.id)
    }
    await this.#ended
    this.#phase = 'waiting'
    return result
  }

  /** Says what came out; true when it failed. */
  #failed(outcome: Outcome, n: number): boolean {
    if (outcome.kind === 'ok') {
      this.record.failures = 0
      const { result } = outcome
      this.#house.event({ kind: 'completed', id: this.id, result, durationMs: this.record.lastDurationMs ?? 0 })
    } else if (outcome.kind !== 'aborted')
      this.#house.event({ kind: 'error', id: this.id, error: outcome.error.message, attempt: n })
    return outcome.kind === 'error' || outcome.kind === 'timeout'
  }

  #answer(outcome: Outcome): void {
    if (outcome.kind === 'ok') this.#joined?.resolve(outcome.result)
    else {
      this.#joined?.promise.catch(() => undefined)
      this.#joined?.reject(outcome.error)
    }
    this.#joined = undefined
  }

  #planNext(started: number): void {
    const now = this.#house.clock.now()
    if (this.#leaving)
      this.planIn(0) // it was cut short: after a restart it is made up for
    else if (isOpen(this.record.failures)) this.planIn(this.#pause())
    else if (this.#dueAt <= now) this.planIn(untilNextStart(started, this.plan.interval, now, this.#house.random()))
  }

  #pause(): number {
    const { failures } = this.record
    return isOpen(failures) ? pause(failures, this.plan.interval, this.#house.random()) : this.plan.interval
  }

  #rest(ms: number): Promise<void> {
    this.#house.changed(this.id)
    return new Promise((resolve) => {
      const cancel = this.#house.clock.after(ms, resolve)
      this.#cutShort = () => {
        cancel()
        resolve()
      }
    })
  }
}

const ZOMBIE =
  'its last run is past its timeout and has not ended: it can run again once that has; end its work when its signal aborts'
