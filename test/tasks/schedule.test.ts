import { describe, expect, it } from 'vitest'
import { OPEN_AFTER } from '../../src/tasks/circuit.ts'
import { partOf } from '../../src/tasks/hangs.ts'
import { newRecord } from '../../src/tasks/record.ts'
import { BEGIN, plan, scheduled, settled } from './support.ts'

const never = (): Promise<never> => new Promise<never>(() => undefined)

describe('the timetable', () => {
  it('goes from start to start, however long a run takes', async () => {
    const { schedule, clock } = scheduled()
    const starts: number[] = []
    schedule.add(plan('a', { interval: 1_000 }), async () => {
      starts.push(clock.now())
      await new Promise<void>((resolve) => clock.after(300, resolve))
    })
    await clock.pass(3_500)
    expect(starts).toEqual([100, 1_100, 2_100, 3_100])
  })

  it('skips what a run that outlasts its interval missed, and makes none of it up', async () => {
    const { schedule, clock } = scheduled()
    const starts: number[] = []
    schedule.add(plan('a', { interval: 1_000 }), async () => {
      starts.push(clock.now())
      await new Promise<void>((resolve) => clock.after(2_500, resolve))
    })
    await clock.pass(7_000)
    expect(starts).toEqual([100, 3_100, 6_100])
  })

  it('a suspended host: what was missed is caught up once', async () => {
    const { schedule, clock } = scheduled()
    schedule.add(plan('a'), () => 'done')
    await clock.pass(1_000)
    clock.offset += 3_600_000
    await clock.pass(2_000)
    const { history, runCount } = schedule.state('a')!
    expect(runCount).toBe(2)
    expect(history.map(({ trigger }) => trigger)).toEqual(['interval', 'catch-up'])
  })

  it('a clock that is set back does not stop a task', async () => {
    const { schedule, clock } = scheduled()
    schedule.add(plan('a'), () => 'done')
    await clock.pass(1_000)
    clock.offset -= 3_600_000
    await clock.pass(10_000)
    expect(schedule.state('a')?.runCount).toBe(2)
  })

  it('first starts are staggered', async () => {
    const { schedule, clock } = scheduled()
    const starts: number[] = []
    for (const id of ['a', 'b', 'c']) schedule.add(plan(id), () => starts.push(clock.now()))
    await clock.pass(1_000)
    expect(starts).toEqual([100, 300, 500])
  })

  it('after a restart: overdue tasks catch up once, others keep their time, an early one takes what tags it missed', async () => {
    const record = (nextRun: number) => ({ ...newRecord(), lastRun: BEGIN - 5_000, nextRun, runCount: 7 })
    const records = new Map([
      ['overdue', record(BEGIN - 60_000)],
      ['planned', record(BEGIN + 4_000)],
      ['reads', record(BEGIN + 4_000)],
      ['wrong', record(BEGIN + 1e9)],
    ])
    const { schedule, clock } = scheduled({ records })
    for (const id of records.keys())
      schedule.add(plan(id, { refreshOn: id === 'reads' ? ['groups'] : [] }), () => undefined)
    await clock.pass(1_000)
    expect([...records.keys()].map((id) => schedule.state(id)?.runCount)).toEqual([8, 7, 8, 7])
    expect(schedule.state('overdue')?.history.map(({ trigger }) => trigger)).toEqual(['catch-up'])
    await clock.pass(3_500)
    expect(schedule.state('planned')?.runCount).toBe(8)
    await clock.pass(6_000) // a time that no interval explains is not believed
    expect(schedule.state('wrong')?.runCount).toBe(8)
  })

  it('a disabled task does not run, and runs once it is enabled', async () => {
    const { schedule, clock } = scheduled()
    schedule.add(plan('a', { enabled: false }), () => undefined)
    await clock.pass(60_000)
    expect(schedule.state('a')).toMatchObject({ enabled: false, runCount: 0, nextRun: null })
    schedule.enable('a', true)
    await clock.pass(10)
    expect(schedule.state('a')).toMatchObject({ enabled: true, runCount: 1 })
  })

  it('a new interval counts from its change', async () => {
    const { schedule, clock } = scheduled()
    schedule.add(plan('a', { interval: 60_000 }), () => undefined)
    await clock.pass(1_000)
    schedule.update('a', { interval: 2_000 })
    await clock.pass(2_100)
    expect(schedule.state('a')?.runCount).toBe(2)
  })
})

