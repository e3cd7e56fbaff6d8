/** Loading what is missing: one loader at a time for a key, here and on other threads. */
import { CodedError } from '../runtime/index.ts'
import { Unread } from '../telemetry/unread.ts'
import type { Lessee } from './lessee.ts'
import type { LoadTiming, Moment } from './types.ts'

/** What it takes to load a key. */
export interface Work<T> {
  /** Loads as of the moment. */
  load(moment: Moment): Promise<T>
  /** What another thread may have loaded meanwhile. */
  look(): { data: T } | undefined
  /** Whether what was loaded as of then is still good. */
  holds(moment: Moment): boolean
  now(): Moment
  /** Longest load, ms. */
  timeout: number
}

interface Flight {
  /** When its loader began; undefined while it has not. */
  begun: Moment | undefined
  landed: Promise<unknown>
}

export class Loads {
  readonly #ended = new Unread<LoadTiming>(1_000)
  readonly #cache: string
  readonly #lessee: Lessee
  readonly #flights = new Map<string, Flight>()

  constructor(cache: string, lessee: Lessee) {
    this.#cache = cache
    this.#lessee = lessee
  }

  /**
   * What is loaded, here or elsewhere. A load under way is joined, unless what it loads was changed since it began.
   * @throws CodedError `E_LOAD_TIMEOUT`; what the loader throws
   */
  async run<T>(key: string, work: Work<T>): Promise<T> {
    const running = this.#flights.get(key)
    if (running && (!running.begun || work.holds(running.begun))) return (await running.landed) as T
    const flight: Flight = { begun: undefined, landed: Promise.resolve() }
    const landed = this.#fly(key, work, flight)
    flight.landed = landed
    this.#flights.set(key, flight)
    try {
      return await landed
    } finally {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    }
  }

  async #fly<T>(key: string, { load, look, now, timeout }: Work<T>, flight: Flight): Promise<T> {
    for (;;) {
      const leave = await this.#lessee.acquire(this.#cache, key, timeout)
      try {
        const found = look()
        if (found) return found.data
        if (!leave) continue
        flight.begun = now()
        return await this.#timed(within(timeout, key, load(flight.begun)))
      } finally {
        leave?.release()
      }
    }
  }

  /** Loads that ended since this was asked before. */
  taken(): LoadTiming[] {
    return this.#ended.read()
  }

  async #timed<T>(loading: Promise<T>): Promise<T> {
    const begun = performance.now()
    const tell = (outcome: LoadTiming['outcome']): void =>
      this.#ended.push({ cache: this.#cache, outcome, milliseconds: performance.now() - begun })
    try {
      const data = await loading
      tell('ok')
      return data
    } catch (error) {
      tell('error')
      throw error
    }
  }
}

async function within<T>(milliseconds: number, key: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `loading ${JSON.stringify(key)} took more than ${milliseconds} ms: raise its timeout, or have the loader give up`
      reject(new CodedError('E_LOAD_TIMEOUT', message))
    }, milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
