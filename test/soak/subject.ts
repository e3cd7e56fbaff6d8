/** The process under test, and whoever starts it again when it has ended, as a service manager would. */
import { type ChildProcess, fork, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { STEADY_ENV, STEADY_FLAGS } from '../../src/cli/steady.ts'
import type { SeicheConfigInput } from '../../src/config/index.ts'
import { LOOK_EVERY, type Memory, memoryOf } from './memory.ts'
import type { Order, Word } from './seiche-under-orders.ts'

const SCRIPT = resolve(import.meta.dirname, 'seiche-under-orders.ts')
/** Before a process that did not come to be ready is started again, ms. */
const AGAIN = 500

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never

export class Subject {
  /** Processes that were started. */
  forks = 0
  /** Of them, those that became ready. */
  starts = 0
  /** How processes ended that were ready and that nobody killed. */
  readonly ownEnds: string[] = []
  /** What each process held, looked at every {@link LOOK_EVERY} ms since it was ready. */
  readonly lives: Memory[][] = []
  #orders = 0
  readonly #heard = new Map<number, () => void>()
  #rebornBefore = 0
  #rebornNow = 0
  #child: ChildProcess | undefined
  #ready = false
  #stopping = false
  #looks: NodeJS.Timeout
  readonly #config: SeicheConfigInput
  readonly #log: number

  /** Starts; its log is appended to the file `log`. */
  constructor(config: SeicheConfigInput, log: string) {
    this.#config = config
    this.#log = openSync(log, 'a')
    this.#start()
    this.#looks = setInterval(() => this.#look(), LOOK_EVERY)
  }

  /** Actors that its processes had to start anew, as far as they could tell. */
  get reborn(): number {
    return this.#rebornBefore + this.#rebornNow
  }

  /** Whether a process runs that said it is ready. */
  get ready(): boolean {
    return this.#ready
  }

  /** Gives an order to the process, if one runs; `obeyed` is called when it is taken, which may be never. */
  order(order: WithoutId<Order>, obeyed?: () => void): void {
    const id = this.#orders++
    if (obeyed) this.#heard.set(id, obeyed)
    const message = { ...order, id } as Order
    if (this.#child?.connected) this.#child.send(message, () => undefined) // it may just have been killed
  }

  /** Signals the process of now, if one runs; `later` signals that very process. */
  signal(signal: NodeJS.Signals): { sent: boolean; later(signal: NodeJS.Signals): void } {
    const child = this.#child
    return { sent: child?.kill(signal) ?? false, later: (again) => void child?.kill(again) }
  }

  /** Ends it for good, by SIGTERM; answers its exit code. */
  async stop(): Promise<number | null> {
    this.#stopping = true
    clearInterval(this.#looks)
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    return code
  }

  #start(): void {
    this.#ready = false
    const asTheCommand = { execArgv: [...STEADY_FLAGS], env: { ...STEADY_ENV, ...process.env } }
    const stdio: StdioOptions = ['ignore', this.#log, this.#log, 'ipc']
    const child = fork(SCRIPT, [JSON.stringify(this.#config)], { stdio, ...asTheCommand })
    this.#child = child
    this.forks += 1
    child.on('message', (word: Word) => this.#hear(word))
    child.on('exit', (code, signal) => void this.#ended(code, signal))
  }

  #hear(word: Word): void {
    if (word.kind === 'ready') {
      this.#ready = true
      this.starts += 1
      this.lives.push([])
      this.#rebornBefore += this.#rebornNow
      this.#rebornNow = 0
      return
    }
    if (word.kind === 'obeyed') {
      this.#heard.get(word.id)?.()
      return
    }
    this.#rebornNow = word.reborn
  }

  #look(): void {
    const memory = this.#ready && this.#child?.pid ? memoryOf(this.#child.pid) : undefined
    if (memory) this.lives.at(-1)?.push(memory)
  }

  async #ended(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    if (this.#stopping) return
    const wasReady = this.#ready
    this.#ready = false
    if (signal !== 'SIGKILL') {
      // A start may be refused, e.g. by a store that another process has locked.
      if (wasReady) this.ownEnds.push(`code ${code ?? signal}`)
      await sleep(AGAIN)
    }
    if (!this.#stopping) this.#start()
  }
}
