/** How the house is doing, at once and then once a second, to the operators who asked for it. */
import { systemFrame } from './outgoing.ts'
import type { Session } from './session.ts'

const INTERVAL = 1_000
const KEY = 'stats'

export class Stats {
  readonly #read: (first: boolean) => object
  readonly #watchers = new Set<Session>()
  #timer: NodeJS.Timeout | undefined

  /** `read` is told whether it is the first that somebody gets. */
  constructor(read: (first: boolean) => object) {
    this.#read = read
  }

  /** Whether this client is told. */
  watch(session: Session, wanted: boolean): void {
    if (wanted) {
      this.#watchers.add(session)
      session.show(KEY, 'system', systemFrame({ stats: this.#read(true) }))
    } else {
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
    const frame = systemFrame({ stats: this.#read(false) })
    for (const session of this.#watchers) session.show(KEY, 'system', frame)
  }
}