describe('tries', () => {
  it('a run has so many tries, with a pause before each; the state counts each', async () => {
    const { schedule, clock, events } = scheduled()
    let tries = 0
    schedule.add(plan('a', { maxRetries: 3 }), () => {
      if (++tries < 3) throw new Error(`no ${tries}`)
      return 'yes'
    })
    await clock.pass(5_000)
    expect(events).toEqual([
      { kind: 'error', id: 'a', error: 'no 1', attempt: 1 },
      { kind: 'error', id: 'a', error: 'no 2', attempt: 2 },
      { kind: 'completed', id: 'a', result: 'yes', durationMs: 0 },
    ])
    const state = schedule.state('a')!
    expect(state).toMatchObject({ runCount: 3, errorCount: 2, lastError: null, circuit: 'closed' })
    expect(state.history.map(({ trigger, outcome, error }) => [trigger, outcome, error])).toEqual([
      ['interval', 'error', 'no 1'],
      ['retry', 'error', 'no 2'],
      ['retry', 'ok', null],
    ])
  })

  it('all used up: the run has failed, and the next is at its time', async () => {
    const { schedule, clock, events } = scheduled()
    schedule.add(plan('a', { maxRetries: 2 }), () => {
      throw new Error('no')
    })
    await clock.pass(5_000)
    expect(events.map(({ kind }) => kind)).toEqual(['error', 'error', 'failed'])
    expect(schedule.state('a')).toMatchObject({ lastError: 'no', nextRun: BEGIN + 10_100 })
  })

  it('a timeout aborts the signal, and keeps the slot until the work has really ended', async () => {
    const { schedule, clock, events } = scheduled()
    const end = Promise.withResolvers<void>()
    let aborted = 0
    schedule.add(plan('a', { maxRetries: 2 }), (signal) => {
      signal.addEventListener('abort', () => aborted++)
      return end.promise
    })
    const byHand = schedule.run('a')
    const told = expect(byHand).rejects.toMatchObject({ code: 'E_TASK_TIMEOUT' })
    await clock.pass(120_000)
    await told
    expect(aborted).toBe(1)
    expect(schedule.state('a')).toMatchObject({ runCount: 1, errorCount: 1, isRunning: true, isZombie: true })
    expect(schedule.zombies()).toEqual(['a'])
    await expect(schedule.run('a')).rejects.toMatchObject({ code: 'E_TASK_ZOMBIE' })
    end.resolve()
    await clock.pass(10_000)
    expect(schedule.zombies()).toEqual([])
    expect(events.map(({ kind }) => kind)).toEqual(['error', 'failed', 'completed']) // what it missed is not made up
  })
})

describe('the circuit', () => {
  it('opens after failed runs in a row, tries once after ever longer pauses, and closes with the first success', async () => {
    const { schedule, clock } = scheduled()
    const starts: number[] = []
    let well = false
    schedule.add(plan('a', { maxRetries: 2, interval: 1_000, refreshOn: ['x'] }), () => {
      starts.push(clock.now())
      if (!well) throw new Error('no')
    })
    await clock.pass(30_000)
    const after = starts.slice(2 * OPEN_AFTER - 1).map((at, n, all) => (n ? at - all[n - 1]! : at))
    expect(after.slice(1, 4)).toEqual([2_000, 4_000, 8_000])
    expect(schedule.state('a')).toMatchObject({ circuit: 'open', enabled: true })
    schedule.touched(null)
    const tried = starts.length
    await clock.pass(1_500)
    expect(starts).toHaveLength(tried) // tags do not hurry it
    well = true
    await schedule.run('a')
    await settled()
    expect(schedule.state('a')).toMatchObject({ circuit: 'closed', lastError: null })
    await clock.pass(1_100)
    expect(starts).toHaveLength(tried + 2)
  })

  it('is half-open while its one try is under way', async () => {
    const failing = { ...newRecord(), failures: OPEN_AFTER, nextRun: BEGIN + 5_000 }
    const { schedule, clock } = scheduled({ records: new Map([['a', failing]]) })
    schedule.add(plan('a', { refreshOn: ['x'] }), never)
    await clock.pass(4_000)
    expect(schedule.state('a')).toMatchObject({ circuit: 'open', isRunning: false })
    await clock.pass(1_500)
    expect(schedule.state('a')).toMatchObject({ circuit: 'half-open', isRunning: true })
  })
})

describe('runs by hand', () => {
  it('join a run under way, and all get its result', async () => {
    const { schedule, clock } = scheduled()
    const end = Promise.withResolvers<string>()
    schedule.add(plan('a'), () => end.promise)
    await clock.pass(200)
    const answers = [schedule.run('a'), schedule.run('a')]
    await settled()
    end.resolve('result')
    expect(await Promise.all(answers)).toEqual(['result', 'result'])
    expect(schedule.state('a')?.runCount).toBe(1)
  })

  it('throw what the task throws, code kept, after one try; a disabled task runs, too', async () => {
    const { schedule, clock } = scheduled()
    schedule.add(plan('a', { maxRetries: 5, enabled: false }), () => {
      throw Object.assign(new Error('no'), { code: 'E_MINE' })
    })
    await expect(schedule.run('a')).rejects.toMatchObject({ message: 'no', code: 'E_MINE' })
    await clock.pass(1_000)
    expect(schedule.state('a')).toMatchObject({ runCount: 1, errorCount: 1 })
    await expect(schedule.run('b')).rejects.toMatchObject({ code: 'E_NO_TASK' })
  })
})

