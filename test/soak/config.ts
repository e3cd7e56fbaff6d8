/** The configuration of what is soaked, and of what it is compared with. */
import { freePort, type SeicheConfigInput } from '../../src/config/index.ts'
import type { Devnet } from '../../src/devnet/devnet.ts'
import { devnetContracts } from '../../src/devnet/settings.ts'

/** How the chain of a round speaks. */
export const DIALECT = 'base64'
/** Connections from one address, and new ones a second: the largest storm alone is as many, so that some are refused. */
const CROWD = 2_000

/** On free ports, its data in the folder `path`; with `app` or without. */
export async function configOf(node: Devnet, path: string, app: SeicheConfigInput): Promise<SeicheConfigInput> {
  const contracts = Object.entries(devnetContracts(DIALECT)).map(([name, address]) => [name, { address }])
  return {
    ...app,
    contracts: Object.fromEntries(contracts),
    chain: { endpoints: [{ url: node.url }], requestDeadline: 1_500, pollInterval: 100 },
    store: { path },
    control: { port: await freePort() },
    gateway: { port: await freePort(), maxConnectionsPerIp: CROWD, maxNewPerSecondPerIp: CROWD },
    log: { format: 'json' },
  }
}
