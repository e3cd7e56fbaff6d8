import type { EventEmitter } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import type { RealTimeConfig } from '../../src/service/config.ts'
import { resolveService } from '../../src/service/config.ts'
import type { RealTimeService, ServiceEvents } from '../../src/service/service.ts'
import { getRealTimeService } from '../../src/service.ts'
import { temporaryFolder, until } from '../e2e/seiche.ts'

let service: RealTimeService | undefined
afterEach(async () => {
  await service?.shutdown()
  service = undefined
})

/** Zero configuration, but for ports and folder. */
function configured(): RealTimeConfig {
  return { webSocketPort: 0, control: { port: 0 }, store: { path: temporaryFolder() }, log: { level: 'error' } }
}

function made(config: RealTimeConfig = configured()): RealTimeService {
  service = getRealTimeService(config)
  return service
}

const happened = (name: keyof ServiceEvents): Promise<unknown[]> =>
  new Promise((resolve) => (service as EventEmitter | undefined)?.once(name, (...what: unknown[]) => resolve(what)))

describe('there is one service a process', () => {
  it('asked again without a configuration, or with the same, it is the same; with another it is E_ALREADY_CONFIGURED', () => {
    const config = configured()
    const first = made(config)
    expect(getRealTimeService()).toBe(first)
    expect(getRealTimeService({ ...config })).toBe(first)
    expect(() => getRealTimeService({ ...config, webSocketPort: 1 })).toThrow(
      expect.objectContaining({ code: 'E_ALREADY_CONFIGURED' }),
    )
  })

  it('after shutdown the next call makes a new one', async () => {
    const first = made()
    await first.shutdown()
    expect(made(configured())).not.toBe(first)
  })
})

describe('its life', () => {
  it('initialize opens REST and the log; start runs all; stop leaves REST; start goes on where it was', async () => {
    const running = made()
    expect(running.getSystemStatus()).toMatchObject({ eventIndexer: { running: false, currentBlock: 0 } })
    await running.initialize()
    await running.start()
    await running.start() // a no-op
    expect(running.getSystemStatus()).toMatchObject({
      ...{ eventIndexer: { running: true }, webSocket: { running: true, port: expect.any(Number) } },
      ...{ polling: { running: true, totalTasks: 6 }, cache: { totalCaches: 4 } },
    })
    const height = async (): Promise<number> => running.getEventIndexer().getStats().currentBlock
    await until(height, (now) => now >= 3)
    const { port } = running.getSystemStatus().webSocket
    await running.stop()
    const stopped = await height()
    expect(running.getSystemStatus()).toMatchObject({ eventIndexer: { running: false }, webSocket: { running: false } })
    expect(await running.healthCheck()).toMatchObject({ healthy: false, code: 'E_STOPPED' })
    expect((await running.getEventIndexer().getRecentEvents(5)).length).toBeGreaterThan(0)
    await running.start()
    await until(height, (now) => now > stopped)
    expect(running.getSystemStatus().webSocket.port).toBe(port)
    expect(await running.healthCheck()).toMatchObject({
      healthy: true,
      services: { eventIndexer: true, webSocket: true, polling: true, cache: true },
    })
  }, 60_000)

  it('says what starts, what comes, what it invalidates, and what stops', async () => {
    const running = made()
    const started: string[] = []
    running.on('component_started', (name) => started.push(name))
    const [event, indexed, invalidated, tag] = [
      happened('blockchain_event'),
      new Promise((resolve) => running.getEventIndexer().once('event', resolve)),
      happened('cache_invalidated'),
      new Promise((resolve) => running.getEventIndexer().once('cache_invalidate', resolve)),
    ]
    await running.start()
    expect(started).toEqual(['event_indexer', 'websocket', 'polling'])
    expect(await event).toEqual([expect.objectContaining({ id: expect.any(String), processed: true })])
    expect(await indexed).toMatchObject({ processed: true })
    expect(await invalidated).toEqual([expect.arrayContaining([expect.any(String)])])
    expect(await tag).toEqual(expect.any(String))
    const stopped: string[] = []
    running.on('component_stopped', (name) => stopped.push(name))
    await running.stop()
    expect(stopped.toSorted()).toEqual(['event_indexer', 'polling', 'websocket'])
  }, 60_000)

  it('refreshAllData runs the tasks and reads the views', async () => {
    const running = made()
    await running.start()
    const refreshed = new Promise((resolve) =>
      running.on('data_refreshed', (names) => names.length > 1 && resolve(names)),
    )
    const names = await running.refreshAllData()
    expect(names).toEqual(expect.arrayContaining(['market_stats', 'transfers', 'network_health', 'user_activity']))
    expect(await refreshed).toEqual(names)
  }, 60_000)
})

