/** The folder of a made chain: whose it is, and what the application knew when it was last asked. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { CodedError } from '../../runtime/shared/errors.ts'
import type { Genesis } from '../app/types.ts'
import type { Said } from './said.ts'

/** The folder holds another chain, or one that doesn't follow from its genesis; the message says what to do. Code `E_DEVNET_FOLDER`. */
export class DevnetFolderError extends CodedError {
  constructor(message: string, options?: ErrorOptions) {
    super('E_DEVNET_FOLDER', message, options)
  }
}

/** What the application knew after `height`. */
export interface Snapshot {
  height: number
  said: Said
  app: unknown
}

/** Of the files; a folder of another version is not read. */
const VERSION = 1

const GenesisFile = z.object({
  version: z.literal(VERSION),
  genesis: z.object({
    chainId: z.string(),
    dialect: z.enum(['plain', 'base64']),
    prefix: z.string(),
    time: z.string(),
    balances: z.record(z.string(), z.record(z.string(), z.string())),
    codes: z.record(z.coerce.number(), z.enum(['payments', 'groups', 'pots', 'vaults', 'alias', 'risk_escrow'])),
  }),
})

/**
 * The genesis of the chain in `folder`, which for a new folder becomes `genesis`.
 * @throws DevnetFolderError when it holds another chain id or dialect, or files of another version
 */
export function settleGenesis(folder: string, genesis: Genesis): Genesis {
  const path = join(folder, 'genesis.json')
  mkdirSync(folder, { recursive: true })
  if (!existsSync(path)) {
    writeWhole(path, JSON.stringify({ version: VERSION, genesis }))
    return genesis
  }
  const kept = readGenesis(path)
  if (kept.chainId === genesis.chainId && kept.dialect === genesis.dialect) return kept
  throw new DevnetFolderError(
    `${folder} holds the chain ${kept.chainId} (dialect ${kept.dialect}), not ${genesis.chainId} (${genesis.dialect}): ` +
      'give another folder, or empty this one (--reset)',
  )
}

function readGenesis(path: string): Genesis {
  try {
    return GenesisFile.parse(JSON.parse(readFileSync(path, 'utf8'))).genesis
  } catch (cause) {
    throw new DevnetFolderError(`${path} is not of this version: empty the folder (--reset)`, { cause })
  }
}

/** The last snapshot; undefined when there is none, or one that was cut. */
export function readSnapshot(folder: string): Snapshot | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'snapshot.json'), 'utf8')) as Snapshot
  } catch {
    return undefined
  }
}

/** Replaces the snapshot; its size in characters. */
export function writeSnapshot(folder: string, snapshot: Snapshot): number {
  const text = JSON.stringify(snapshot)
  writeWhole(join(folder, 'snapshot.json'), text)
  return text.length
}

/** A file is there as a whole or not at all. */
function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { flush: true })
  renameSync(`${path}.new`, path)
}
