/** A devnet for tests: SeiMoney's contracts in its first block, and traffic when asked. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Dialect } from '../../../src/chain/decode/types.ts'
import type { Genesis } from '../../../src/devnet/app/types.ts'
import { type Devnet, type DevnetOptions, startDevnet } from '../../../src/devnet/devnet.ts'
import { devnetGenesis, usersOf } from '../../../src/devnet/traffic/genesis.ts'
import { createTraffic } from '../../../src/devnet/traffic/traffic.ts'

export function genesisOf(dialect: Dialect): Genesis {
  return devnetGenesis(dialect, '2026-01-01T00:00:00Z')
}

export function usersOn(dialect: Dialect): [string, string, string] {
  return usersOf(genesisOf(dialect)) as [string, string, string]
}

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'devnet-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface TestDevnet extends Partial<DevnetOptions> {
  dialect?: Dialect
  /** Default 0: the deployment alone. */
  eventsPerBlock?: number
}

/** By default in a new folder, by its own clock, with blocks on demand. */
export async function open({ dialect = 'plain', eventsPerBlock = 0, ...own }: TestDevnet = {}): Promise<Devnet> {
  const genesis = genesisOf(dialect)
  const traffic = createTraffic({ seed: 7, eventsPerBlock }, genesis)
  return await startDevnet({
    folder: own.folder ?? temporaryFolder(),
    genesis,
    traffic,
    blockTime: 0,
    clock: 'chain',
    ...own,
  })
}

/** One that ends with the test. */
export async function devnet(options: TestDevnet = {}): Promise<Devnet> {
  const started = await open(options)
  onTestFinished(() => started.close())
  return started
}
