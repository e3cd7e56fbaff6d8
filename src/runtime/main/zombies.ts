/** Threads that were ended and are still there: in native code, where nothing reaches them. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'

/** A thread that JavaScript holds is gone in milliseconds. */
const PATIENCE = 1_000

export class Zombies {
  readonly #alive = new Set<Worker>()
  readonly #onMore: (count: number) => void

  /** `onMore` is told their number each time there is one more. */
  constructor(onMore: (count: number) => void) {
    this.#onMore = onMore
  }

  get count(): number {
    return this.#alive.size
  }

  /** Ends the thread without waiting for it. */
  end(worker: Worker): void {
    const gone = worker.terminate().then(() => true)
    void Promise.race([gone, sleep(PATIENCE, false, { ref: false })]).then((ended) => {
      if (ended) return
      this.#alive.add(worker)
      void gone.then(() => this.#alive.delete(worker))
      this.#onMore(this.#alive.size)
    })
  }
}
