/** What the routes need of the house, as plain interfaces: whoever composes it passes the real things. */
import type { ThreadCaches } from '../cache/types.ts'
import type { SeicheConfig } from '../config/index.ts'
import type { Spelling } from '../events/accounts.ts'
import type { System } from '../runtime/index.ts'
import type { LogReader } from '../store/types.ts'
import type { Polling } from '../tasks/types.ts'
import type { Views } from '../views/types.ts'
import type { MetricSources } from './metrics.ts'
import type { PlainRoute } from './plain.ts'
import type { TxLookup } from './tx-lookup.ts'
import type { Vitals } from './vitals.ts'

/** Starting and stopping what runs beside REST. */
export interface Operations {
  /** False when it runs already. @throws CodedError `E_WRONG_STATE` during a stop; why it could not start */
  start(): Promise<boolean>
  /** False when it does not run. @throws CodedError `E_WRONG_STATE` during a start */
  stop(): Promise<boolean>
  /** Reads every view anew and runs every task; answers their names. @throws CodedError `E_WRONG_STATE` while it does not run */
  refresh(): Promise<readonly string[]>
  /** True between a start and the next stop. */
  running(): boolean
}

/** Who is connected. */
export interface Sockets {
  clients(): {
    clientCount: number
    /** Channels by client id. */
    subscriptions: Record<string, string[]>
    limits: object
    /** What was not sent, and who was not served, since the process started. */
    drops: object
    clients: Record<string, object>
  }
  /** Sends `data` to whom listens, as the operator's, and counts them. @throws {@link Refusing} `invalid_channel` */
  broadcast(channel: string, data: unknown): number
}

/** The gateway's way of saying no. */
export interface Refusing {
  refusal: { code: string; message: string }
}

/** The configuration in effect. */
export interface ConfigSettings {
  current(): SeicheConfig
  /** Takes what can be changed while it runs. @throws ConfigError naming every problem; nothing is changed then */
  apply(change: object): { applied: string[]; needsRestart: string[] }
}

/** What the routes read, and what operators' hands are on. */
export interface ControlDeps extends Spelling {
  vitals: Vitals
  reader: LogReader
  lookup: TxLookup
  actors: Pick<System, 'tree' | 'restart' | 'profile'>
  views: Views
  /** Zod schemas of the views' payloads, by view name, to publish them. */
  viewSchemas: Readonly<Record<string, unknown>>
  polling: Polling
  sockets: Sockets
  caches: ThreadCaches
  operations: Operations
  settings: ConfigSettings
  metrics: MetricSources
  /** The pages for people. Default: none. */
  pages?: readonly PlainRoute[]
  /** Told of what an operator did. */
  audit(line: object): void
}
