/** Counts what is committed, for metrics. */
import type { CommittedRange, Sync } from '../events/types.ts'
import type { CommitCounts } from './metrics.ts'

export interface CommitCounter {
  /** Takes a range, and whether the log was live when it came. */
  committed(range: Pick<CommittedRange, 'after' | 'height' | 'events'>, state: Sync['state']): void
  counts(): CommitCounts
}

/** Types come from contracts, which may invent as many as they like: those beyond are counted as one, `other`. */
const MOST_TYPES = 200

export function commitCounter(): CommitCounter {
  const blocks = { 'catch-up': 0, live: 0 }
  const events = new Map<string, { contract: string; type: string; count: number }>()
  return {
    committed: ({ after, height, events: committed }, state) => {
      // An empty log may begin at any height: what is before it was not committed.
      blocks[state === 'syncing' ? 'catch-up' : 'live'] += after === 0 ? 1 : height - after
      for (const { contract, type } of committed ?? []) {
        const key = `${contract} ${type}`
        const labels = events.has(key) || events.size < MOST_TYPES ? { contract, type } : { contract, type: 'other' }
        const counted = events.get(`${labels.contract} ${labels.type}`) ?? { ...labels, count: 0 }
        counted.count += 1
        events.set(`${labels.contract} ${labels.type}`, counted)
      }
    },
    counts: () => ({ blocks: { ...blocks }, events: [...events.values()].map((each) => ({ ...each })) }),
  }
}
