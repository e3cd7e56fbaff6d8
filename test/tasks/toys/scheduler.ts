/** A scheduler on its thread with what it needs: a log, a cache's owner, and main's side of it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { defaultCaches } from '../../../src/cache/named.ts'
import { plainApp } from '../../../src/events/app.ts'
import type { TagsChanged } from '../../../src/events/types.ts'
import { type ActorSpec, type System, supervise, type Verdict, wire } from '../../../src/runtime/index.ts'
import { openWriter } from '../../../src/store/writer.ts'
import { createPolling, type MainPolling } from '../../../src/tasks/polling.ts'
import type { FromScheduler, SchedulerQuestions, ToScheduler } from '../../../src/tasks/questions.ts'
import type { TaskEvent } from '../../../src/tasks/types.ts'
import { obedient } from '../../../src/testing/index.ts'
import type { CacheOwnerBoot } from '../../../workers/cache-owner.ts'
import type { SchedulerBoot } from '../../../workers/scheduler.ts'

const WIRES = {
  due: wire<TagsChanged>()({ from: 'main', to: 'scheduler', credit: 16 }),
  'task-events': wire<FromScheduler>()({ from: 'scheduler', to: 'main', credit: 16 }),
  'task-results': wire<ToScheduler>()({ from: 'main', to: 'scheduler', credit: 16 }),
  'task-cache-writes': wire()({ from: 'scheduler', to: 'cache-owner', credit: 16 }),
  'task-cache-changes': wire()({ from: 'cache-owner', to: 'scheduler', credit: 16 }),
  'cache-writes': wire()({ from: 'main', to: 'cache-owner', credit: 16 }),
  'cache-changes': wire()({ from: 'cache-owner', to: 'main', credit: 16 }),
}

const worker = (name: string): URL => new URL(`../../../workers/${name}.ts`, import.meta.url)

export interface Running {
  system: System
  polling: MainPolling
  folder: string
  events: TaskEvent[]
  warnings: string[]
  touch(height: number, tags: string[]): void
  generation(): number | undefined
  lastVerdict(): Verdict | null | undefined
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'seiche-tasks-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  openWriter({ path: folder, app: plainApp, contracts: [] }).close()
  return folder
}

/** `tasks`: which of the toy app's. */
export async function running(
  tasks: string[] = [],
  {
    folder = newFolder(),
    boot = {},
    spec = {},
    polling = createPolling({ defaultTimeout: () => 2_000, warn: (message) => warnings.push(message) }),
    warnings = [],
  }: {
    folder?: string
    boot?: Partial<SchedulerBoot>
    spec?: Partial<ActorSpec>
    polling?: MainPolling
    warnings?: string[]
  } = {},
): Promise<Running> {
  const app = new URL(`./app.ts?${tasks.map((task) => `task=${task}`).join('&')}`, import.meta.url).href
  const scheduler: ActorSpec = {
    ...{ entry: worker('scheduler'), stallAfter: 500, shutdown: 3_000 },
    boot: (deaths): SchedulerBoot => ({
      ...{ path: folder, app, contracts: { pots: 'sei1pots' }, endpoints: [], requestDeadline: 500 },
      ...{ polling: { maxConcurrentTasks: 3, retryDelay: 20, healthCheckInterval: 200 }, caches: defaultCaches },
      ...{ deaths, ...boot },
    }),
    ...spec,
  }
  const system = supervise(
    {
      ...{ strategy: 'one_for_one', intensity: 10, period: 60_000, backoff: { min: 1, max: 5 } },
      children: {
        'cache-owner': {
          entry: worker('cache-owner'),
          boot: (): CacheOwnerBoot => ({ configs: defaultCaches, among: { store: false, scheduler: true } }),
        },
        scheduler: obedient(scheduler),
      },
    },
    { wires: WIRES },
  )
  const events: TaskEvent[] = []
  polling.onEvent((event) => events.push(event))
  onTestFinished(async () => {
    await system.stop()
    polling.detach()
  })
  polling.attach(system.actor<SchedulerQuestions>('scheduler'), system.outlet<ToScheduler>('task-results'))
  void system.inlet<FromScheduler>('task-events').each((item) => polling.told(item))
  await system.start()
  return {
    ...{ system, polling, folder, events, warnings },
    touch: (height, tags) => void system.outlet<TagsChanged>('due').send({ height, tags }),
    generation: () => system.tree().actors['scheduler']?.generation,
    lastVerdict: () => system.tree().actors['scheduler']?.lastVerdict,
  }
}
