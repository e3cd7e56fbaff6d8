/** What a system says as it happens. */
import type { CommittedEvent } from '../events/types.ts'
import type { TaskEvent } from '../tasks/types.ts'

export interface SystemEvents {
  /** A part was started or stopped. */
  component: [name: 'event_indexer' | 'websocket' | 'polling', state: 'started' | 'stopped']
  /** Events that were pushed to those who listen, in order, after them; none while the log is syncing. */
  published: [events: readonly CommittedEvent[]]
  /** What a commit changed; null: everything. */
  invalidated: [tags: readonly string[] | null]
  task: [event: TaskEvent]
  /** Views or tasks whose data is new. */
  refreshed: [names: readonly string[]]
  /** The configuration was changed while it runs. */
  configured: [change: { applied: string[]; needsRestart: string[] }]
  /** An actor died and is replaced. */
  restarted: [death: { actor: string; generation: number; reason: string; at: string | undefined }]
}
