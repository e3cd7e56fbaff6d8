/**
 * Every wire in the system: what flows, from whom, to whom, and how far ahead the sender may run (credit, in items).
 * A wire is a MessagePort between two siblings; main is on none of them but its own.
 */
import type { Change, Report } from './cache/messages.ts'
import type { ScannedRange } from './chain/decode/types.ts'
import type { SourceStatus } from './chain/read/types.ts'
import type { CommittedRange, DecodedRange, HistoryChanged, TagsChanged } from './events/types.ts'
import type { StoreFault } from './protocol.ts'
import { type WireSpec, type Wires, wire } from './runtime/index.ts'
import type { FromScheduler, ToScheduler } from './tasks/questions.ts'

export interface Topology extends Record<string, WireSpec<unknown>> {
  hits: WireSpec<ScannedRange>
  records: WireSpec<DecodedRange>
  committed: WireSpec<CommittedRange>
  history: WireSpec<HistoryChanged>
  source: WireSpec<SourceStatus>
  store: WireSpec<StoreFault | null>
  tags: WireSpec<TagsChanged>
  due: WireSpec<TagsChanged>
  'cache-writes': WireSpec<Report>
  'cache-changes': WireSpec<Change>
  'task-cache-writes': WireSpec<Report>
  'task-cache-changes': WireSpec<Change>
  'task-events': WireSpec<FromScheduler>
  'task-results': WireSpec<ToScheduler>
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
  /** What a commit changed, to who caches and to who runs tasks of it. Merged when they are behind. */
  tags: wire<TagsChanged>()({ from: 'event-store', to: 'cache-owner', credit: 16 }),
  due: wire<TagsChanged>()({ from: 'event-store', to: 'scheduler', credit: 16 }),
  /** What a thread writes into its caches, and what it should know of others. Facts: they merge, in any order. */
  'cache-writes': wire<Report>()({ from: 'main', to: 'cache-owner', credit: 32 }),
  'cache-changes': wire<Change>()({ from: 'cache-owner', to: 'main', credit: 32 }),
  'task-cache-writes': wire<Report>()({ from: 'scheduler', to: 'cache-owner', credit: 32 }),
  'task-cache-changes': wire<Change>()({ from: 'cache-owner', to: 'scheduler', credit: 32 }),
  /** How tasks stand, and closures that main shall run; how those ended. */
  'task-events': wire<FromScheduler>()({ from: 'scheduler', to: 'main', credit: 64 }),
  'task-results': wire<ToScheduler>()({ from: 'main', to: 'scheduler', credit: 64 }),
}

/** The wires between these actors, and between them and main: an actor that does not run has none. */
export function wiresAmong(actors: ReadonlySet<string>): Wires {
  const there = (end: string): boolean => end === 'main' || actors.has(end)
  return Object.fromEntries(Object.entries(wires).filter(([, { from, to }]) => there(from) && there(to)))
}