describe('comings and goings', () => {
  it('a task that comes back while its predecessor still runs waits for the end of that', async () => {
    const { schedule, clock } = scheduled()
    const end = Promise.withResolvers<void>()
    let running = 0
    let most = 0
    const work = async (until?: Promise<void>): Promise<void> => {
      most = Math.max(most, ++running)
      await until
      running--
    }
    schedule.add(plan('a'), () => work(end.promise))
    await clock.pass(200)
    expect(schedule.remove('a')).toBe(true)
    expect(schedule.remove('a')).toBe(false)
    schedule.add(plan('a'), () => work())
    await clock.pass(2_000)
    expect(running).toBe(1)
    end.resolve()
    await clock.pass(2_000)
    expect([most, schedule.state('a')?.runCount]).toEqual([1, 1])
  })

  it('a stop aborts what runs and what waits, counts neither as failed, and begins nothing any more', async () => {
    const { schedule, clock, events } = scheduled()
    schedule.add(plan('runs'), (signal) => new Promise((_, reject) => signal.addEventListener('abort', reject)))
    schedule.add(plan('waits', { maxRetries: 3 }), () => {
      throw new Error('no')
    })
    await clock.pass(310)
    await schedule.stop()
    await clock.pass(60_000)
    expect(schedule.state('runs')).toMatchObject({ runCount: 1, errorCount: 0, nextRun: BEGIN + 310 })
    expect(schedule.state('runs')?.history[0]).toMatchObject({ outcome: 'aborted' })
    expect(events.map(({ kind }) => kind)).toEqual(['error'])
    expect(schedule.records().get('waits')?.failures).toBe(0)
  })
})

describe('a thread that died of a task', () => {
  const death = (part: number, ago: number, kind: 'blocked' | 'planned' = 'blocked') => ({
    ...{ kind, reason: 'event loop blocked', at: 'app.ts:3', generation: 1, progress: [1, part] as [number, number] },
    when: new Date(BEGIN - ago).toISOString(),
  })

  it('does not run it again before its interval, and says what happened', async () => {
    const deaths = [death(partOf('a'), 100)]
    const { schedule, clock } = scheduled({ deaths, justDied: true })
    for (const id of ['a', 'b']) schedule.add(plan(id, { refreshOn: ['x'] }), () => undefined)
    await clock.pass(9_000)
    expect(schedule.state('b')?.runCount).toBe(1)
    expect(schedule.state('a')).toMatchObject({
      ...{ runCount: 1, errorCount: 1, circuit: 'closed' },
      lastError: "the scheduler's thread died while this task ran: event loop blocked at app.ts:3",
    })
    await clock.pass(1_100)
    expect(schedule.state('a')?.runCount).toBe(2)
  })

  it('is told of a death once: that it is told of it again after another death does not count', () => {
    const deaths = [death(0, 50), death(partOf('a'), 100)]
    const { schedule } = scheduled({ deaths, justDied: true })
    schedule.add(plan('a'), () => undefined)
    expect(schedule.state('a')).toMatchObject({ runCount: 0, lastError: null, nextRun: BEGIN + 10_000 })
    const later = scheduled({ deaths: deaths.slice(1), justDied: false }).schedule
    later.add(plan('a'), () => undefined)
    expect(later.state('a')).toMatchObject({ runCount: 0, lastError: null })
  })

  it('twice: its circuit is open, and stays so for longer with each further death; a success forgets them', async () => {
    const part = partOf('a')
    const failures = [1, 2, 3, 4].map((times) => {
      const { schedule } = scheduled({ deaths: Array.from({ length: times }, (_, n) => death(part, n)) })
      schedule.add(plan('a'), () => undefined)
      return schedule.records().get('a')?.failures
    })
    expect(failures).toEqual([0, OPEN_AFTER, OPEN_AFTER + 1, OPEN_AFTER + 2])

    const record = newRecord()
    record.history = [{ startedAt: BEGIN - 50, durationMs: 1, trigger: 'interval', outcome: 'ok', error: null }]
    const { schedule } = scheduled({ deaths: [death(part, 100), death(part, 200)], records: new Map([['a', record]]) })
    schedule.add(plan('a'), () => undefined)
    expect(schedule.state('a')?.circuit).toBe('closed')
  })

  it('is nobody’s fault when an operator restarted it', () => {
    const deaths = [death(partOf('a'), 1, 'planned'), death(partOf('a'), 2, 'planned')]
    const { schedule } = scheduled({ deaths, justDied: true })
    schedule.add(plan('a'), () => undefined)
    expect(schedule.state('a')).toMatchObject({ circuit: 'closed', lastError: null })
  })
})
