/** Where settings come from: flag > environment > file > default; every problem named at once. */
import { existsSync, readFileSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { prefixOf } from '../events/accounts.ts'
import { environment } from './environment.ts'
import { ConfigError } from './errors.ts'
import { crossProblems, schemaProblems } from './problems.ts'
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
}

/**
 * Validates and merges; a list counts as one value, contracts merge by name. Derived are the address prefix (from the
 * contracts), the start height (where each contract has one) and the app (SeiMoney without a file).
 * @throws ConfigError naming every problem: where, what was got, what is allowed, what was probably meant.
 */
export function resolveConfig({ flags = {}, env = process.env, file }: Sources = {}): SeicheConfig {
  const fromEnv = environment(env)
  const merged = [file ?? {}, fromEnv.settings, flags].reduce<Settings>(merge, {})
  const parsed = schema.safeParse(merged)
  const problems = parsed.success ? crossProblems(parsed.data) : schemaProblems(parsed.error.issues, merged, schema)
  if (!parsed.success || problems.length || fromEnv.problems.length)
    throw new ConfigError([...fromEnv.problems, ...problems])
  const config = parsed.data
  const contracts = Object.values(config.contracts)
  const heights = contracts.flatMap(({ startHeight }) => startHeight ?? [])
  config.chain.prefix ??= contracts.map(({ address }) => prefixOf(address))[0]
  if (heights.length && heights.length === contracts.length) config.startHeight ??= Math.min(...heights)
  config.app ??= file ? undefined : 'seimoney'
  return config
}

/**
 * Imports a config file (.ts, .js or .json); relative paths are the working folder's. `version`: another one than before
 * has a module read anew. @throws ConfigError
 */
export async function loadConfigFile(path: string, version: number = 0): Promise<SeicheConfigInput> {
  const content = await load(path, version).catch((error: Error) => {
    throw new ConfigError([`--config ${path}: ${error.message.split('\n')[0]}`])
  })
  if (isSection(content)) return content
  throw new ConfigError([`--config ${path}: it holds no configuration; write: export default defineConfig({ … })`])
}

async function load(path: string, version: number): Promise<unknown> {
  const kind = extname(path)
  if (kind === '.json') return JSON.parse(readFileSync(path, 'utf8'))
  if (kind !== '.ts' && kind !== '.js') throw new Error('expected a file that ends in .ts, .js or .json')
  if (!existsSync(path)) throw new Error('there is no such file')
  const url = `${pathToFileURL(resolve(path)).href}${version ? `?${version}` : ''}`
  const module = (await import(url)) as { default?: unknown }
  return module.default
}

/** Lays `over` upon `under`; a list counts as one value, what is undefined says nothing. */
export function merge(under: Settings, over: Settings): Settings {
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
