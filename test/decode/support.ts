/** The fast path end to end as fetcher and decoder run it, the reference beside it, and the recordings. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { readBlock } from '../../src/chain/decode/block.ts'
import { createDecoder } from '../../src/chain/decode/decode.ts'
import { prepareNeedles, type Scan, type ScanRequest, scanBlockResults } from '../../src/chain/decode/scan.ts'
import type { Dialect, WatchedContract } from '../../src/chain/decode/types.ts'
import { type App, defineApp, plainApp } from '../../src/events/app.ts'
import { BLOCK_TX_INDEX } from '../../src/events/position.ts'
import type { DecodedBlock, EventValue } from '../../src/events/types.ts'
import { searched } from './searched.ts'

export interface Fast {
  scan: Scan
  block: DecodedBlock
}

/** Scan and decode, with the hits copied into one buffer at an odd offset, as they would arrive on another thread. */
export function decodeFast(
  blockResults: string | Buffer,
  blockAnswer: string,
  { contracts, app, dialect }: { contracts: readonly WatchedContract[]; app: App; dialect?: Dialect },
): Fast {
  const facts = readBlock(Buffer.from(blockAnswer))
  if (!facts) throw new Error('the block is pruned')
  const { chainId, height, hash, parentHash, time, txCount } = facts
  const needles = prepareNeedles(contracts.map(({ address }) => address))
  const scan = scanBothWays(Buffer.from(blockResults), { needles, dialect, expectedTxs: txCount })
  const bytes = new Uint8Array(scan.hits.reduce((length, { json }) => length + json.length, 8)).subarray(5)
  let offset = 3
  const hits = scan.hits.map(({ txIndex, json }) => {
    bytes.set(json, offset)
    offset += json.length
    const txHash = txIndex === BLOCK_TX_INDEX ? null : facts.txHash(txIndex)
    return { txIndex, txHash, offset: offset - json.length, length: json.length }
  })
  const { blocks } = createDecoder({ contracts, app }).decode({
    ...{ chainId, dialect: scan.dialect, bytes },
    blocks: [{ height, hash, parentHash, time, txCount: scan.txCount, hits }],
  })
  return { scan, block: blocks[0] as DecodedBlock }
}

/** By memchr and by SIMD: there is no difference. */
function scanBothWays(body: Buffer, request: ScanRequest): Scan {
  const [one, other] = [body, searched(body)].map((bytes) => {
    try {
      return scanBlockResults(bytes, request)
    } catch (error) {
      return error as Error
    }
  })
  expect(other).toEqual(one)
  if (other instanceof Error) throw other
  return other as Scan
}

/** Takes every event as it is, and tells what it may know of its message. */
export const curious: App = defineApp({
  ...plainApp,
  catalogue: {
    join: plainApp.catalogue.join,
    map({ name, attributes, contractAddress }, message) {
      const [, amount = attributes.amount, denom = attributes.denom] =
        /^(\d+)(\D.*)$/.exec(attributes.amount ?? '') ?? []
      const data: Record<string, EventValue> = { ...attributes }
      const facts = { sender: message.sender, covered: message.takeCover(contractAddress, amount ?? '', denom ?? '') }
      return { type: name, data, accounts: [JSON.stringify(facts)] }
    },
  },
})

export interface Recording {
  name: string
  dialect: Dialect
  contracts: WatchedContract[]
  foreign: string[]
  heights: { blockResults: string; block: string }[]
  golden: Golden[]
}

export interface Golden {
  height: number
  time: string
  tx_index: number
  tx_hash: string
  event_index: number
  msg_index: number
  type: string
  contract: string
  attrs: [string, string][]
}

const root = join(import.meta.dirname, '../..')

function recording(folder: string, dialect: Dialect, deployFolder = folder): Recording {
  const read = (name: string): string[] => {
    const file = join(root, folder, name)
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  }
  const deploy = JSON.parse(readFileSync(join(root, deployFolder, 'deploy.json'), 'utf8')) as {
    contracts: Record<string, string>
    foreign?: Record<string, string>
  }
  const blocks = read('block.ndjson')
  return {
    ...{ name: folder, dialect },
    contracts: Object.entries(deploy.contracts).map(([name, address]) => ({ name, address })),
    foreign: Object.values(deploy.foreign ?? {}),
    heights: read('block_results.ndjson').map((blockResults, index) => ({ blockResults, block: blocks[index] ?? '' })),
    golden: read('expected-events.ndjson').map((line) => JSON.parse(line) as Golden),
  }
}

export const recordings: Recording[] = [
  recording('examples/recordings/wasmd', 'plain'),
  recording('test/recordings/wasmd2', 'plain'),
  recording('test/recordings/sei', 'base64'),
  recording('test/recordings/sei/evm', 'base64', 'test/recordings/sei'),
  recording('test/recordings/sei2', 'base64'),
]

export const autobahn: Recording = recording('test/recordings/autobahn2', 'base64')
