/** A config file that is saved while Seiche runs: what can change at once does, for the rest it starts anew by itself. */
import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type SeicheConfig, updateConfig } from '../config/index.ts'
import type { Logger } from '../telemetry/log.ts'

export interface ReloadDeps {
  /** The config file. */
  path: string
  /** The configuration as it is now in the file, the flags and the environment. @throws ConfigError */
  load(): Promise<SeicheConfig>
  current(): SeicheConfig
  /** Takes what takes effect at once. */
  apply(config: SeicheConfig): void
  /** Ends what runs and starts with this. */
  restart(config: SeicheConfig): Promise<void>
  log: Logger
}

/** Editors write in several steps; this long after the last one it is read, ms. */
const SETTLED = 100

/** Watches until the answer is called. A save that is wrong changes nothing, and says why. */
export function reloadOnSave({ path, load, current, apply, restart, log }: ReloadDeps): () => void {
  let timer: NodeJS.Timeout | undefined
  let last = Promise.resolve()
  const take = async (): Promise<void> => {
    try {
      const config = await load()
      if (isDeepStrictEqual(config, current())) return
      const { applied, needsRestart } = updateConfig(current(), config)
      if (needsRestart.length || !applied.length) {
        log.info({ changed: needsRestart }, 'the config file was saved: starting anew')
        await restart(config)
      } else {
        apply(config)
        log.info({ applied }, 'the config file was saved')
      }
    } catch (error) {
      const { problems } = error as { problems?: string[] }
      log.error(
        problems ? { problems } : { error },
        'the config file was saved, but this cannot run: what runs goes on as it was; correct the file and save it again',
      )
    }
  }
  const saved = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      last = last.then(take)
    }, SETTLED)
  }
  const watcher: FSWatcher = watch(dirname(path), (_, name) => {
    if (name === basename(path)) saved() // an editor puts another file in its place: the folder is watched
  })
  saved() // it may have been between reading it and now
  return () => {
    clearTimeout(timer)
    watcher.close()
  }
}
