/** What {@link getRealTimeService} takes: everything a configuration has, and the short names of its most used settings. */
import * as z from 'zod'
import { ConfigError, resolveConfig, type SeicheConfig, type SeicheConfigInput } from '../config/index.ts'
import { chainFolder, DEFAULT_CHAIN, type DevnetSettings, devnetContracts } from '../devnet/settings.ts'
import type { Authorize } from '../gateway/handshake.ts'

export interface RealTimeConfig extends SeicheConfigInput {
  /** Who may subscribe to what. Default: everybody to everything; all of it is public data of the chain. */
  authorize?: Authorize
  /** `gateway.port` by its short name. */
  webSocketPort?: number
  eventIndexerConfig?: {
    /** `chain.pollInterval`, ms. */
    pollInterval?: number
    /** `store.batchSize`, events. */
    batchSize?: number
    /** `chain.maxRetries`. */
    maxRetries?: number
    /** `startHeight`. */
    startFromBlock?: number
  }
  /** `polling`. */
  pollingConfig?: NonNullable<SeicheConfigInput['polling']>
}

/** A resolved configuration, and the chain that is made here when none was named. */
export interface Resolved {
  config: SeicheConfig
  node?: DevnetSettings
}

/** Short name → the setting it stands for. */
const SHORT: Readonly<Record<string, readonly [section: string, field: string] | readonly [field: string]>> = {
  webSocketPort: ['gateway', 'port'],
  'eventIndexerConfig.pollInterval': ['chain', 'pollInterval'],
  'eventIndexerConfig.batchSize': ['store', 'batchSize'],
  'eventIndexerConfig.maxRetries': ['chain', 'maxRetries'],
  'eventIndexerConfig.startFromBlock': ['startHeight'],
  'pollingConfig.maxConcurrentTasks': ['polling', 'maxConcurrentTasks'],
  'pollingConfig.defaultTimeout': ['polling', 'defaultTimeout'],
  'pollingConfig.retryDelay': ['polling', 'retryDelay'],
  'pollingConfig.healthCheckInterval': ['polling', 'healthCheckInterval'],
}
const GROUPS = ['eventIndexerConfig', 'pollingConfig']
const group = z.record(z.string(), z.unknown())

/**
 * Short names written out, then resolved as a config file is. Without any endpoint it is zero configuration: SeiMoney on a
 * chain that is made here, kept in the data folder.
 * @throws ConfigError naming every problem
 */
export function resolveService({ authorize: _, ...given }: RealTimeConfig): Resolved {
  const file = writtenOut(given)
  const config = resolveConfig({ file })
  if (config.chain.endpoints.length) return { config }
  const contracts = Object.keys(config.contracts).length ? {} : { contracts: devnetContracts(DEFAULT_CHAIN.dialect) }
  const whole = resolveConfig({ file: { app: 'seimoney', ...file, ...contracts } })
  return { config: whole, node: { ...DEFAULT_CHAIN, folder: chainFolder(whole.store.path) } }
}

/** @throws ConfigError */
function writtenOut(given: RealTimeConfig): SeicheConfigInput {
  const problems: string[] = []
  const written: Record<string, unknown> = { ...given }
  for (const [short, value] of shortOnes(written, problems)) {
    const path = SHORT[short]
    if (!path) problems.push(`${short}: there is no such setting.`)
    else if (value !== undefined) put(written, path, value, short, problems)
  }
  if (problems.length) throw new ConfigError(problems)
  return written as SeicheConfigInput
}

/** Takes the short names out of `settings`, with their values. */
function shortOnes(settings: Record<string, unknown>, problems: string[]): [string, unknown][] {
  const found: [string, unknown][] = []
  if ('webSocketPort' in settings) found.push(['webSocketPort', settings['webSocketPort']])
  for (const name of GROUPS) {
    const read = group.optional().safeParse(settings[name])
    if (!read.success) problems.push(`${name}: got ${String(settings[name])}: expected an object`)
    for (const [field, value] of Object.entries(read.data ?? {})) found.push([`${name}.${field}`, value])
    delete settings[name]
  }
  delete settings['webSocketPort']
  return found
}

function put(
  settings: Record<string, unknown>,
  path: readonly string[],
  value: unknown,
  short: string,
  problems: string[],
): void {
  const [first = '', second] = path
  const section = second === undefined ? settings : { ...(settings[first] as object | undefined) }
  const fields = section as Record<string, unknown>
  const field = second ?? first
  if (fields[field] !== undefined && fields[field] !== value)
    problems.push(
      `${short}: got ${String(value)}, but ${path.join('.')} is ${String(fields[field])}: they are one setting`,
    )
  fields[field] = value
  if (second !== undefined) settings[first] = section
}
