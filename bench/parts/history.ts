/** A hub over a log of so many events, in a process of its own; says where a client resumes that has all but the last ones. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { plainApp } from '../../src/events/app.ts'
import { formatPosition } from '../../src/events/position.ts'
import type { DecodedBlock } from '../../src/events/types.ts'
import { openWriter } from '../../src/store/writer.ts'
import { openHub } from './hub.ts'

const [events, last] = process.argv.slice(2).map(Number) as [number, number]
const [IN_A_BLOCK, BLOCKS_AT_ONCE] = [50, 100]
const MARKET = { name: 'market', address: 'sei1market' }

const path = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
process.on('exit', () => rmSync(path, { recursive: true, force: true }))
process.on('disconnect', () => process.exit())

const writer = openWriter({ path, app: plainApp, contracts: [MARKET], chainId: 'bench-1', retain: 'all' })
const height = events / IN_A_BLOCK
for (let from = 1; from <= height; from += BLOCKS_AT_ONCE)
  writer.commit({
    chainId: 'bench-1',
    blocks: Array.from({ length: Math.min(BLOCKS_AT_ONCE, height - from + 1) }, (_, n) => blockAt(from + n)),
  })
writer.close()
const { hub, websocket } = await openHub(path, plainApp)
hub.sync({ state: 'live', indexedHeight: height, headHeight: height })
const since = formatPosition({ height: height - last / IN_A_BLOCK, txIndex: 0, eventIndex: IN_A_BLOCK - 1 })
process.send?.({ ws: `ws://127.0.0.1:${websocket}`, since })

function blockAt(at: number): DecodedBlock {
  return {
    ...{ height: at, hash: `H${at}`, parentHash: at > 1 ? `H${at - 1}` : '', time: '2026-01-01T00:00:00Z' },
    records: Array.from({ length: IN_A_BLOCK }, (_, eventIndex) => ({
      ...{ txIndex: 0, eventIndex, type: 'market.sold', contract: MARKET.name, contractAddress: MARKET.address },
      ...{ txHash: 'AB'.repeat(32), data: { id: `${at}`, price: '1000usei' } },
      accounts: [`sei1${`${(at * 7 + eventIndex) % 5_000}`.padStart(38, 'q')}`],
    })),
  }
}
