/** Where settings come from: flag > environment > file > default; every problem named at once. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { z } from 'zod'
import { prefixOf } from '../events/accounts.ts'
import { environment } from './environment.ts'
import { ConfigError } from './errors.ts'
import { didYouMean } from './nearest.ts'
import { type SeicheConfig, type SeicheConfigInput, schema } from './schema.ts'

/** A tree of settings as one source gives it, not validated. */
export type Settings = Record<string, unknown>

export interface Sources {
  /** From the command line. */
  flags?: Settings
  /** Default: `process.env`. */
  env?: NodeJS.ProcessEnv
  /** What the config file exports. */
  file?: SeicheConfigInput
  /** What the command itself knows, below everything else. */
  defaults?: Settings
}

/**
 * Validates and merges. Derived are the address prefix (from the contracts) and the app (SeiMoney without a file).
 * @throws ConfigError naming every problem: where, what was got, what is allowed, what was probably meant.
 */
export function resolveConfig({ flags = {}, env = process.env, file, defaults = {} }: Sources = {}): SeicheConfig {
  const fromEnv = environment(env)
  const merged = [defaults, file ?? {}, fromEnv.settings, flags].reduce<Settings>(merge, {})
  const parsed = schema.safeParse(merged)
  const problems = [...fromEnv.problems, ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => describe(issue, merged)))]
  if (problems.length || !parsed.success) throw new ConfigError(problems)
  const config = parsed.data
  config.chain.prefix ??= Object.values(config.contracts).map(({ address }) => prefixOf(address))[0]
  config.app ??= file ? undefined : 'seimoney'
  const unsafe = unsafeListening(config)
  if (unsafe) throw new ConfigError([unsafe])
  return config
}

/** Imports a config file (.ts, .js or .json); relative paths are the working folder's. @throws ConfigError */
export async function loadConfigFile(path: string): Promise<SeicheConfigInput> {
  try {
    if (path.endsWith('.json')) return JSON.parse(readFileSync(path, 'utf8')) as SeicheConfigInput
    const module = (await import(pathToFileURL(resolve(path)).href)) as { default?: SeicheConfigInput }
    if (module.default) return module.default
  } catch (error) {
    throw new ConfigError([`--config ${path}: ${(error as Error).message}`])
  }
  throw new ConfigError([`--config ${path}: it has no default export; write: export default defineConfig({ … })`])
}

function merge(under: Settings, over: Settings): Settings {
  const merged = { ...under }
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue
    merged[key] = isSection(value) && isSection(merged[key]) ? merge(merged[key], value) : value
  }
  return merged
}

function isSection(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof URL)
}

function describe(issue: z.core.$ZodIssue, settings: Settings): string[] {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${[path, key].filter(Boolean).join('.')}: there is no such setting.${didYouMean(key, knownKeys(issue.path))}`)
  const got = issue.path.reduce<unknown>((value, key) => (isSection(value) || Array.isArray(value) ? (value as Settings)[String(key)] : undefined), settings)
  return [`${path}: got ${shown(path, got)}: ${issue.message}`]
}

function shown(path: string, value: unknown): string {
  if (/token|headers/.test(path)) return 'a secret'
  return (JSON.stringify(value) ?? 'nothing').slice(0, 200)
}

/** The names that stand in the section at `path`. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  let section: unknown = schema
  for (const key of path) section = shapeOf(section)[String(key)]
  return Object.keys(shapeOf(section))
}

function shapeOf(section: unknown): Record<string, unknown> {
  for (let inner = section as Wrapped | undefined; inner; inner = inner.def?.innerType) if (inner.shape) return inner.shape
  return {}
}

interface Wrapped {
  shape?: Record<string, unknown>
  def?: { innerType?: Wrapped }
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/** True for a host that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host)
}

function unsafeListening({ control, admin }: SeicheConfig): string | undefined {
  if (isLoopback(control.host) || admin.token) return undefined
  return `control.host: got "${control.host}", which other machines reach: set SEICHE_ADMIN_TOKEN (32 characters or more) first, or listen on 127.0.0.1`
}
