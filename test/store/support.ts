import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type App, plainApp } from '../../src/events/app.ts'
import type { DecodedBlock, DecodedRange, EventRecord } from '../../src/events/types.ts'
import { openReader } from '../../src/store/reader.ts'
import type { LogReader, LogWriter, Retain } from '../../src/store/types.ts'
import { openWriter } from '../../src/store/writer.ts'

export const MARKET = { name: 'market', address: 'wasm1market' }
export const POTS = { name: 'pots', address: 'wasm1pots' }
export const CONTRACTS = [MARKET, POTS]

/** A folder that is gone when the test is over. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'seiche-store-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export function writerOn(path: string, app: App = plainApp, chainId?: string, retain: Retain = 'all'): LogWriter {
  const writer = openWriter({ path, app, contracts: CONTRACTS, chainId, retain })
  onTestFinished(() => {
    try {
      writer.close()
    } catch {
      // the test closed it itself
    }
  })
  return writer
}

export function readerOn(path: string): LogReader {
  const reader = openReader(path)
  onTestFinished(() => reader.close())
  return reader
}

export function record(txIndex: number, eventIndex: number, more: Partial<EventRecord> = {}): EventRecord {
  return {
    ...{ txIndex, eventIndex, type: 'market.sold', contract: 'market', contractAddress: 'wasm1market' },
    ...{ txHash: 'AA'.repeat(32), data: { id: '1' }, accounts: [] },
    ...more,
  }
}

export function block(height: number, records: EventRecord[] = []): DecodedBlock {
  return {
    height,
    hash: `H${height}`,
    parentHash: height > 1 ? `H${height - 1}` : '',
    time: `2026-01-01T00:00:${height}.1Z`,
    records,
  }
}

export function range(blocks: DecodedBlock[], chainId = 'test-1'): DecodedRange {
  return { chainId, blocks }
}
