/** How the house is doing, once a second, to the operators who asked for it. */
import { systemFrame } from './outgoing.ts'
import type { Session } from './session.ts'

const INTERVAL = 1_000
const KEY = 'stats'

export class Stats {
  readonly #read: () => object
  readonly #watchers = new Set<Session>()
  #timer: NodeJS.Timeout | undefined

  constructor(read: () => object) {
    this.#read = read
  }

  /** Whether this client is told. */
  watch(session: Session, wanted: boolean): void {
    if (wanted) this.#watchers.add(session)
    else {
      this.#watchers.delete(session)
      session.forget(KEY)
    }
    if (this.#watchers.size) this.#timer ??= setInterval(() => this.#tell(), INTERVAL).unref()
    else {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  #tell(): void {
    const frame = systemFrame({ stats: this.#read() })
    for (const session of this.#watchers) session.show(KEY, 'system', frame)
  }
}
