/** The indexer's part of the service: what it has read, and what it reads now. */
import { EventEmitter } from 'node:events'
import type { ChainEvent, CommittedEvent } from '../events/types.ts'
import type { LogReader } from '../store/types.ts'
import type { SeicheSystem } from '../system.ts'

export interface IndexerEvents {
  /** An event became durable; the same that clients are pushed. */
  event: [event: ChainEvent]
  /** A cache tag's entries are not valid any more. */
  cache_invalidate: [tag: string]
}

export interface IndexerStats {
  isRunning: boolean
  /** The last committed height; it moves for empty blocks too. */
  currentBlock: number
  /** Heights fetched, not committed. */
  queueSize: number
  /** Events committed by this process. */
  processedCount: number
}

export class EventIndexer extends EventEmitter<IndexerEvents> {
  readonly #system: () => SeicheSystem
  readonly #stats: () => IndexerStats

  constructor(system: () => SeicheSystem, stats: () => IndexerStats) {
    super()
    this.#system = system
    this.#stats = stats
  }

  getStats(): IndexerStats {
    return this.#stats()
  }

  /** As {@link RealTimeService.initialize}: the parts of a service are one process and start together. */
  async initialize(): Promise<void> {
    await this.#system().initialize()
  }

  async start(): Promise<void> {
    await this.#system().start()
  }

  async stop(): Promise<void> {
    await this.#system().stop()
  }

  /** Newest first. @throws CodedError `E_WRONG_STATE` before initialize; RangeError for a limit out of 1–1000 */
  async getRecentEvents(limit: number = 50): Promise<ChainEvent[]> {
    return this.#read({ limit })
  }

  /** Newest first. @throws as {@link getRecentEvents} */
  async getEventsByType(type: string, limit: number = 100): Promise<ChainEvent[]> {
    return this.#read({ limit, types: [type] })
  }

  /** Newest first; `address`: a contract's address or configured name. @throws as {@link getRecentEvents} */
  async getEventsByContract(address: string, limit: number = 100): Promise<ChainEvent[]> {
    return this.#read({ limit, contract: address })
  }

  #read(query: Omit<Parameters<LogReader['events']>[0], 'order'>): ChainEvent[] {
    if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > MOST)
      throw new RangeError(`limit: got ${query.limit}: expected a whole number from 1 to ${MOST}`)
    return this.#system()
      .serving.reader.events({ ...query, order: 'desc' })
      .map(parsed)
  }
}

/** Events one call answers, at most. */
const MOST = 1_000

export function parsed({ text }: CommittedEvent): ChainEvent {
  return JSON.parse(text) as ChainEvent
}
