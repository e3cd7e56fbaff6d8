import { describe, expect, it } from 'vitest'
import { planOf } from '../../src/tasks/answers.ts'
import { createPolling } from '../../src/tasks/polling.ts'
import type { TaskDefinition } from '../../src/tasks/types.ts'

const task = { id: 'mine', name: 'Mine', interval: 1_000, handler: () => 1 }

describe('a definition', () => {
  it.each([
    ['id', { id: '' }],
    ['id', { id: 'a b' }],
    ['id', { id: undefined }],
    ['id', { id: '__proto__ ' }],
    ['name', { name: '' }],
    ['interval', { interval: 0 }],
    ['interval', { interval: 1.5 }],
    ['interval', { interval: Number.POSITIVE_INFINITY }],
    ['interval', { interval: '1000' }],
    ['priority', { priority: 'urgent' }],
    ['enabled', { enabled: 'yes' }],
    ['maxRetries', { maxRetries: 0 }],
    ['timeout', { timeout: 2 ** 31 }],
    ['refreshOn', { refreshOn: 'pots' }],
    ['refreshOn.0', { refreshOn: [1] }],
    ['handler', { handler: 'work' }],
    ['module', { handler: undefined, module: 'https://example.org/task.js' }],
    ['handler', { handler: undefined }],
    ['handler', { module: 'file:///task.js' }],
    ['retries', { retries: 3 }],
  ])('with a wrong %s is refused, the field named: %o', (field, wrong) => {
    const polling = createPolling({ defaultTimeout: () => 1_000 })
    const add = (): void => polling.addTask({ ...task, ...wrong } as TaskDefinition)
    expect(add).toThrow(expect.objectContaining({ code: 'E_TASK_INVALID' }))
    expect(add).toThrow(new RegExp(`: ${field}: `))
    expect(polling.getAllTasks()).toEqual([])
  })

  it.each([[undefined], [null], [1], [[]]])('that is no object is refused: %o', (wrong) => {
    const polling = createPolling({ defaultTimeout: () => 1_000 })
    expect(() => polling.addTask(wrong as never)).toThrow(expect.objectContaining({ code: 'E_TASK_INVALID' }))
  })

  it('is completed, and changed only as a whole', () => {
    const polling = createPolling({ defaultTimeout: () => 1_234 })
    polling.addTask(task)
    expect(polling.getTask('mine')).toMatchObject({ priority: 'medium', enabled: true, maxRetries: 3, timeout: 1_234 })
    expect(() => polling.addTask(task)).toThrow(expect.objectContaining({ code: 'E_TASK_EXISTS' }))
    expect(() => polling.updateTask('mine', { interval: -1, name: 'Other' })).toThrow(/: interval: /)
    expect(polling.getTask('mine')).toMatchObject({ name: 'Mine', interval: 1_000 })
    expect(polling.updateTask('mine', { module: 'file:///task.js', name: undefined as never })).toBe(true)
    expect(polling.updateTask('mine', { priority: 'high', enabled: false })).toBe(true)
    expect(polling.getTask('mine')).toMatchObject({ priority: 'high', enabled: false, name: 'Mine' })
    for (const answer of [polling.updateTask('other', {}), polling.enableTask('other'), polling.removeTask('other')])
      expect(answer).toBe(false)
    expect(polling.removeTask('mine')).toBe(true)
    expect(polling.getTask('mine')).toBe(null)
    expect(polling.getTaskStats()).toEqual({
      ...{ totalTasks: 0, enabledTasks: 0, runningTasks: 0, zombies: 0, runCount: 0, errorCount: 0 },
    })
  })

  it('of an app is looked at, too', () => {
    const run = async (): Promise<void> => undefined
    const good = { id: 'a', name: 'A', interval: 1_000, priority: 'low' as const, timeout: 100, run }
    expect(planOf(good)).toMatchObject({ id: 'a', refreshOn: [], enabled: true, maxRetries: 3 })
    for (const wrong of [{ id: '' }, { interval: Number.NaN }, { timeout: 0 }, { timeout: 2 ** 31 }])
      expect(() => planOf({ ...good, ...wrong })).toThrow(expect.objectContaining({ code: 'E_TASK_INVALID' }))
  })
})
