/**
 * How a thread gets leave to load: it asks the owner, so that one loader runs in all threads. While nobody answers, each
 * thread loads for itself.
 */
import type { FromOwner, ToOwner } from './messages.ts'

/** An owner that lives answers within this time, ms. */
const PATIENCE = 1_000

/** Leave to load, to be given back; `undefined`: another thread has loaded meanwhile, look again. */
export interface Leave {
  release(): void
}

interface Request {
  cache: string
  key: string
  term: number
  answer: ((leave: Leave | undefined) => void) | undefined
  timer: NodeJS.Timeout | undefined
}

export class Lessee {
  readonly #say: (message: ToOwner) => void
  readonly #requests = new Map<number, Request>()
  #last = 0
  #up = false

  constructor(say: (message: ToOwner) => void) {
    this.#say = say
  }

  /** `term`: what the loading takes at most, ms. */
  async acquire(cache: string, key: string, term: number): Promise<Leave | undefined> {
    if (!this.#up) return { release: () => undefined }
    const id = ++this.#last
    return await new Promise((resolve) => {
      const request: Request = { cache, key, term, answer: resolve, timer: undefined }
      this.#requests.set(id, request)
      this.#wait(id, request, PATIENCE)
      this.#say({ kind: 'lease', id, cache, key, term, mine: false })
    })
  }

  answered(message: Extract<FromOwner, { kind: 'granted' | 'held' | 'released' }>): void {
    const request = this.#requests.get(message.id)
    if (!request?.answer) return
    if (message.kind === 'held') this.#wait(message.id, request, message.term + PATIENCE)
    else if (message.kind === 'granted') this.#granted(message.id, request)
    else {
      this.#requests.delete(message.id)
      this.#answer(request, undefined)
    }
  }

  /** The owner lives. */
  reached(): void {
    this.#up = true
  }

  /** An owner was born, it knows nothing: asks again, and says what is being loaded. */
  again(): void {
    for (const [id, { answer, cache, key, term }] of this.#requests)
      this.#say({ kind: 'lease', id, cache, key, term, mine: answer === undefined })
  }

  /** There is no owner: whoever waits may load. */
  lost(): void {
    this.#up = false
    for (const [id, request] of this.#requests) if (request.answer) this.#granted(id, request)
  }

  #granted(id: number, request: Request): void {
    const { cache, key } = request
    this.#answer(request, {
      release: () => {
        if (this.#requests.delete(id)) this.#say({ kind: 'release', id, cache, key })
      },
    })
  }

  #answer(request: Request, leave: Leave | undefined): void {
    clearTimeout(request.timer)
    const { answer } = request
    request.answer = undefined
    answer?.(leave)
  }

  #wait(id: number, request: Request, milliseconds: number): void {
    clearTimeout(request.timer)
    request.timer = setTimeout(() => {
      this.#up = false // until it is heard of again
      this.#granted(id, request)
    }, milliseconds)
  }
}
