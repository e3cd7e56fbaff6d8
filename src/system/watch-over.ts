/** What main does when actors die: says so, and ends the process where only that helps. */
import type { EventEmitter } from 'node:events'
import type { SeicheConfig } from '../config/index.ts'
import { CodedError, type System } from '../runtime/index.ts'
import type { LockWatch } from '../store/lock-watch.ts'
import type { Logger } from '../telemetry/log.ts'
import type { SystemEvents } from './events.ts'

export interface WatchDeps {
  config: SeicheConfig
  lock: LockWatch
  log: Logger
  events: EventEmitter<SystemEvents>
  /** Told when the process should end with 1. */
  onFailure(error: Error): void
}

/** Listens to the actors from their first start on. */
export function watchOver(actors: System, { config, lock, log, events, onFailure }: WatchDeps): System {
  actors.on('down', (death) => {
    log.warn(death, 'an actor died and is replaced')
    events.emit('restarted', death)
  })
  actors.on('supervisor', ({ supervisor, state, error }) => {
    if (state !== 'failed') return
    log.error({ supervisor, error }, 'a supervisor failed; what it supervised is tried again')
    const failure = error ?? new CodedError('E_PIPELINE', `${supervisor} failed`)
    if (config.exitOnFailure || supervisor === 'root') onFailure(failure)
    else lock.see(failure)
  })
  actors.on('zombie', (count) =>
    log.error(count, 'a thread is stuck in native code; it was replaced, but holds its memory'),
  )
  actors.on('exhausted', (count) => {
    log.fatal(count, 'too many threads are stuck in native code: the process ends, start it again')
    process.kill(process.pid, 'SIGKILL') // an exit would wait for them
  })
  return actors
}
