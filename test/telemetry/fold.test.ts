/** What would be said again and again is said once, and then how often. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { folding } from '../../src/telemetry/fold.ts'

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') }))
afterEach(() => void vi.useRealTimers())

const lineOf = (level: string, more: object = {}): string =>
  `${JSON.stringify({ level, time: new Date().toISOString(), msg: 'a node is away', ...more })}\n`

function written() {
  const lines: Record<string, unknown>[] = []
  return { lines, write: folding((line) => void lines.push(JSON.parse(line) as Record<string, unknown>)) }
}

it('the same warning is written once, and a minute later how often it came', () => {
  const { lines, write } = written()
  for (let n = 0; n < 413; n++) {
    write(lineOf('warn'))
    vi.advanceTimersByTime(100)
  }
  expect(lines).toHaveLength(1)
  vi.advanceTimersByTime(60_000)
  expect(lines).toHaveLength(2)
  expect(lines[1]).toMatchObject({
    msg: 'a node is away',
    repeated: 412,
    within: 60_000,
    time: '2026-01-01T00:01:00.000Z',
  })
  write(lineOf('warn'))
  expect(lines).toHaveLength(3)
})

it('what differs in anything but the time is another line, and what is no warning is always written', () => {
  const { lines, write } = written()
  for (const endpoint of ['one', 'two']) write(lineOf('error', { endpoint }))
  for (let n = 0; n < 3; n++) write(lineOf('info'))
  write(lineOf('fatal'))
  write(lineOf('fatal'))
  expect(lines.map(({ level }) => level)).toEqual(['error', 'error', 'info', 'info', 'info', 'fatal', 'fatal'])
  vi.advanceTimersByTime(120_000)
  expect(lines).toHaveLength(7)
})
