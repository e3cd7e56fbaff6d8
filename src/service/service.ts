/** The service: one object over a system, with the events and answers of surface §1. */
import { EventEmitter } from 'node:events'
import type { ThreadCaches } from '../cache/types.ts'
import { maskConfig } from '../config/index.ts'
import type { Health, SystemStatus } from '../control/vitals.ts'
import type { ChainEvent } from '../events/types.ts'
import { createSystem, type SeicheSystem } from '../system.ts'
import type { Polling } from '../tasks/types.ts'
import { createLogger } from '../telemetry/log.ts'
import { type RealTimeConfig, type Resolved, resolveService } from './config.ts'
import { EventIndexer, parsed } from './indexer.ts'
import { WebSocketService } from './websocket.ts'

export interface ServiceEvents {
  component_started: [name: string]
  component_stopped: [name: string]
  /** What clients are pushed, after them; nothing while the log catches up. */
  blockchain_event: [event: ChainEvent]
  /** Tags whose entries are not valid any more; null: all. */
  cache_invalidated: [tags: readonly string[] | null]
  /** Names of views and tasks whose data is new. */
  data_refreshed: [names: readonly string[]]
  config_updated: [change: ConfigChange]
  polling_task_completed: [run: { id: string; result: unknown; durationMs: number }]
  /** A try failed; it is tried again. */
  polling_task_error: [run: { id: string; error: string; attempt: number }]
  /** Every try of a run failed. */
  polling_task_failed: [run: { id: string; error: string }]
  polling_health_check: [health: { stuck: string[]; rebuilt: boolean }]
  actor_restarted: [death: { actor: string; generation: number; reason: string; at: string | undefined }]
}

/** What {@link RealTimeService.updateConfig} did. */
export interface ConfigChange {
  /** Settings that took effect. */
  applied: string[]
  /** Settings that only a new start can change; nothing of them was taken. */
  needsRestart: string[]
}

export class RealTimeService extends EventEmitter<ServiceEvents> {
  readonly #resolved: Resolved
  readonly #system: SeicheSystem
  readonly #indexer: EventIndexer
  readonly #sockets: WebSocketService
  readonly #onEnd: () => void

  constructor(given: RealTimeConfig, caches: ThreadCaches, onEnd: () => void) {
    super()
    this.#resolved = resolveService(given)
    const { config, node } = this.#resolved
    const { authorize } = given
    const log = createLogger(config.log)
    this.#system = createSystem(config, { log, caches, ...(node ? { node } : {}), ...(authorize ? { authorize } : {}) })
    this.#indexer = new EventIndexer(
      () => this.#system,
      () => {
        const { running, ...stats } = this.getSystemStatus().eventIndexer
        return { isRunning: running, ...stats }
      },
    )
    this.#sockets = new WebSocketService(this.#system)
    this.#onEnd = onEnd
    this.#forward()
  }

  /** Opens store and REST. @throws CodedError naming why not; nothing is left open then */
  async initialize(): Promise<void> {
    await this.#system.initialize()
  }

  /** Starts pipeline, tasks and sockets; no-op when they run. @throws CodedError `E_WRONG_STATE` during a stop */
  async start(): Promise<void> {
    await this.#system.start()
  }

  /** Drains and ends what {@link start} began; REST stays. @throws CodedError `E_WRONG_STATE` during a start */
  async stop(): Promise<void> {
    await this.#system.stop()
  }

  /** Ends everything: nothing keeps the process alive, and {@link getRealTimeService} makes a new one. */
  async shutdown(): Promise<void> {
    try {
      await this.#system.shutdown()
    } finally {
      this.#onEnd()
    }
  }

  getSystemStatus(): SystemStatus {
    return this.#system.status()
  }

  async healthCheck(): Promise<Health> {
    return this.#system.health()
  }

  /** Reads every view anew, runs every task, and answers their names when that is done. */
  async refreshAllData(): Promise<readonly string[]> {
    return await this.#system.refresh()
  }

  getEventIndexer(): EventIndexer {
    return this.#indexer
  }

  getWebSocketService(): WebSocketService {
    return this.#sockets
  }

  getPollingService(): Polling {
    return this.#system.polling
  }

  /** The configuration in effect, secrets masked. */
  getConfig(): object {
    return maskConfig(this.#system.settings.current())
  }

  /** Takes what can be changed while it runs. @throws ConfigError naming every problem; nothing is changed then */
  updateConfig(change: RealTimeConfig): ConfigChange {
    return this.#system.settings.apply(change)
  }

  #forward(): void {
    const { events } = this.#system
    events.on('component', (name, state) =>
      this.emit(state === 'started' ? 'component_started' : 'component_stopped', name),
    )
    events.on('published', (published) => {
      const heard = this.listenerCount('blockchain_event') + this.#indexer.listenerCount('event')
      for (const event of heard ? published.map(parsed) : []) {
        this.#indexer.emit('event', event)
        this.emit('blockchain_event', event)
      }
    })
    events.on('invalidated', (tags) => {
      for (const tag of tags ?? []) this.#indexer.emit('cache_invalidate', tag)
      this.emit('cache_invalidated', tags)
    })
    events.on('refreshed', (names) => this.emit('data_refreshed', names))
    events.on('configured', (change) => this.emit('config_updated', change))
    events.on('restarted', (death) => this.emit('actor_restarted', death))
    events.on('task', ({ kind, ...run }) => {
      if (kind === 'health') this.emit('polling_health_check', run as ServiceEvents['polling_health_check'][0])
      else this.emit(`polling_task_${kind}`, run as never)
    })
  }
}
