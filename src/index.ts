/**
 * Seiche's public API.
 *
 * - `defineConfig` types a configuration file; `defineApp` an app of one's own (its events and channels)
 * - `comparePositions` sorts event ids, which do not sort as text
 * - the types of what clients and REST are given
 *
 * The map of the program is `system.ts`; the actor runtime by itself is `seiche/runtime`.
 */
export { defineConfig, type SeicheConfig, type SeicheConfigInput } from './config/index.ts'
export type { SystemStatus } from './control/vitals.ts'
export {
  type App,
  type Catalogue,
  type ChannelSpec,
  defineApp,
  type Joined,
  type JoinState,
  type MappedEvent,
  type MessageFacts,
  type WasmEvent,
} from './events/app.ts'
export { comparePositions } from './events/position.ts'
export type { ChainEvent, EventValue } from './events/types.ts'
export type { Refusal } from './gateway/refusal.ts'
export type { Acknowledgement, ClientToServerEvents, FramePayload, ServerToClientEvents } from './gateway/socketio.ts'
