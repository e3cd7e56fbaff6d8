/** One generation of an actor: its thread, from the first line it loads to its end. */
import { enableCompileCache } from 'node:module'
import { MessageChannel, Worker } from 'node:worker_threads'
import { releaseProxy } from 'comlink'
import { type Cell, cell } from '../shared/cell.ts'
import type { Cradle, Notice } from '../shared/messages.ts'
import { revive } from '../shared/plain-error.ts'
import { asking } from '../shared/questions.ts'
import type { ActorDied } from './errors.ts'
import { type ActorSpec, DEFAULTS } from './spec.ts'
import type { Ending } from './verdict.ts'

type Proxy = Record<string, (...args: unknown[]) => Promise<unknown>> & { [releaseProxy](): void }

/** A generation: a thread that loads its modules, and from its birth on the actor. */
export interface Life {
  generation: number
  worker: Worker
  cell: Cell
  /** `performance.now()` of its birth. */
  born: number
  proxy: Proxy
  /** Called once when this generation ends, however it ends. A set, not a promise: what raced with a promise would stay with it. */
  mourners: Set<(error: ActorDied) => void>
  /** Told when it is ready. */
  ready: PromiseWithResolvers<void>
  /** What it threw or said it died of. */
  failure?: Error
  /** Its exit code, when the thread has ended. */
  exit?: number
  /** Why it was told to end before its time, when it was. */
  retired?: Ending
}

/** Compiled code is kept on disk, where Node keeps its own: a thread then starts in two thirds of the time. */
const { directory } = enableCompileCache()
const COMPILE_CACHE: Record<string, string> = directory === undefined ? {} : { NODE_COMPILE_CACHE: directory }

/** Starts the thread of the next generation of an actor; it loads its modules, and waits to be born. `onExit` is told of its end. */
export function beginLife(
  { name, spec, generation: last }: { name: string; spec: ActorSpec; generation: number },
  supervisor: SharedArrayBuffer,
  onExit: (life: Life) => void,
): Life {
  const generation = last + 1
  const questions = new MessageChannel()
  const shared = cell()
  const cradle: Cradle = { name, generation, cell: shared.buffer, supervisor, questions: questions.port2 }
  const { resourceLimits, execArgv, env = {} } = spec
  const worker = new Worker(spec.entry, {
    ...{ name, workerData: cradle, transferList: [questions.port2], env: { ...COMPILE_CACHE, ...env } },
    resourceLimits: { ...DEFAULTS.resourceLimits, ...resourceLimits },
    ...(execArgv ? { execArgv } : {}),
  })
  const proxy = asking<object>(questions.port1) as unknown as Proxy
  const release = (): void => {
    proxy[releaseProxy]() // or comlink keeps the port, what waits on it, and through that all of this, for ever
    questions.port1.close()
  }
  const life: Life = {
    ...{ generation, worker, proxy, cell: shared, born: performance.now() },
    ...{ ready: Promise.withResolvers<void>(), mourners: new Set([release]) },
  }
  worker.on('message', (notice: Notice) => {
    if (notice.kind === 'failed') life.failure = revive(notice.error)
    if (notice.kind === 'ready') life.ready.resolve()
  })
  worker.on('error', (error) => {
    life.failure ??= error as Error
  })
  worker.on('exit', (code) => {
    life.exit = code
    onExit(life)
  })
  return life
}

/** How a thread ends that was told to. */
export const CLEAN = 'exited with code 0'

/** What the end of a thread says of its generation. */
export function howItEnded({ failure, exit }: Life): Ending {
  return failure ? failed(failure) : { kind: 'failed', reason: `exited with code ${exit}` }
}

function failed(error: Error): Ending {
  const { code } = error as { code?: unknown }
  const reason = `${typeof code === 'string' ? `${code}: ` : ''}${error.message}`
  return { kind: code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'failed', reason }
}
