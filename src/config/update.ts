/** Changing a configuration while it runs: what takes effect at once, and what only a new start can change. */
import { isDeepStrictEqual } from 'node:util'
import { ConfigError } from './errors.ts'
import { crossProblems, leaves, schemaProblems } from './problems.ts'
import { merge, type Settings } from './resolve.ts'
import { type SeicheConfig, schema } from './schema.ts'

/** Settings that take effect at once, whole sections included. The port and the longest message belong to open doors. */
const HOT: readonly RegExp[] = [
  /^log\.level$/,
  /^gateway\.(?!port$|maxMessageBytes$)/,
  /^control\.(allowedHosts|allowedOrigins|maxRequestsPerMinute)$/,
  /^polling\./,
]

/** What a change comes to. */
export interface ConfigUpdate {
  /** The configuration in effect from now on: only what is in `applied` has changed. */
  config: SeicheConfig
  /** Settings that took effect, by path, e.g. `log.level`. */
  applied: string[]
  /** Settings that only a new start can change; nothing of them was taken. */
  needsRestart: string[]
}

/**
 * Merges `change` into `current`, as a further source of settings.
 * @throws ConfigError naming every problem; then nothing of it counts
 */
export function updateConfig(current: SeicheConfig, change: unknown): ConfigUpdate {
  const merged = merge(current, requireSettings(change))
  const parsed = schema.safeParse(merged)
  const problems = parsed.success ? crossProblems(parsed.data) : schemaProblems(parsed.error.issues, merged, schema)
  if (!parsed.success || problems.length) throw new ConfigError(problems)
  const wanted: Settings = parsed.data
  const changed = leaves(schema).filter((path) => !isDeepStrictEqual(valueAt(current, path), valueAt(wanted, path)))
  const applied = changed.filter(isHot)
  const config = applied.reduce<Settings>((into, path) => merge(into, only(path, valueAt(wanted, path))), current)
  return { config: config as SeicheConfig, applied, needsRestart: changed.filter((path) => !isHot(path)) }
}

function requireSettings(change: unknown): Settings {
  if (typeof change === 'object' && change !== null && !Array.isArray(change)) return change as Settings
  throw new ConfigError(['expected an object of settings, e.g. {"log":{"level":"debug"}}'])
}

function isHot(path: string): boolean {
  return HOT.some((hot) => hot.test(path))
}

/** The settings that say nothing but this. */
function only(path: string, value: unknown): Settings {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Settings
}

/** What stands at `path`, e.g. `log.level`. */
export function valueAt(settings: Settings, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Settings | undefined)?.[key], settings)
}
