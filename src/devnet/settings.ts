/** A devnet by few words: who begins it, what happens on it, how fast. */
import { join } from 'node:path'
import type { Dialect } from '../chain/decode/types.ts'
import type { Genesis } from './app/types.ts'
import { contractAddress } from './app/wasm.ts'
import { type Devnet, startDevnet } from './devnet.ts'
import type { Faults } from './faults.ts'
import { devnetGenesis } from './traffic/genesis.ts'
import { createTraffic } from './traffic/traffic.ts'

/** Plain data: crosses to the devnet's thread. */
export interface DevnetSettings {
  /** Where the chain is kept. */
  folder: string
  /** How its node speaks: `plain` as CometBFT and wasmd, `base64` as Sei. */
  dialect: Dialect
  /** With a seed, block times are counted from a fixed date, and the same seed gives the same chain; without, they are the clock's. */
  seed?: number | undefined
  /** Between two blocks, ms. 0: none comes by itself. */
  blockTime: number
  /** Contract events in a block, on average. */
  eventsPerBlock: number
  /** 0: any free one. */
  port: number
  faults?: Faults | undefined
}

/** The chain of whoever says nothing of it: as Sei, a block a second, an event a block, where nodes listen by custom. */
export const DEFAULT_CHAIN: Omit<DevnetSettings, 'folder'> = {
  ...{ dialect: 'base64', blockTime: 1_000, eventsPerBlock: 1, port: 26_657 },
}

/** The date from which a seeded chain counts. */
const FIXED_TIME = '2026-01-01T00:00:00Z'

/** Starts the devnet of these settings, SeiMoney's contracts deployed by its first block. @throws as {@link startDevnet} */
export async function runDevnet(settings: DevnetSettings): Promise<Devnet> {
  const { seed, eventsPerBlock, faults, ...rest } = settings
  const genesis = genesisOf(settings)
  return await startDevnet({
    ...rest,
    genesis,
    traffic: createTraffic({ seed: seed ?? 1, eventsPerBlock }, genesis),
    clock: seed === undefined ? 'wall' : 'chain',
    ...(faults ? { faults } : {}),
  })
}

function genesisOf({ dialect, seed }: Pick<DevnetSettings, 'dialect' | 'seed'>): Genesis {
  return devnetGenesis(dialect, seed === undefined ? new Date().toISOString() : FIXED_TIME)
}

/** Where SeiMoney's contracts are on a devnet: addresses follow from the order of deployment alone. */
export function devnetContracts(dialect: Dialect): Record<string, string> {
  const { codes, prefix } = devnetGenesis(dialect, FIXED_TIME)
  return Object.fromEntries(
    Object.entries(codes).map(([code, kind], n) => [kind, contractAddress(Number(code), n + 1, prefix)]),
  )
}

/** Where a devnet keeps its chain in a data folder that holds a store, too. */
export function chainFolder(data: string): string {
  return join(data, 'devnet')
}
