/**
 * Seiche's public API.
 *
 * - `defineConfig` types a configuration file; `defineApp` an app of one's own (its events and channels)
 * - `getRealTimeService` is the whole system as an object of this process; `ApplicationCache` its four named caches
 * - `comparePositions` sorts event ids, which do not sort as text
 * - the types of what clients and REST are given
 *
 * The map of the program is `system.ts`; the actor runtime by itself is `seiche/runtime`.
 */
export type { ApplicationCache as NamedCaches } from './cache/application.ts'
export { type Cache, type CacheConfig, type CacheStats, Loaded, loaded, type SetOptions } from './cache/types.ts'
export { defineConfig, type SeicheConfig, type SeicheConfigInput } from './config/index.ts'
export type { Degraded } from './control/degraded.ts'
export type { Health, SystemStatus } from './control/vitals.ts'
export {
  type App,
  type AppTask,
  type AsOf,
  type Catalogue,
  type ChannelSpec,
  defineApp,
  type Joined,
  type JoinState,
  type MappedEvent,
  type MessageFacts,
  type OwnTables,
  type Projection,
  type SqlValue,
  type Tables,
  type TaskContext,
  type View,
  type ViewRequest,
  type WasmEvent,
} from './events/app.ts'
export { comparePositions } from './events/position.ts'
export type { ChainEvent, EventValue } from './events/types.ts'
export type { Authorize, Handshake } from './gateway/handshake.ts'
export type { Refusal } from './gateway/refusal.ts'
export type { Acknowledgement, ClientToServerEvents, FramePayload, ServerToClientEvents } from './gateway/socketio.ts'
export type { RealTimeConfig } from './service/config.ts'
export type { EventIndexer, IndexerEvents, IndexerStats } from './service/indexer.ts'
export type { ConfigChange, RealTimeService, ServiceEvents } from './service/service.ts'
export type { WebSocketService } from './service/websocket.ts'
export { ApplicationCache, getRealTimeService } from './service.ts'
export type { Polling, TaskDefinition, TaskEvent, TaskRun, TaskState, TaskStats } from './tasks/types.ts'
