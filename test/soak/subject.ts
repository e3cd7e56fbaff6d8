/** The process under test, and whoever starts it again when it has ended, as a service manager would. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SeicheConfigInput } from '../../src/config/index.ts'
import type { Order, Word } from './seiche-under-orders.ts'

const SCRIPT = resolve(import.meta.dirname, 'seiche-under-orders.ts')
/** Before a process that did not come to be ready is started again, ms. */
const AGAIN = 500

export class Subject {
  /** Processes that were started. */
  forks = 0
  /** Of them, those that became ready. */
  starts = 0
  /** Orders that a thread took. */
  obeyed = 0
  /** How processes ended that were ready and that nobody killed. */
  readonly ownEnds: string[] = []
  /** Resident memory of the latest process, bytes: once a second since it was ready. */
  rss: number[] = []
  peak = 0
  #rebornBefore = 0
  #rebornNow = 0
  #child: ChildProcess | undefined
  #ready = false
  #stopping = false
  readonly #config: SeicheConfigInput
  readonly #log: number

  /** Starts; its log is appended to the file `log`. */
  constructor(config: SeicheConfigInput, log: string) {
    this.#config = config
    this.#log = openSync(log, 'a')
    this.#start()
  }

  /** Actors that its processes had to start anew, as far as they could tell. */
  get reborn(): number {
    return this.#rebornBefore + this.#rebornNow
  }

  /** Gives an order to a thread of the process, if one runs. */
  order(order: Order): void {
    if (this.#child?.connected) this.#child.send(order, () => undefined) // it may just have been killed
  }

  /** Signals the process of now; answers what signals that very process. */
  signal(signal: NodeJS.Signals): (signal: NodeJS.Signals) => void {
    const child = this.#child
    child?.kill(signal)
    return (later) => void child?.kill(later)
  }

  /** Ends it for good, by SIGTERM; answers its exit code. */
  async stop(): Promise<number | null> {
    this.#stopping = true
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    return code
  }

  #start(): void {
    this.#ready = false
    const child = fork(SCRIPT, [JSON.stringify(this.#config)], { stdio: ['ignore', this.#log, this.#log, 'ipc'] })
    this.#child = child
    this.forks += 1
    child.on('message', (word: Word) => this.#hear(word))
    child.on('exit', (code, signal) => void this.#ended(code, signal))
  }

  #hear(word: Word): void {
    if (word.kind === 'ready') {
      this.#ready = true
      this.starts += 1
      this.rss = []
      this.#rebornBefore += this.#rebornNow
      this.#rebornNow = 0
      return
    }
    if (word.kind === 'obeyed') {
      this.obeyed += 1
      return
    }
    this.#rebornNow = word.reborn
    this.rss.push(word.rss)
    this.peak = Math.max(this.peak, word.rss)
  }

  async #ended(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    if (this.#stopping) return
    if (signal !== 'SIGKILL') {
      // A start may be refused, e.g. by a store that another process has locked.
      if (this.#ready) this.ownEnds.push(`code ${code ?? signal}`)
      await sleep(AGAIN)
    }
    if (!this.#stopping) this.#start()
  }
}
