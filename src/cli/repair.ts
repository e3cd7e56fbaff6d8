/** Repairs of the log while Seiche does not run. */
import { lockFolder } from '../store/folder.ts'
import type { LogWriter } from '../store/types.ts'
import { openWriter, type WriterOptions } from '../store/writer.ts'

/**
 * Gives `work` the log, which no other process may index into meanwhile.
 * @throws StoreError `E_STORE_LOCKED` when one does; all that opening throws
 */
export function repair<T>(options: WriterOptions, work: (writer: LogWriter) => T): T {
  const unlock = lockFolder(options.path)
  try {
    const writer = openWriter(options)
    try {
      return work(writer)
    } finally {
      writer.close()
    }
  } finally {
    unlock()
  }
}
