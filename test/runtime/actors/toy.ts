/** An actor that does whatever a test tells it to. */
import { execFileSync } from 'node:child_process'
import { writeSync } from 'node:fs'
import { CodedError, defineActor, STOP } from '../../../src/runtime/index.ts'

export interface ToyBoot {
  /** Throw in the body at these generations. */
  failAt?: number[]
  /** Whatever the test passes, to see that boot is asked anew. */
  value?: unknown
  /** Never stop when told to. */
  stubborn?: boolean
}

export interface Toy {
  echo(value: unknown): unknown
  boot(): unknown
  generation(): number
  /** Values of its environment. */
  environment(): string[]
  fail(): never
  failCoded(): never
  never(): Promise<never>
  spin(): void
  spinMicrotasks(): void
  exit(code: number): void
  crashLater(): void
  sleepInAtomics(milliseconds: number): void
  bytes(): Uint8Array
  /** Blocks in native code for about five seconds. */
  native(): void
  leak(): void
  claimWork(): void
  reportStuckSupervisor(after: number): void
}

defineActor<Toy, ToyBoot | undefined>(({ boot, generation, progress, busy, watchSupervisor }) => {
  if (boot?.failAt?.includes(generation)) throw new CodedError('E_TOY', `generation ${generation} does not want to`)
  return {
    echo: (value) => value,
    boot: () => boot?.value,
    generation: () => generation,
    environment: () => Object.values(process.env).filter((value) => value !== undefined),
    fail: () => {
      throw new TypeError('toy failed', { cause: new RangeError('the cause') })
    },
    failCoded: () => {
      throw Object.assign(new CodedError('E_TOY', 'coded'), { height: 7 })
    },
    never: () => new Promise<never>(() => undefined),
    spin: () => {
      progress(42)
      setImmediate(() => forever())
    },
    spinMicrotasks: () => {
      const again = (): void => queueMicrotask(again)
      again()
    },
    exit: (code) => process.exit(code),
    crashLater: () => {
      setTimeout(() => {
        throw new CodedError('E_TOY', 'later')
      }, 5)
    },
    sleepInAtomics: (milliseconds) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
    },
    bytes: () => new Uint8Array([1, 2, 3]),
    native: () => {
      execFileSync('sleep', ['5'])
    },
    leak: () => {
      const held: unknown[] = []
      setInterval(() => held.push(Array.from({ length: 10_000 }, (_, n) => ({ n }))), 20)
    },
    claimWork: () => busy(true),
    reportStuckSupervisor: (after) => watchSupervisor(after, () => writeSync(1, 'stuck\n')),
    [STOP]: async () => {
      if (boot?.stubborn) await new Promise(() => undefined)
    },
  }
})

function forever(): never {
  let n = 0
  for (;;) n = (n * 31 + 7) % 1001
}
