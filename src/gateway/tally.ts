/** What the gateway counts: plain numbers, for metrics and for operators. */
import type { Batch } from './frames.ts'
import type { DoorKind } from './handshake.ts'

/** Counts by a label from a closed set. */
export type Counts = Record<string, number>

/** What a resume was read from: the latest events in memory, or the log; or it had expired. */
export type ResumeSource = 'memory' | 'ledger' | 'expired'

/** Totals since the process started. */
export interface Totals {
  /** By door, then by frame name (`event`, `data_update`, …). */
  framesSent: Record<DoorKind, Counts>
  /** By door; payload and framing, without TLS. */
  sentBytes: Record<DoorKind, number>
  /** Views that a newer one replaced while they waited for a slow client, by channel. */
  framesConflated: Counts
  /** By door, then by reason (`client`, `server_busy`, `restart`, `silent`, …). */
  connectionsClosed: Record<DoorKind, Counts>
  resumes: Record<ResumeSource, number>
  /** Messages refused as `rate_limited`. */
  rateLimited: number
}

export class Tally implements Totals {
  readonly framesSent: Record<DoorKind, Counts> = { websocket: {}, 'socket.io': {} }
  readonly sentBytes: Record<DoorKind, number> = { websocket: 0, 'socket.io': 0 }
  readonly framesConflated: Counts = {}
  readonly connectionsClosed: Record<DoorKind, Counts> = { websocket: {}, 'socket.io': {} }
  readonly resumes: Record<ResumeSource, number> = { memory: 0, ledger: 0, expired: 0 }
  rateLimited = 0

  sent(door: DoorKind, batches: readonly Batch[]): void {
    const frames = this.framesSent[door]
    for (const batch of batches) {
      for (const [name, count] of batch.names) frames[name] = (frames[name] ?? 0) + count
      this.sentBytes[door] += door === 'websocket' ? batch.websocket.length : batch.socketioBytes
    }
  }

  conflated(channel: string): void {
    this.framesConflated[channel] = (this.framesConflated[channel] ?? 0) + 1
  }

  closed(door: DoorKind, reason: string): void {
    const reasons = this.connectionsClosed[door]
    reasons[reason] = (reasons[reason] ?? 0) + 1
  }

  /** A copy that stands still. */
  totals(): Totals {
    return structuredClone({ ...this })
  }
}
