/** Endpoints that are not believed, told once each: `/health` shows them only as long as it lasts. */
import type { SourceStatus } from '../chain/read/types.ts'

/** Takes each status of the source; calls `tell` when an endpoint is set aside, or for another reason than before. */
export function setAsideWatch(tell: (endpoint: string, reason: string) => void): (status: SourceStatus) => void {
  const reasons = new Map<string, string | undefined>()
  return ({ endpoints }) => {
    for (const { alias, setAside } of endpoints) {
      if (setAside && reasons.get(alias) !== setAside) tell(alias, setAside)
      reasons.set(alias, setAside)
    }
  }
}
