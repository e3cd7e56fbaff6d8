/** Chains indexed without any thread, by the real catalogue, store and projections: recorded ones, made ones, invented events. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { decodeWhole } from '../../src/chain/decode/oracle.ts'
import type { Executed } from '../../src/devnet/app/types.ts'
import type { AsOf, Tables } from '../../src/events/app.ts'
import type { DecodedBlock, EventRecord } from '../../src/events/types.ts'
import app from '../../src/seimoney/app.ts'
import { openReader } from '../../src/store/reader.ts'
import type { LogReader, LogWriter } from '../../src/store/types.ts'
import { openWriter } from '../../src/store/writer.ts'

export type Contracts = Readonly<Record<string, string>>

/** A log that is being written, and what its views show; to be closed. */
export class Indexed {
  readonly contracts: Contracts
  readonly reader: LogReader
  readonly writer: LogWriter
  readonly #chainId: string
  readonly #path = mkdtempSync(join(tmpdir(), 'seiche-seimoney-'))

  constructor(contracts: Contracts, chainId = 'test-1') {
    const path = this.#path
    const list = Object.entries(contracts).map(([name, address]) => ({ name, address }))
    this.contracts = contracts
    this.#chainId = chainId
    this.writer = openWriter({ path, app, contracts: list })
    this.reader = openReader(path)
  }

  /** One that is closed when the test is over. */
  static here(contracts: Contracts, chainId?: string): Indexed {
    const indexed = new Indexed(contracts, chainId)
    onTestFinished(() => indexed.close())
    return indexed
  }

  close(): void {
    this.reader.close()
    this.writer.close()
    rmSync(this.#path, { recursive: true, force: true })
  }

  commit(...blocks: DecodedBlock[]): void {
    this.writer.commit({ chainId: this.#chainId, blocks })
  }

  read<T>(work: (tables: Tables, asOf: AsOf) => T): T {
    return this.reader.read(work)
  }

  view<Payload extends object>(name: string, address?: string): Payload {
    const view = app.views![name]!
    return this.read((tables, asOf) => {
      return { asOf, ...view.read({ tables, asOf, address, contracts: this.contracts }) }
    }) as unknown as Payload
  }

  /** Names of projections that stand still. */
  suspended(): string[] {
    return this.reader.projections().flatMap(({ name, state }) => (state === 'ok' ? [] : [name]))
  }
}

/** The heights of a recording up to `last`. */
export function indexRecording(dir: string, last: number): Indexed {
  const deploy = JSON.parse(readFileSync(`${dir}/deploy.json`, 'utf8')) as {
    chain_id: string
    contracts: Contracts
  }
  const indexed = Indexed.here(deploy.contracts, deploy.chain_id)
  const contracts = Object.entries(deploy.contracts).map(([name, address]) => ({ name, address }))
  const [blocks, results] = ['block', 'block_results'].map((file) =>
    readFileSync(`${dir}/${file}.ndjson`, 'utf8').trim().split('\n'),
  ) as [string[], string[]]
  const decoded = blocks.map((block, n) => decodeWhole(results[n]!, block, { contracts, app, dialect: 'plain' }))
  indexed.commit(...decoded.filter(({ height }) => height <= last))
  return indexed
}

/** A block as the devnet's application executed it, told by a node of the plain dialect and decoded. */
export function decodeExecuted(
  contracts: Contracts,
  { height, time, txs }: { height: number; time: string; txs: readonly Uint8Array[] },
  { results }: Executed,
): DecodedBlock {
  const txs_results = results.map(({ code, events }) => ({
    code,
    events: events?.map(({ type, attributes }) => ({
      type,
      attributes: attributes.map(([key, value]) => ({ key, value })),
    })),
  }))
  const header = { height: `${height}`, time, last_block_id: { hash: height > 1 ? hashOf(height - 1) : '' } }
  const block = { header, data: { txs: txs.map((tx) => Buffer.from(tx).toString('base64')) } }
  return decodeWhole(
    JSON.stringify({ result: { txs_results } }),
    JSON.stringify({ result: { block_id: { hash: hashOf(height) }, block } }),
    { contracts: Object.entries(contracts).map(([name, address]) => ({ name, address })), app, dialect: 'plain' },
  )
}

/** A block of invented events. */
export function blockOf(height: number, time: string, events: readonly Partial<EventRecord>[]): DecodedBlock {
  const records = events.map((event, eventIndex) => ({
    ...{ txIndex: 0, eventIndex, type: '', contract: '', contractAddress: '', txHash: 'AA'.repeat(32) },
    ...{ data: {}, accounts: [] },
    ...event,
  }))
  return { height, hash: hashOf(height), parentHash: height > 1 ? hashOf(height - 1) : '', time, records }
}

const hashOf = (height: number): string => height.toString(16).toUpperCase().padStart(64, '0')
