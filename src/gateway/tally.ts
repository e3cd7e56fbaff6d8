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

/** Batches that wait to be counted. */
const MOST_WRITTEN = 64

export class Tally implements Totals {
  readonly framesSent: Record<DoorKind, Counts> = { websocket: {}, 'socket.io': {} }
  readonly sentBytes: Record<DoorKind, number> = { websocket: 0, 'socket.io': 0 }
  readonly framesConflated: Counts = {}
  readonly connectionsClosed: Record<DoorKind, Counts> = { websocket: {}, 'socket.io': {} }
  readonly resumes: Record<ResumeSource, number> = { memory: 0, ledger: 0, expired: 0 }
  rateLimited = 0
  #written: Batch[] = []

  /** Called for each client of each commit: what many get is only ticked here, and counted together. */
  sent(door: DoorKind, batches: readonly Batch[]): void {
    for (const batch of batches) if (++batch.written[door] === 1) this.#written.push(batch)
    if (this.#written.length > MOST_WRITTEN) this.#settle()
  }

  conflated(channel: string): void {
    this.framesConflated[channel] = (this.framesConflated[channel] ?? 0) + 1
  }

  closed(door: DoorKind, reason: string): void {
    const reasons = this.connectionsClosed[door]
    reasons[reason] = (reasons[reason] ?? 0) + 1
  }

  /** Over all doors. */
  get bytes(): number {
    this.#settle()
    return this.sentBytes.websocket + this.sentBytes['socket.io']
  }

  /** A copy that stands still. */
  totals(): Totals {
    this.#settle()
    return structuredClone({ ...this })
  }

  #settle(): void {
    for (const batch of this.#written) {
      for (const door of ['websocket', 'socket.io'] as const) {
        const times = batch.written[door]
        if (!times) continue
        const frames = this.framesSent[door]
        for (const [name, count] of batch.names) frames[name] = (frames[name] ?? 0) + times * count
        this.sentBytes[door] += times * (door === 'websocket' ? batch.websocket : batch.socketio).length
        batch.written[door] = 0
      }
    }
    this.#written = []
  }
}