describe('tasks of one’s own', () => {
  it('a closure runs here, by the scheduler’s clock and by hand, and its failures are told', async () => {
    const running = made()
    const polling = running.getPollingService()
    let runs = 0
    polling.addTask({ id: 'mine', name: 'Mine', interval: 100, handler: () => ({ runs: ++runs }) })
    polling.addTask({
      ...{ id: 'bad', name: 'Bad', interval: 3_600_000, maxRetries: 1 },
      handler: () => Promise.reject(new Error('no luck')),
    })
    const completed = new Promise((resolve) =>
      running.on('polling_task_completed', ({ id, result }) => id === 'mine' && resolve(result)),
    )
    await running.start()
    expect(await completed).toEqual({ runs: expect.any(Number) })
    await expect(polling.runTaskNow('bad')).rejects.toThrow('no luck')
    await until(
      async () => polling.getTask('bad')?.errorCount ?? 0,
      (count) => count > 0,
    )
    expect(polling.disableTask('mine')).toBe(true)
    expect(polling.getTask('mine')).toMatchObject({ enabled: false, nextRun: null })
    expect(polling.removeTask('mine')).toBe(true)
    expect(polling.getTask('mine')).toBeNull()
    expect(() => polling.addTask({ id: 'x', name: '', interval: -1, handler: () => 0 })).toThrow(
      expect.objectContaining({ code: 'E_TASK_INVALID' }),
    )
  }, 60_000)
})

describe('its configuration', () => {
  it('changes what can be changed while it runs, says what cannot, and refuses what is wrong', async () => {
    const running = made()
    await running.initialize()
    const told = happened('config_updated')
    expect(running.updateConfig({ log: { level: 'warn' }, store: { path: '/elsewhere' } })).toEqual({
      ...{ applied: ['log.level'], needsRestart: ['store.path'] },
    })
    expect(await told).toEqual([{ applied: ['log.level'], needsRestart: ['store.path'] }])
    expect(running.getConfig()).toMatchObject({ log: { level: 'warn' } })
    expect(() => running.updateConfig({ gatway: {} } as RealTimeConfig)).toThrow(/gatway.*gateway/s)
  })

  it('short names stand for settings; one setting said twice and differently is an error', () => {
    const { config } = resolveService({
      ...{ webSocketPort: 9, pollingConfig: { maxConcurrentTasks: 2 } },
      eventIndexerConfig: { pollInterval: 50, batchSize: 7, maxRetries: 3, startFromBlock: 12 },
    })
    expect(config).toMatchObject({
      ...{ gateway: { port: 9 }, polling: { maxConcurrentTasks: 2 }, startHeight: 12 },
      ...{ chain: { pollInterval: 50, maxRetries: 3 }, store: { batchSize: 7 } },
    })
    expect(() => resolveService({ webSocketPort: 1, gateway: { port: 2 } })).toThrow(/webSocketPort.*gateway\.port/)
    expect(resolveService({ webSocketPort: 2, gateway: { port: 2 } }).config.gateway.port).toBe(2)
    expect(() => resolveService({ eventIndexerConfig: { nope: 1 } } as RealTimeConfig)).toThrow(/nope/)
  })

  it('parts that are switched off do not run', async () => {
    const running = made({ ...configured(), enablePolling: false, enableWebSocket: false })
    await running.start()
    expect(running.getSystemStatus()).toMatchObject({
      ...{ eventIndexer: { running: true }, webSocket: { running: false }, polling: { running: false } },
    })
  }, 60_000)

  it('without indexing it serves the log that is there', async () => {
    const config = configured()
    const first = made(config)
    await first.start()
    await until(
      async () => (await first.getEventIndexer().getRecentEvents()).length,
      (count) => count > 0,
    )
    await first.shutdown()
    const second = made({ ...config, enableEventIndexing: false })
    await second.start()
    expect(second.getSystemStatus().eventIndexer.running).toBe(false)
    expect((await second.getEventIndexer().getRecentEvents()).length).toBeGreaterThan(0)
    expect(await second.healthCheck()).toMatchObject({ healthy: true })
  }, 60_000)
})
