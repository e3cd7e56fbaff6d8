/** Command line, environment and config file → the configuration, with every problem of all three at once. */
import { ConfigError, loadConfigFile, resolveConfig, type SeicheConfig, type Settings } from '../config/index.ts'
import { type Line, settingsOf } from './flags.ts'

/** What a command asks of the configuration beyond its being valid. */
export interface Demands {
  /** At least one node to read from. */
  endpoint?: boolean
  /** Watched when nobody named any contract, by name. */
  contracts?: Readonly<Record<string, string>>
}

/** @throws ConfigError naming everything that is wrong. */
export async function configure(line: Line, demands: Demands = {}): Promise<SeicheConfig> {
  const flags = settingsOf(line)
  const problems = [...line.problems]
  const config = await resolved(line.value('config'), flags, demands).catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error
    problems.push(...error.problems)
    return undefined
  })
  if (demands.endpoint && config?.chain.endpoints.length === 0)
    problems.push(
      'chain.endpoints: got nothing: name at least one node with --rpc URL, SEICHE_CHAIN_ENDPOINTS or the config file',
    )
  if (problems.length || !config) throw new ConfigError(problems)
  return config
}

async function resolved(path: string | undefined, flags: Settings, { contracts }: Demands): Promise<SeicheConfig> {
  const sources = path === undefined ? { flags } : { flags, file: await loadConfigFile(path) }
  const config = resolveConfig(sources)
  if (!contracts || Object.keys(config.contracts).length) return config
  return resolveConfig({ ...sources, flags: { ...flags, contracts } })
}
