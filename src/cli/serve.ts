/** Runs the system until a signal ends it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type SeicheConfig, urlOf } from '../config/index.ts'
import type { DevnetQuestions } from '../protocol.ts'
import type { SeicheSystem } from '../system.ts'
import { createLogger, type Logger } from '../telemetry/log.ts'
import type { EmbeddedNode } from '../tree.ts'
import { reloadOnSave } from './reload.ts'
import { isTerminal, openTerminal } from './terminal.ts'

/** A signal drains; what is not done by then is cut, so that the end comes within 25 s, below the usual 30 s of grace. ms. */
const DRAIN = 24_000

/** A signal that comes again so soon is the same one: whoever signals a process group often tells its members twice. ms. */
const TWICE = 300

/** Between saying that it is not ready and closing anything, where nothing else is configured and nobody watches, ms. */
const DRAIN_DELAY = 5_000

/** Starts what is to run, and answers what stops it; `asked`: by a signal, not by `fail`. */
export type Start = (log: Logger, fail: (error: Error) => void) => Promise<(asked: boolean) => Promise<void>>

export interface ServeOptions {
  /** Remove the store first. */
  reset: boolean
  /** A node of our own as the source. */
  node?: EmbeddedNode
  /** The config file, which is read again when it is saved. Default: it is read once. */
  saved?: { path: string; load(version: number): Promise<SeicheConfig> }
}

/** Indexes and serves until a signal; answers the exit code. */
export async function serve(first: SeicheConfig, { reset, node, saved }: ServeOptions): Promise<number> {
  let config = first
  let running: SeicheSystem | undefined
  const start: Start = async (log, fail) => {
    warn(config, node !== undefined, log)
    const { createSystem } = await import('../system.ts') // not before: a wrong flag or a node alone needs no database
    let leave: () => void = () => undefined
    const run = async (wanted: SeicheConfig, forget: boolean): Promise<void> => {
      const system = createSystem(wanted, { log, reset: forget, onFailure: fail, ...(node ? { node } : {}) })
      await system.start()
      config = wanted
      running = system
      const rpc = node ? await system.actors.actor<DevnetQuestions>('devnet').ask.url() : undefined
      const at = { http: urlOf('http', system.http), ws: urlOf('ws', system.ws), ...(rpc ? { rpc } : {}) }
      if (isTerminal(config.log.format)) leave = openTerminal(system, at)
      else log.info(at, 'ready')
    }
    const end = async (): Promise<void> => {
      leave()
      await running?.shutdown()
    }
    await run(config, reset)
    let version = 0
    const unwatch = saved
      ? reloadOnSave({
          ...{ path: saved.path, log, load: () => saved.load(++version), current: () => config },
          apply: (wanted) => {
            config = wanted
            running?.settings.apply(wanted)
          },
          restart: async (wanted) => {
            const before = config
            await end()
            try {
              await run(wanted, false)
            } catch (error) {
              await run(before, false)
              throw error
            }
          },
        })
      : () => undefined
    return async (asked) => {
      unwatch()
      running?.serving.vitals.drain()
      if (asked) await sleep(config.drain.delay ?? (process.stdout.isTTY ? 0 : DRAIN_DELAY))
      await end()
    }
  }
  return await runUntilSignal(first.log, start, () => (running ? stillOpen(running) : {}))
}

/** What a process that is cut short leaves open. */
function stillOpen(system: SeicheSystem): object {
  const { webSocket, actors } = system.status()
  const up = Object.entries(actors).filter(([, { state }]) => state === 'up')
  return { clients: webSocket.connectedClients, actors: up.map(([name]) => name) }
}

/**
 * Starts, waits for SIGTERM or SIGINT, then stops what `start` answered: 0 when that was done in time; 1 when it was
 * `fail` that ended it. A second signal, or the end of the time, cuts it short with 1, and logs what is `open` still.
 */
export async function runUntilSignal(
  logging: SeicheConfig['log'],
  start: Start,
  open: () => object = () => ({}),
): Promise<number> {
  const log = createLogger(logging)
  const told = Promise.withResolvers<number>()
  const cut = Promise.withResolvers<number>()
  let draining = Number.POSITIVE_INFINITY
  const drain = (code: number): void => {
    setTimeout(() => cut.resolve(1), DRAIN).unref()
    told.resolve(code)
  }
  const onSignal = (signal: NodeJS.Signals): void => {
    const since = performance.now() - draining
    if (since > TWICE) cut.resolve(1)
    if (since > Number.NEGATIVE_INFINITY) return
    draining = performance.now()
    log.info({ signal }, 'draining')
    drain(0)
  }
  const fail = (error: Error): void => {
    log.fatal({ error }, 'the process ends: it cannot go on by itself')
    drain(1)
  }
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  const whole = async (): Promise<number> => {
    const stop = await start(log, fail)
    const code = await told.promise
    await stop(code === 0)
    log.info({ code }, 'stopped')
    return code
  }
  const short = async (): Promise<number> => {
    const code = await cut.promise
    log.warn({ code, open: open() }, 'cut short before everything was stopped')
    return code
  }
  return await Promise.race([whole(), short()])
}

/** What is allowed, but seldom meant. */
function warn({ contracts, chain, control }: SeicheConfig, embedded: boolean, log: Logger): void {
  if (Object.keys(contracts).length === 0)
    log.warn('no contract is watched, so no event will come: name them with --contract name=address')
  if (embedded && chain.endpoints.length) log.warn('the embedded node is the source: chain.endpoints are not read')
  if (control.allowedOrigins.includes('*')) log.warn('control.allowedOrigins is *: every web page may read and connect')
}
