/** A lock on the store that never frees: only the end of the process can free one that a dead thread of it holds (D9). */
import { CodedError } from '../runtime/shared/errors.ts'

export interface LockWatch {
  /** Takes what keeps the store from committing now; null: nothing does. */
  see(fault: { code?: unknown; cause?: unknown } | null): void
}

const LOCKED = new Set<unknown>(['E_BUSY', 'E_STORE_LOCKED'])

/** Calls `onNeverFree` once when nothing but the lock was seen for `patience` ms. */
export function lockWatch(patience: number, onNeverFree: (error: CodedError) => void): LockWatch {
  let since: number | undefined
  return {
    see: (fault) => {
      if (!isLocked(fault)) {
        since = undefined
        return
      }
      since ??= performance.now()
      if (performance.now() - since < patience) return
      since = Number.POSITIVE_INFINITY // told once
      const message = `the store is locked for longer than ${patience} ms (store.lockPatience): end what else holds it`
      onNeverFree(new CodedError('E_STORE_LOCKED', message))
    },
  }
}

function isLocked(fault: { code?: unknown; cause?: unknown } | null): boolean {
  for (let each = fault; each; each = each.cause as typeof fault) if (LOCKED.has(each.code)) return true
  return false
}
