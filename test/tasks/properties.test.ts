import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isOpen, LONGEST_PAUSE, OPEN_AFTER, pause } from '../../src/tasks/circuit.ts'
import { backoff, LONGEST_BACKOFF } from '../../src/tasks/retry.ts'
import { JITTER, untilNextStart } from '../../src/tasks/timetable.ts'
import { plan, scheduled, settled } from './support.ts'

const random = fc.double({ min: 0, max: 1, noNaN: true })

it('the next start is ahead, within an interval and its jitter, and on the grid of the last one', () => {
  fc.assert(
    fc.property(
      fc.nat(1e9),
      fc.integer({ min: 10, max: 1e8 }),
      fc.nat(1e9),
      random,
      (started, interval, ago, chance) => {
        const now = started + ago
        const ms = untilNextStart(started, interval, now, chance)
        expect(ms).toBeGreaterThanOrEqual(0)
        expect(ms).toBeLessThanOrEqual(interval * (1 + JITTER) + 1e-6)
        const off = (now + ms - started) / interval
        if (ms > 0) expect(Math.abs(off - Math.round(off))).toBeLessThanOrEqual(JITTER + 1e-6)
      },
    ),
  )
})

it('pauses between tries double, within bounds, and never exceed the longest', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(60_000), random, (attempt, base, chance) => {
      const ms = backoff(attempt, base, chance)
      const full = Math.min(base * 2 ** (attempt - 1), LONGEST_BACKOFF)
      expect(ms).toBeGreaterThanOrEqual(full / 2)
      expect(ms).toBeLessThanOrEqual(full)
    }),
  )
})

it('pauses of an open circuit are longer than the interval, grow, and have an end', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.integer({ min: 10, max: 86_400_000 }), random, (more, interval, chance) => {
      const failures = OPEN_AFTER + more
      expect(isOpen(failures)).toBe(true)
      const ms = pause(failures, interval, chance)
      expect(ms).toBeGreaterThanOrEqual(0.75 * interval)
      expect(ms).toBeLessThanOrEqual(1.25 * Math.max(LONGEST_PAUSE, interval))
      expect(pause(failures + 1, interval, chance)).toBeGreaterThanOrEqual(ms)
    }),
  )
})

/** What may happen to a schedule of two tasks. */
const step = fc.oneof(
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
  fc.record({ do: fc.constant('touch' as const), tag: fc.constantFrom('x', 'y', null) }),
  fc.record({ do: fc.constant('run' as const), id: fc.constantFrom('a', 'b') }),
  fc.record({ do: fc.constant('enable' as const), id: fc.constantFrom('a', 'b'), on: fc.boolean() }),
  fc.record({ do: fc.constant('again' as const), id: fc.constantFrom('a', 'b') }),
)
/** How a try goes. */
const course = fc.record({ takes: fc.integer({ min: 0, max: 4_000 }), fails: fc.boolean() })

it('whatever happens: no task runs twice at once, early starts are a second apart, no change of tags is forgotten', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.array(course, { minLength: 1 }), async (steps, courses) => {
      const { schedule, clock } = scheduled()
      const running = new Map<string, number>()
      const starts = new Map<string, number[]>([
        ['a', []],
        ['b', []],
      ])
      let tries = 0
      let atOnce = 0
      const work = (id: string) => async () => {
        running.set(id, (running.get(id) ?? 0) + 1)
        atOnce = Math.max(atOnce, running.get(id) ?? 0)
        starts.get(id)?.push(clock.now())
        const { takes, fails } = courses[tries++ % courses.length]!
        await new Promise<void>((resolve) => clock.after(takes, resolve)) // deaf to its signal
        running.set(id, (running.get(id) ?? 0) - 1)
        if (fails) throw new Error('no')
      }
      const add = (id: string): void =>
        schedule.add(
          plan(id, { refreshOn: id === 'a' ? ['x'] : ['x', 'y'], timeout: 2_000, interval: 5_000 }),
          work(id),
        )
      add('a')
      add('b')
      let touched = Number.NEGATIVE_INFINITY
      for (const each of steps) {
        if (each.do === 'pass') await clock.pass(each.ms)
        else if (each.do === 'touch') {
          schedule.touched(each.tag === null ? null : [each.tag])
          if (each.tag !== 'y') touched = clock.now()
        } else if (each.do === 'run') schedule.run(each.id).catch(() => undefined)
        else if (each.do === 'enable') schedule.enable(each.id, each.on)
        else if (schedule.remove(each.id)) add(each.id)
        await settled()
      }
      for (const id of ['a', 'b']) {
        for (const [n, { trigger, startedAt }] of (schedule.state(id)?.history ?? []).entries()) {
          const before = schedule.state(id)?.history[n - 1]
          if (trigger === 'tags' && before) expect(startedAt - before.startedAt).toBeGreaterThanOrEqual(1_000)
        }
        schedule.enable(id, true)
      }
      await clock.pass(2 * 1.25 * LONGEST_PAUSE)
      expect(starts.get('a')?.at(-1)).toBeGreaterThanOrEqual(touched)
      expect(starts.get('b')?.at(-1)).toBeGreaterThanOrEqual(touched)
      expect(atOnce).toBe(1)
      const stopped = schedule.stop()
      await clock.pass(4_000)
      await stopped
    }),
    { numRuns: 60, endOnFailure: true },
  )
})

it('tags that change all the time start it once a second, and the last change is always followed by a start', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 30 }),
      fc.nat(1_500),
      async (gaps, takes) => {
        const { schedule, clock } = scheduled()
        const starts: number[] = []
        schedule.add(plan('a', { refreshOn: ['x'], interval: 3_600_000 }), () => {
          starts.push(clock.now())
          return new Promise<void>((resolve) => clock.after(takes, resolve))
        })
        await clock.pass(2_000)
        for (const gap of gaps) {
          await clock.pass(gap)
          schedule.touched(['y', 'x'])
        }
        const last = clock.now()
        await clock.pass(1_000 + takes + 10)
        if (gaps.length) expect(starts.at(-1)).toBeGreaterThanOrEqual(last)
        else expect(starts).toHaveLength(1)
        const count = starts.length
        await clock.pass(60_000)
        expect(starts).toHaveLength(count)
        for (const [n, at] of starts.entries()) if (n) expect(at - starts[n - 1]!).toBeGreaterThanOrEqual(1_000)
      },
    ),
  )
})
