/** scheduler: the timetable of all tasks. Runs the app's and those named by module; asks main to run closures. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createCaches } from '../src/cache/caches.ts'
import type { CacheConfig } from '../src/cache/types.ts'
import { chainQueries } from '../src/chain/read/chain-queries.ts'
import type { EndpointOptions } from '../src/chain/read/endpoint.ts'
import { type AsOf, loadApp } from '../src/events/app.ts'
import type { TagsChanged } from '../src/events/types.ts'
import { defineActor, STOP, type Verdict } from '../src/runtime/index.ts'
import { openReader } from '../src/store/reader.ts'
import { createAnswers, planOf } from '../src/tasks/answers.ts'
import { systemClock } from '../src/tasks/clock.ts'
import { taskContext } from '../src/tasks/context.ts'
import { createGate } from '../src/tasks/gate.ts'
import { cautious } from '../src/tasks/hangs.ts'
import { createLocal, moduleHandler } from '../src/tasks/local.ts'
import { createOutbox } from '../src/tasks/outbox.ts'
import { Opaque, portable } from '../src/tasks/portable.ts'
import type { FromScheduler, SchedulerQuestions, ToScheduler } from '../src/tasks/questions.ts'
import { createRemote } from '../src/tasks/remote.ts'
import { Schedule } from '../src/tasks/schedule.ts'
import { openTaskFile } from '../src/tasks/task-file.ts'
import type { TaskEvent } from '../src/tasks/types.ts'
import { createViews } from '../src/views/views.ts'

export interface SchedulerBoot {
  /** The data folder; the store in it is there. */
  path: string
  /** URL of the app module; none: no tasks but main's. */
  app: string | undefined
  /** The configured contracts: address by name. */
  contracts: Record<string, string>
  polling: { maxConcurrentTasks: number; retryDelay: number; healthCheckInterval: number }
  /** Whom tasks ask about the chain, in order of preference. */
  endpoints: EndpointOptions[]
  /** Longest silence of a node, ms. */
  requestDeadline: number
  /** By name; the same that the cache's owner has. */
  caches: Record<string, CacheConfig>
  /** Whether event-store runs, and says what changed. Default true. */
  indexing?: boolean
  /** How earlier generations ended, the latest first. */
  deaths: readonly Verdict[]
}

/** How long a stop waits for what runs, ms. */
const PATIENCE = 2_000
/** Between two looks whether every slot is held by what does not end, ms. */
const LOOK = 1_000

defineActor<SchedulerQuestions, SchedulerBoot>(async ({ boot, busy, generation, inlet, outlet, progress, run }) => {
  const { path, contracts, polling, deaths } = boot
  const app = await loadApp(boot.app)
  const reader = openReader(path)
  const caches = createCaches({
    ...{ configs: boot.caches, main: false },
    ...{ outlet: outlet('task-cache-writes'), inlet: inlet('task-cache-changes') },
  })
  let seen: AsOf = { height: 0, time: null }
  const views = createViews({ reader, caches, app, contracts, seen: () => seen })
  const chain = chainQueries({
    ...{ endpoints: boot.endpoints, deadline: boot.requestDeadline },
    chainId: () => reader.identity().chainId,
  })

  const outbox = createOutbox(outlet<FromScheduler>('task-events'), (id) => schedule.state(id))
  const event = (told: TaskEvent): void => {
    const result = told.kind === 'completed' ? portable(told.result) : undefined
    outbox.send({ kind: 'event', event: result instanceof Opaque ? ({ ...told, result: null } as TaskEvent) : told })
  }
  const file = openTaskFile({
    folder: path,
    current: () => schedule.records(),
    warn: (message) => outbox.send({ kind: 'warning', message }),
  })
  const slots = cautious(deaths, Date.now()) ? 1 : polling.maxConcurrentTasks
  const health = (rebuilt: boolean): void => event({ kind: 'health', stuck: schedule.zombies(), rebuilt })
  const gate = createGate({ slots, onRebuilt: () => health(true) })
  const schedule = new Schedule({
    ...{ clock: systemClock, random: Math.random, gate, retryDelay: polling.retryDelay, event },
    ...{ records: file.records, deaths, justDied: deaths[0]?.generation === generation - 1 },
    changed: (id) => {
      outbox.changed(id)
      file.changed()
    },
  })

  const remote = createRemote(generation, outbox.send)
  const parts = {
    ...{ view: views.read, read: reader.read, cache: caches.cache, chain, contracts },
    height: () => reader.checkpoint().height,
  }
  const local = createLocal({ progress, context: (signal, using) => taskContext(parts, signal, using) })
  const tasks = (await app.tasks?.()) ?? []
  const ids = tasks.map(({ id }) => id)
  outbox.send({ kind: 'hello', app: ids })
  for (const task of tasks)
    schedule.add(
      planOf(task),
      local(task.id, (context) => task.run(context)),
    )

  run(inlet<ToScheduler>('task-results').each(remote.answered))
  if (boot.indexing ?? true)
    run(
      inlet<TagsChanged>('due').eachBatch((changes) => {
        for (const changed of changes) caches.committed(changed)
        const { height, time } = reader.checkpoint()
        if (height === caches.height) seen = { height, time }
        for (const { tags } of changes) schedule.touched(tags)
      }),
    )
  const timers = [
    setInterval(() => health(false), polling.healthCheckInterval),
    // All slots held by what does not end: the thread is stuck, and is replaced as one that is.
    setInterval(() => busy(gate.waiting > 0 && schedule.zombies().length >= slots), LOOK),
  ]

  return {
    ...createAnswers({
      ...{ schedule, app: new Set(ids), event },
      workOf: ({ plan, module }) => (module === null ? remote.closure(plan.id) : local(plan.id, moduleHandler(module))),
    }),
    [STOP]: async () => {
      for (const timer of timers) clearInterval(timer)
      const stopped = schedule.stop()
      file.flush()
      await Promise.race([stopped, sleep(PATIENCE)])
      file.flush()
      gate.close()
      await Promise.all([caches.close(), chain.close()])
      reader.close()
    },
  }
})
