/** Runs the system until a signal ends it. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { SeicheConfig } from '../config/index.ts'
import { CodedError } from '../runtime/index.ts'
import { FILE } from '../store/schema.ts'
import { createLogger, type Logger } from '../telemetry/log.ts'

/** SIGTERM drains; whatever is not done by then is cut. Below the usual 30 s of grace. ms. */
const DRAIN = 25_000

export interface ServeOptions {
  /** Remove the store first. */
  reset: boolean
  /** A recording as the source: its folder, and × recorded speed. */
  tape?: { dir: string; pace: number }
}

/** Indexes and serves until a signal; answers the exit code. */
export async function serve(config: SeicheConfig, { reset, tape }: ServeOptions): Promise<number> {
  return await runUntilSignal(config.log, async (log) => {
    warn(config, log)
    if (reset) removeStore(config.store.path)
    const { createSystem } = await import('../system.ts') // not before: a wrong flag or a node alone needs no database
    const system = await createSystem(config, tape ? { log, tape } : { log })
    await system.start()
    const [http, ws] = [url('http', system.http), url('ws', system.ws)]
    banner(http, ws)
    log.info({ http, ws }, 'ready')
    return () => system.stop()
  })
}

/**
 * Starts, waits for SIGTERM or SIGINT, then stops what `start` answered: 0 when that was done in time. A second signal,
 * or one while it is still starting, ends at once with 1.
 */
export async function runUntilSignal(
  logging: SeicheConfig['log'],
  start: (log: Logger) => Promise<() => Promise<void>>,
): Promise<number> {
  const log = createLogger(logging)
  const first = Promise.withResolvers<NodeJS.Signals>()
  const cut = Promise.withResolvers<number>()
  let signals = 0
  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1
    if (signals === 1) first.resolve(signal)
    else cut.resolve(1)
  }
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  try {
    const stop = await start(log)
    const signal = await first.promise
    log.info({ signal }, 'draining')
    const late = setTimeout(() => {
      log.error({ seconds: DRAIN / 1_000 }, 'not drained in time')
      cut.resolve(1)
    }, DRAIN - 1_000)
    const code = await Promise.race([stop().then(() => 0), cut.promise])
    clearTimeout(late)
    log.info(code === 0 ? 'stopped' : 'cut short')
    return code
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal)
  }
}

function removeStore(path: string): void {
  try {
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(path, FILE + suffix), { force: true })
  } catch (cause) {
    const message = 'the store cannot be removed: make the data folder writable (--data, store.path)'
    throw new CodedError('E_READ_ONLY', message, { cause })
  }
}

function warn(config: SeicheConfig, log: Logger): void {
  if (Object.keys(config.contracts).length === 0)
    log.warn('no contract is watched, so no event will come: name them with --contract name=address')
}

function banner(http: string, ws: string): void {
  if (!process.stdout.isTTY || process.env.CI) return
  const lines = [`REST       ${http}/api/realtime/status`, `socket.io  ${http}`, `WebSocket  ${ws}`]
  process.stdout.write(`\n  Seiche is running\n\n${lines.map((line) => `  ${line}\n`).join('')}\n`)
}

function url(scheme: string, { host, port }: { host: string; port: number }): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
