/** The configuration as it is in effect, and what changes with it while the system runs. */
import { type ConfigUpdate, type SeicheConfig, updateConfig } from '../config/index.ts'
import type { ConfigSettings } from '../control/deps.ts'
import { createGuard, type Guard } from '../control/guard.ts'

export interface Settings extends ConfigSettings {
  /** What is asked at each use; the same object for ever. */
  readonly limits: SeicheConfig['gateway']
  /** Decides by the lists as they are now. */
  readonly guard: Guard
}

/** `onChange` is told what took effect. */
export function createSettings(config: SeicheConfig, onChange: (update: ConfigUpdate) => void): Settings {
  let current = config
  let guard = createGuard(config.control)
  const limits = { ...config.gateway }
  return {
    limits,
    guard: (request) => guard(request),
    current: () => current,
    apply: (change) => {
      const update = updateConfig(current, change)
      current = update.config
      guard = createGuard(current.control)
      Object.assign(limits, current.gateway)
      onChange(update)
      const { applied, needsRestart } = update
      return { applied, needsRestart }
    },
  }
}
