import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createPolling } from '../../src/tasks/polling.ts'
import type { TaskDefinition } from '../../src/tasks/types.ts'
import { chaos } from '../../src/testing/index.ts'
import { newFolder, running } from './toys/scheduler.ts'

const LONG = 3_600_000
const SOON = { timeout: 20_000 }
const closure = (
  id: string,
  handler: TaskDefinition['handler'],
  more: Partial<TaskDefinition> = {},
): TaskDefinition => ({
  ...{ id, name: id, interval: LONG, maxRetries: 1 },
  ...(handler ? { handler } : {}),
  ...more,
})

it('runs an app’s task on its thread, with views, tables, caches and contracts; its answer is told to who ran it', async () => {
  const { polling } = await running(['looks'])
  await expect.poll(() => polling.getTask('looks'), SOON).toMatchObject({ runCount: 1, errorCount: 0 })
  expect(await polling.runTaskNow('looks')).toMatchObject({
    ...{ height: 0, contracts: { pots: 'sei1pots' }, cached: { height: 0 } },
    view: { items: [], asOf: { height: 0 } },
  })
})

it('runs a task named by its module there, too; one without a handler fails and says so', async () => {
  const { polling } = await running()
  const at = (path: string): URL => new URL(path, import.meta.url)
  polling.addTask({ id: 'module', name: 'module', interval: LONG, module: at('./toys/module.ts') })
  polling.addTask({ id: 'none', name: 'none', interval: LONG, module: at('./support.ts'), maxRetries: 1 })
  polling.addTask({ id: 'nowhere', name: 'nowhere', interval: LONG, module: at('./nowhere.ts'), maxRetries: 1 })
  expect(await polling.runTaskNow('module')).toMatchObject({ thread: 'scheduler' })
  for (const id of ['none', 'nowhere'])
    await expect(polling.runTaskNow(id)).rejects.toMatchObject({ code: 'E_TASK_MODULE' })
})

it('asks main to run closures, and tells what they return and throw, code kept', async () => {
  const { polling, events } = await running()
  const seen: unknown[] = []
  polling.addTask(closure('adds', ({ signal }) => seen.push(signal instanceof AbortSignal)))
  polling.addTask(
    closure('fails', () => {
      throw Object.assign(new RangeError('too far'), { code: 'E_FAR' })
    }),
  )
  expect(await polling.runTaskNow('adds')).toBeGreaterThan(0)
  expect(seen[0]).toBe(true)
  const failure = await polling.runTaskNow('fails').catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(RangeError)
  expect(failure).toMatchObject({ message: 'too far', code: 'E_FAR' })
  await expect.poll(() => events, SOON).toContainEqual({ kind: 'failed', id: 'fails', error: 'too far' })
  await expect.poll(() => polling.getTask('fails')?.lastError, SOON).toBe('too far')
  await expect(polling.runTaskNow('nobody')).rejects.toMatchObject({ code: 'E_NO_TASK' })
})

it('a result that cannot cross threads: the run went well, and who ran it by hand is told', async () => {
  const { polling, events } = await running()
  polling.addTask(closure('opaque', () => () => undefined))
  await expect(polling.runTaskNow('opaque')).rejects.toMatchObject({ code: 'E_TASK_RESULT' })
  await expect.poll(() => polling.getTask('opaque')?.lastError, SOON).toBe(null)
  await expect.poll(() => events, SOON).toContainEqual(expect.objectContaining({ kind: 'completed', id: 'opaque' }))
})

it('a closure that outlasts its deadline is told to end, counted as a zombie until it does, and not run meanwhile', async () => {
  const { polling, events } = await running()
  const end = Promise.withResolvers<void>()
  let runs = 0
  let aborted: unknown
  polling.addTask(
    closure(
      'deaf',
      ({ signal }) => {
        runs++
        signal.addEventListener('abort', () => (aborted = signal.reason))
        return end.promise
      },
      { timeout: 100, interval: 150 },
    ),
  )
  await expect.poll(() => polling.getTask('deaf'), SOON).toMatchObject({ isZombie: true, isRunning: true })
  expect(aborted).toMatchObject({ code: 'E_TASK_TIMEOUT' })
  await expect(polling.runTaskNow('deaf')).rejects.toMatchObject({ code: 'E_TASK_ZOMBIE' })
  await expect.poll(() => events, SOON).toContainEqual({ kind: 'health', stuck: ['deaf'], rebuilt: false })
  expect(polling.getTaskStats()).toMatchObject({ totalTasks: 1, runningTasks: 1, zombies: 1 })
  expect(runs).toBe(1)
  end.resolve()
  await expect.poll(() => runs, SOON).toBeGreaterThan(1)
})

