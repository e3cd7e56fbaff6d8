/** Keeps what the dashboard shows: a reading every second, the deaths of the last hour, what operators did. */
import type { EventEmitter } from 'node:events'
import type { ControlDeps } from '../control/deps.ts'
import { type Column, History, type Totals } from '../dashboard/history.ts'
import { overviewOf } from '../dashboard/overview.ts'
import type { Hub } from '../gateway/hub.ts'
import type { SystemEvents } from './events.ts'
import type { Stages } from './stages.ts'

export interface HouseWatch {
  /** A frame of the dashboard; the first that somebody gets has the history beside. */
  overview(first: boolean): object
  /** The newest reading; nulls in the first second. */
  latest(): Record<Column, number | null>
  /** Takes what an operator did. */
  acted(line: object): void
  close(): void
}

export interface HouseWatchDeps {
  control: ControlDeps
  hub: Hub
  stages: Stages
  events: EventEmitter<SystemEvents>
}

/** ms */
const [SECOND, HOUR] = [1_000, 3_600_000]
/** Actions of operators that are kept. */
const MOST_ACTIONS = 200

export function watchHouse({ control, hub, stages, events }: HouseWatchDeps): HouseWatch {
  let deaths: number[] = []
  let actions: object[] = []
  let [acted, told] = [0, 0]
  const died = (): void => void deaths.push(performance.now())
  const deathsLastHour = (): number => {
    deaths = deaths.filter((at) => performance.now() - at < HOUR)
    return deaths.length
  }
  const totals = (): Totals => {
    const { sync, eventIndexer } = control.vitals.status()
    const caches = Object.values(control.caches.metrics())
    const cacheHits = caches.reduce((sum, { hits }) => sum + hits, 0)
    return {
      ...{ events: eventIndexer.processedCount, head: sync.headHeight, committed: sync.indexedHeight },
      ...{ clients: hub.clientCount, sentBytes: hub.sentBytes, cacheHits },
      cacheReads: caches.reduce((sum, { misses }) => sum + misses, cacheHits),
    }
  }
  const history = new History({ totals, pushed: () => stages.unshown.read() })
  const timer = setInterval(() => history.read(), SECOND).unref()
  events.on('restarted', died)
  return {
    overview: (first) => {
      const isNews = first || acted !== told
      if (!first) told = acted
      const parts = { control, gateway: () => hub.metrics(), history, deaths: deathsLastHour }
      return { ...overviewOf(parts, first), ...(isNews ? { actions } : {}) }
    },
    acted: (line) => {
      acted += 1
      actions = [{ at: Date.now(), ...line }, ...actions].slice(0, MOST_ACTIONS)
    },
    latest: () => history.named,
    close: () => {
      clearInterval(timer)
      events.off('restarted', died)
    },
  }
}
