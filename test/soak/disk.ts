/** Runs in the event-store's thread before its own code: fills the disk up, or makes it read-only, when told to. */
import { DatabaseSync } from 'node:sqlite'
import { BroadcastChannel } from 'node:worker_threads'

export type Disk = 'disk full' | 'read-only'
interface Order {
  disk: Disk
  lasts: number
}

const CHANNEL = 'soak.disk'
/** SQLite raises a limit below the file's size to that size (sqlite.org/pragma.html#pragma_max_page_count). */
const ON: Record<Disk, string> = { 'disk full': 'max_page_count = 1', 'read-only': 'query_only = ON' }
const OFF: Record<Disk, string> = { 'disk full': 'max_page_count = 4294967294', 'read-only': 'query_only = OFF' }

/** From now on, called in the thread itself: obeys. */
export function obeyOrders(): void {
  let writer: DatabaseSync | undefined
  const { prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.prepare = function (sql, ...rest) {
    if (sql === 'BEGIN IMMEDIATE') writer = this
    return prepare.call(this, sql, ...rest)
  }
  const channel = new BroadcastChannel(CHANNEL)
  channel.unref()
  channel.onmessage = (message: unknown) => {
    const { disk, lasts } = (message as { data: Order }).data
    if (!writer?.isOpen) return
    writer.exec(`PRAGMA ${ON[disk]}`)
    setTimeout(() => writer?.isOpen && writer.exec(`PRAGMA ${OFF[disk]}`), lasts)
  }
}

/** Tells the store's thread of this process that its disk is so for so long, ms; one that is dead does not hear it. */
export function tellDisk(disk: Disk, lasts: number): void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.postMessage({ disk, lasts } satisfies Order)
  channel.close()
}