it('runs a task early when its tags changed, and no other', async () => {
  const { polling, touch } = await running(['reads', 'looks'])
  await expect.poll(() => polling.getTask('reads')?.runCount, SOON).toBe(1)
  await expect.poll(() => polling.getTask('looks')?.runCount, SOON).toBe(1)
  touch(1, ['groups'])
  touch(2, ['pots'])
  await expect.poll(() => polling.getTask('reads')?.history.map(({ trigger }) => trigger), SOON).toContain('tags')
  expect(polling.getTask('looks')?.runCount).toBe(1)
})

it('remembers what was, and the operator’s switches, beyond the end of the process', async () => {
  const folder = newFolder()
  const first = await running(['steady', 'looks'], { folder })
  await expect.poll(() => first.polling.getTask('steady')?.runCount, SOON).toBeGreaterThan(1)
  expect(first.polling.disableTask('steady')).toBe(true)
  expect(first.polling.getTask('steady')).toMatchObject({ enabled: false, nextRun: null })
  await first.polling.runTaskNow('looks')
  await first.system.stop()
  const before = first.polling.getTask('steady')!
  const written = JSON.parse(readFileSync(join(folder, 'tasks.json'), 'utf8'))
  expect(written.tasks.steady).toMatchObject({ enabled: false })
  await expect.poll(() => Date.now(), SOON).toBeGreaterThan(written.tasks.steady.nextRun) // a run was missed

  const { polling } = await running(['steady', 'looks'], { folder })
  await expect.poll(() => polling.getTask('steady'), SOON).toMatchObject({ enabled: false })
  await expect.poll(() => polling.getTask('steady')?.runCount, SOON).toBeGreaterThanOrEqual(before.runCount)
  expect(written.tasks.looks.runCount).toBeGreaterThanOrEqual(1) // by hand; by its own clock besides, if that came first
  const { runCount } = written.tasks.looks
  await expect.poll(() => polling.getTask('looks')?.runCount, SOON).toBeGreaterThanOrEqual(runCount)
  polling.enableTask('steady')
  await expect.poll(() => polling.getTask('steady')?.history.map(({ trigger }) => trigger), SOON).toContain('catch-up')
})

it('a thread that is killed: the next one goes on from what was written, and closures are there again', async () => {
  const { polling, generation, folder } = await running(['steady'])
  let runs = 0
  polling.addTask(closure('mine', () => ++runs))
  expect(await polling.runTaskNow('mine')).toBe(1)
  const file = join(folder, 'tasks.json')
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8'), SOON).toMatch(/"mine":\{"lastRun":\d/)
  await chaos('scheduler', 'exit')
  await expect.poll(generation, SOON).toBe(2)
  expect(await polling.runTaskNow('mine')).toBe(2)
  await expect.poll(() => polling.getTask('mine')?.runCount, SOON).toBe(2)
})

it('a closure that still runs when the scheduler is reborn is not run a second time before it has ended', async () => {
  const { polling, generation } = await running()
  const end = Promise.withResolvers<string>()
  const signals: AbortSignal[] = []
  let atOnce = 0
  let most = 0
  polling.addTask(
    closure('mine', async ({ signal }) => {
      signals.push(signal)
      most = Math.max(most, ++atOnce)
      await end.promise
      atOnce--
      return 'ended'
    }),
  )
  const lost = polling.runTaskNow('mine').catch((error: unknown) => error)
  await expect.poll(() => atOnce, SOON).toBe(1)
  await chaos('scheduler', 'throw')
  expect(await lost).toMatchObject({ code: 'E_ACTOR_DIED' })
  await expect.poll(generation, SOON).toBe(2)
  const again = polling.runTaskNow('mine')
  await expect.poll(() => polling.getTask('mine')?.isRunning, SOON).toBe(true)
  await expect.poll(() => signals[0]?.aborted, SOON).toBe(true)
  await sleep(200)
  end.resolve('ended')
  expect(await again).toBe('ended')
  expect(most).toBe(1)
})

