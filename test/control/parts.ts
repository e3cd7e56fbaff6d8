/** The parts that routes need, as small as they can be and keep their promises. */
import { createCaches } from '../../src/cache/caches.ts'
import { defaultCaches } from '../../src/cache/named.ts'
import type { ThreadCaches } from '../../src/cache/types.ts'
import { resolveConfig, type SeicheConfigInput, updateConfig } from '../../src/config/index.ts'
import type { ConfigSettings, ControlDeps, Operations, Sockets } from '../../src/control/deps.ts'
import type { MetricSources } from '../../src/control/metrics.ts'
import { CodedError } from '../../src/runtime/index.ts'
import type { Polling, TaskState } from '../../src/tasks/types.ts'
import type { Views } from '../../src/views/types.ts'

export const ALICE = 'wasm15yk64u7zc9g9k2yr2wmzeva5qgwxps6yvw76s4'

const RULES = { market_stats: 'ignored', transfers: 'optional', user_portfolio: 'required' } as const

export function someViews(): Views {
  const rule = (name: string) => RULES[name as keyof typeof RULES]
  return {
    names: () => Object.keys(RULES),
    has: (name) => Object.hasOwn(RULES, name),
    rule,
    tags: (name) => [name],
    read: (name, address) => ({
      asOf: { height: 3, time: '2026-01-01T00:00:03.1Z' },
      shown: name,
      address: address ?? null,
    }),
  }
}

/** Never any state between two: what is tested is what the routes make of them. */
export function someOperations(): Operations & { during?: string } {
  let running = true
  const operations: Operations & { during?: string } = {
    start: async () => turn(true),
    stop: async () => turn(false),
    refresh: async () => {
      requireNoTransition()
      return ['market_stats', 'network_health']
    },
    running: () => running,
  }
  const requireNoTransition = (): void => {
    if (operations.during) throw new CodedError('E_WRONG_STATE', `cannot do that while ${operations.during}`)
  }
  const turn = (to: boolean): boolean => {
    requireNoTransition()
    const changed = running !== to
    running = to
    return changed
  }
  return operations
}

export function somePolling(run: (id: string) => unknown = () => ({ swept: 3 })): Polling {
  const tasks = new Map<string, TaskState>(
    ['cache_cleanup', 'network_health'].map((id, n) => [
      id,
      {
        ...{ id, name: id, interval: 30_000, priority: 'low', enabled: true, circuit: 'closed' },
        ...{ lastRun: 1_700_000_000_000, nextRun: 1_700_000_030_000, runCount: 2, errorCount: n, maxRetries: 3 },
        ...{ timeout: 1_000, isRunning: false, isZombie: false, lastDurationMs: 12 },
        lastError: n ? 'cannot read /var/lib/node/key.pem of https://user:pass@node.example/key' : null,
        history: [
          {
            startedAt: 1_700_000_000_000 + n,
            durationMs: 12,
            trigger: 'interval',
            outcome: n ? 'error' : 'ok',
            error: null,
          },
        ],
      } satisfies TaskState & { isZombie: boolean },
    ]),
  )
  const turn = (id: string, enabled: boolean): boolean => {
    const task = tasks.get(id)
    if (task) tasks.set(id, { ...task, enabled })
    return task !== undefined
  }
  return {
    addTask: () => undefined,
    removeTask: (id) => tasks.delete(id),
    enableTask: (id) => turn(id, true),
    disableTask: (id) => turn(id, false),
    updateTask: () => true,
    getTask: (id) => tasks.get(id) ?? null,
    getAllTasks: () => [...tasks.values()],
    getTaskStats: () => ({ totalTasks: 2, enabledTasks: 2, runningTasks: 0, zombies: 0, runCount: 4, errorCount: 1 }),
    runTaskNow: async (id) => run(id),
    onEvent: () => undefined,
  }
}

export interface Sent {
  channel: string
  data: unknown
}

export function someSockets(sent: Sent[] = []): Sockets {
  return {
    clients: () => ({
      ...{ clientCount: 1, subscriptions: { client_1: ['transfers'] }, limits: { maxSubscriptions: 100 } },
      ...{ drops: { serverBusy: 0 }, clients: { client_1: { door: 'websocket' } } },
    }),
    broadcast: (channel, data) => {
      if (channel !== 'transfers' && channel !== 'system')
        throw Object.assign(new Error('no'), {
          refusal: { code: 'invalid_channel', message: 'there is no such channel' },
        })
      sent.push({ channel, data })
      return 7
    },
  }
}

export function someCaches(): ThreadCaches {
  return createCaches({ configs: defaultCaches, main: true })
}

/** The configuration's own rules, without effects. */
export function someSettings(file: SeicheConfigInput = {}): ConfigSettings {
  let config = resolveConfig({ env: {}, file })
  return {
    current: () => config,
    apply: (change) => {
      const update = updateConfig(config, change)
      config = update.config
      return update
    },
  }
}

export const NO_METRICS: MetricSources = {
  gateway: () => ({
    ...{ connections: {}, subscriptions: {}, framesSent: {}, sentBytes: {}, framesConflated: {} },
    ...{ connectionsClosed: {}, resumes: {} },
  }),
  commits: () => ({ blocks: { 'catch-up': 0, live: 0 }, events: [] }),
  caches: () => ({}),
  ledger: () => ({}),
  stages: () => [],
  ...{ requests: () => [], asks: () => [], loads: () => [] },
}

export type Parts = Pick<
  ControlDeps,
  'views' | 'viewSchemas' | 'polling' | 'sockets' | 'caches' | 'operations' | 'settings' | 'metrics'
>

/** A whole house. */
export function someParts(): Parts {
  return {
    ...{ views: someViews(), viewSchemas: {}, polling: somePolling(), sockets: someSockets(), caches: someCaches() },
    ...{ operations: someOperations(), settings: someSettings(), metrics: NO_METRICS },
  }
}
