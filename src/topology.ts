/**
 * Every wire in the system: what flows, from whom, to whom, and how far ahead the sender may run (credit, in items).
 * A wire is a MessagePort between two siblings; main is on none of them but its own.
 */
import type { ScannedRange } from './chain/decode/types.ts'
import type { SourceStatus } from './chain/read/types.ts'
import type { CommittedRange, DecodedRange, HistoryChanged } from './events/types.ts'
import type { StoreFault } from './protocol.ts'
import { type WireSpec, wire } from './runtime/index.ts'

export interface Topology extends Record<string, WireSpec<unknown>> {
  hits: WireSpec<ScannedRange>
  records: WireSpec<DecodedRange>
  committed: WireSpec<CommittedRange>
  history: WireSpec<HistoryChanged>
  source: WireSpec<SourceStatus>
  store: WireSpec<StoreFault | null>
}

export const wires: Topology = {
  /** The transactions that can matter, as bytes (transferred), up to 20 heights an item. */
  hits: wire<ScannedRange>()({ from: 'block-fetcher', to: 'event-decoder', credit: 8 }),
  /** Typed records. The store commits everything that waits here in one transaction. */
  records: wire<DecodedRange>()({ from: 'event-decoder', to: 'event-store', credit: 16 }),
  /** What has become durable. The store never waits for main: out of credit, main reads the log instead. */
  committed: wire<CommittedRange>()({ from: 'event-store', to: 'main', credit: 32 }),
  /** Whose history is complete now. */
  history: wire<HistoryChanged>()({ from: 'event-store', to: 'main', credit: 16 }),
  /** How the nodes are doing. The newest wins. */
  source: wire<SourceStatus>()({ from: 'block-fetcher', to: 'main', credit: 4 }),
  /** What keeps the store from committing. The newest wins. */
  store: wire<StoreFault | null>()({ from: 'event-store', to: 'main', credit: 4 }),
}
