/** `seiche devnet`: a chain in the box, its node alone. And what `seiche dev` says of the same chain. */
import { rmSync } from 'node:fs'
import { type Faults, FaultsJson } from '../devnet/faults.ts'
import { chainFolder, DEFAULT_CHAIN, type DevnetSettings, runDevnet } from '../devnet/settings.ts'
import type { Command, Flags } from './command.ts'
import { configure } from './configure.ts'
import { portTaken } from './failure.ts'
import { expectPositionals, type Line, numberOf, pick, RESET, readLine, SETTING_FLAGS } from './flags.ts'
import { runUntilSignal } from './serve.ts'

export const CHAIN_FLAGS: Flags = {
  'rpc-port': { value: 'N', help: `port of the node (default ${DEFAULT_CHAIN.port}; 0: any free one)` },
  dialect: { value: 'plain|sei', help: 'how the node speaks: as CometBFT, or as Sei (default sei)' },
  seed: { value: 'N', help: 'the same seed gives the same chain, dates included (default: dates are today’s)' },
  'block-time': { value: 'MS', help: 'between two blocks (default 1000)' },
  events: { value: 'N', help: 'contract events in a block, on average; 0: no traffic (default 1)' },
  faults: { value: 'JSON', help: 'what goes wrong at the node, e.g. {"lag":3}; see docs/devnet.md' },
}

export const devnet: Command = {
  summary: 'Makes a chain on which SeiMoney’s contracts and their users live, and serves it as a node would.',
  usage: '[flags]',
  flags: { ...CHAIN_FLAGS, ...pick(SETTING_FLAGS, ['data', 'log']), ...RESET },
  run: async (args) => {
    const line = readLine(args, devnet.flags)
    expectPositionals(line, [])
    const chain = chainOf(line)
    const { log, store } = await configure(line)
    return await runUntilSignal(log, async (logger) => {
      const folder = chainFolder(store.path)
      if (line.given('reset')) forgetChain(folder)
      const node = await runDevnet({ ...chain, folder }).catch(portTaken)
      logger.info({ rpc: node.url, chainId: node.app.genesis.chainId, head: node.head() }, 'ready')
      return () => node.close()
    })
  },
}

/** The chain that the flags of `line` ask for, but for its folder; what is malformed becomes a problem of the line. */
export function chainOf(line: Line): Omit<DevnetSettings, 'folder'> {
  const dialect = line.value('dialect') ?? 'sei'
  if (dialect !== 'sei' && dialect !== 'plain') line.problems.push(`--dialect: got "${dialect}": expected plain or sei`)
  return {
    dialect: dialect === 'plain' ? 'plain' : 'base64',
    port: numberOf(line, 'rpc-port', { otherwise: DEFAULT_CHAIN.port, most: 65_535 }),
    seed: line.given('seed') ? numberOf(line, 'seed', { otherwise: 0, most: 2 ** 32 - 1 }) : undefined,
    blockTime: numberOf(line, 'block-time', { otherwise: DEFAULT_CHAIN.blockTime, most: 3_600_000 }),
    eventsPerBlock: numberOf(line, 'events', { otherwise: DEFAULT_CHAIN.eventsPerBlock, most: 10_000, fraction: true }),
    faults: faultsOf(line),
  }
}

function faultsOf(line: Line): Faults | undefined {
  const text = line.value('faults')
  if (text === undefined) return undefined
  const faults = FaultsJson.safeParse(parseJson(text))
  if (faults.success) return faults.data as Faults
  const problems = faults.error.issues.map(({ path, message }) => `--faults: ${path.join('.')}: ${message}`)
  line.problems.push(...problems)
  return undefined
}

/** Undefined for what is no JSON, which no schema takes. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Removes the chain in `folder`. */
export function forgetChain(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}