it('a task that spins kills the thread twice, then its circuit is open; the others go on', async () => {
  const { polling, generation, lastVerdict } = await running(['steady', 'spins'])
  await expect.poll(generation, { timeout: 50_000 }).toBe(3)
  await expect.poll(() => polling.getTask('spins'), SOON).toMatchObject({ circuit: 'open', enabled: true })
  expect(polling.getTask('spins')?.lastError).toMatch(
    /thread died while this task ran: event loop blocked( at app\.ts:\d+)?$/,
  )
  expect(lastVerdict()?.reason).toBe('event loop blocked')
  const { runCount = 0 } = polling.getTask('steady') ?? {}
  await expect.poll(() => polling.getTask('steady')?.runCount, SOON).toBeGreaterThan(runCount)
})

it('when every slot is held by what does not end, the thread is replaced as one that is stuck', async () => {
  const polling = { maxConcurrentTasks: 1, retryDelay: 20, healthCheckInterval: 200 }
  const { generation, lastVerdict } = await running(['deaf', 'steady'], {
    boot: { polling },
    spec: { stuckAfter: 1_000, shutdown: 500 },
  })
  await expect.poll(generation, { timeout: 50_000 }).toBeGreaterThan(1)
  expect(lastVerdict()?.reason).toMatch(/^stalled: it has work/)
})

it('a damaged tasks.json is set aside with a warning, and the tasks begin anew', async () => {
  for (const text of [
    '{"version":1,"tasks":{"steady":{"runCount":"many"}}}',
    '{"version":1',
    '[]',
    '{"version":9,"tasks":{}}',
  ]) {
    const folder = newFolder()
    writeFileSync(join(folder, 'tasks.json'), text)
    const { polling, warnings, system } = await running(['looks'], { folder })
    await expect.poll(() => polling.getTask('looks')?.runCount, SOON).toBe(1)
    await expect.poll(() => warnings, SOON).toEqual([expect.stringMatching(/^tasks\.json is damaged/)])
    expect(readFileSync(join(folder, 'tasks.json.damaged'), 'utf8')).toBe(text)
    await system.stop()
  }
})

it('takes definitions before there is a scheduler, and keeps them over a stop and a start', async () => {
  const polling = createPolling({ defaultTimeout: () => 2_000 })
  let runs = 0
  polling.addTask(closure('mine', () => ++runs, { enabled: false }))
  expect(polling.getTask('mine')).toMatchObject({ enabled: false, runCount: 0, circuit: 'closed', priority: 'medium' })
  await expect(polling.runTaskNow('mine')).rejects.toMatchObject({ code: 'E_ACTOR_DOWN' })
  const { system } = await running(['looks'], { polling })
  expect(await polling.runTaskNow('mine')).toBe(1)
  await system.stop()
  polling.detach()
  polling.updateTask('mine', { name: 'Mine', handler: () => 'another' })
  polling.addTask(closure('second', () => 'second'))
  expect(polling.removeTask('looks')).toBe(true)
  await system.start()
  const { scheduler, results } = { scheduler: system.actor('scheduler'), results: system.outlet('task-results') }
  polling.attach(scheduler as never, results as never)
  expect(polling.getAllTasks().map(({ id, name }) => [id, name])).toEqual([
    ['mine', 'Mine'],
    ['second', 'second'],
  ])
})

it('an app’s task can be changed, switched and removed; an id that is the app’s is not given twice', async () => {
  const { polling } = await running(['looks', 'steady'])
  await expect.poll(() => polling.getTask('steady')?.runCount, SOON).toBeGreaterThan(0)
  expect(() => polling.addTask(closure('looks', () => 1))).toThrow(expect.objectContaining({ code: 'E_TASK_EXISTS' }))
  expect(polling.updateTask('steady', { interval: LONG, enabled: false })).toBe(true)
  expect(polling.getTask('steady')).toMatchObject({ interval: LONG, enabled: false })
  expect(() => polling.updateTask('looks', { handler: () => 1 })).toThrow(/its handler cannot be changed/)
  expect(polling.removeTask('looks')).toBe(true)
  expect(polling.getTask('looks')).toBe(null)
  polling.addTask(closure('looks', () => 'mine now'))
  expect(await polling.runTaskNow('looks')).toBe('mine now')
})
