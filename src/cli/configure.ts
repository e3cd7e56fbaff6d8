/** Command line, environment and config file → the configuration, with every problem of all three at once. */
import { ConfigError, loadConfigFile, resolveConfig, type SeicheConfig, type Sources } from '../config/index.ts'
import { type Line, settingsOf } from './flags.ts'

/** What a command asks of the configuration beyond its being valid. */
export interface Demands {
  /** At least one node to read from. */
  endpoint?: boolean
  /** Watched when nobody named any contract; addresses by name. */
  contracts?: Readonly<Record<string, string>>
  /** Of the config file: another one than before has it read anew. */
  version?: number
}

/** @throws ConfigError naming everything that is wrong. */
export async function configure(line: Line, { endpoint, contracts, version }: Demands = {}): Promise<SeicheConfig> {
  const problems: string[] = []
  const collect = (error: unknown): undefined => {
    if (!(error instanceof ConfigError)) throw error
    problems.push(...error.problems)
  }
  const path = line.value('config')
  const file = path === undefined ? undefined : await loadConfigFile(path, version).catch(collect)
  const sources = { flags: settingsOf(line), ...(file ? { file } : {}) }
  const config = await resolved(sources, contracts).catch(collect)
  if (endpoint && config?.chain.endpoints.length === 0)
    problems.push('chain.endpoints: got nothing: name a node with --rpc URL, SEICHE_CHAIN_ENDPOINTS or the config file')
  problems.unshift(...line.problems)
  if (problems.length || !config) throw new ConfigError(problems)
  return config
}

async function resolved(sources: Sources, contracts: Demands['contracts']): Promise<SeicheConfig> {
  const config = resolveConfig(sources)
  if (!contracts || Object.keys(config.contracts).length) return config
  return resolveConfig({ ...sources, flags: { ...sources.flags, contracts } })
}
