import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readBlock } from '../../src/chain/decode/block.ts'
import { decodeWhole } from '../../src/chain/decode/oracle.ts'
import type { CommittedEvent } from '../../src/events/types.ts'
import app from '../../src/seimoney/app.ts'
import { eventSchemas } from '../../src/seimoney/event-schemas.ts'
import { openWriter } from '../../src/store/writer.ts'
import { folder } from '../store/support.ts'
import { expectedEvents, golden } from './expectation.ts'

const root = `${import.meta.dirname}/../..`
const RECORDINGS = {
  wasmd: { dir: `${root}/examples/recordings/wasmd`, dialect: 'plain' },
  wasmd2: { dir: `${root}/test/recordings/wasmd2`, dialect: 'plain' },
  sei: { dir: `${root}/test/recordings/sei`, dialect: 'base64' },
  sei2: { dir: `${root}/test/recordings/sei2`, dialect: 'base64' },
} as const

const lines = (file: string): Buffer[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => Buffer.from(line))

/** Decodes and commits a whole recording with the real catalogue and the real store, without any thread. */
function indexed(dir: string, dialect: 'plain' | 'base64', deployed = dir): CommittedEvent[] {
  const deploy = JSON.parse(readFileSync(`${deployed}/deploy.json`, 'utf8')) as { contracts: Record<string, string> }
  const contracts = Object.entries(deploy.contracts).map(([name, address]) => ({ name, address }))
  const writer = openWriter({ path: folder(), app, contracts })
  const blocks = lines(`${dir}/block.ndjson`)
  const events = lines(`${dir}/block_results.ndjson`).flatMap((results, n) => {
    const block = blocks[n] ?? Buffer.alloc(0)
    const decoded = decodeWhole(results.toString(), block.toString(), { contracts, app, dialect })
    return writer.commit({ chainId: readBlock(block)?.chainId ?? '', blocks: [decoded] })?.events ?? []
  })
  writer.close()
  return events
}

describe.each(Object.entries(RECORDINGS))('%s', (_name, { dir, dialect }) => {
  it('every golden line becomes its surface event, with the joined fields, backing, accounts and audience computed independently', () => {
    const events = indexed(dir, dialect)
    const expected = expectedEvents(dir)
    expect(expected.length).toBe(golden(dir).length)
    expect(events.map(({ text }) => JSON.parse(text) as unknown)).toEqual(expected.map(({ event }) => event))
    expect(events.map(({ audience }) => audience.toSorted())).toEqual(
      expected.map(({ audience }) => audience.toSorted()),
    )
  })
})

it('the data of every recorded event is as its schema says, and every schema was seen', () => {
  const seen = new Set<string>()
  for (const { dir, dialect } of Object.values(RECORDINGS))
    for (const { type, text } of indexed(dir, dialect)) {
      const { data } = JSON.parse(text) as { data: unknown }
      const schema = eventSchemas[type as keyof typeof eventSchemas]
      expect([type, schema?.safeParse(data).error?.issues]).toEqual([type, undefined])
      seen.add(type)
    }
  expect([...seen].toSorted()).toEqual(Object.keys(eventSchemas).toSorted())
})

it.each(['wasmd2', 'sei2'] as const)('the foreign contract’s events of %s yield nothing', (name) => {
  const { dir, dialect } = RECORDINGS[name]
  const foreign = golden(dir, 'expected-foreign.ndjson').map(
    (line) => `${line.height}-${line.tx_index}-${line.event_index}`,
  )
  const ids = new Set(indexed(dir, dialect).map(({ id }) => id))
  expect(foreign.length).toBeGreaterThan(5)
  expect(foreign.filter((id) => ids.has(id))).toEqual([])
})

it('the recordings hold deposits that are backed and deposits that are not', () => {
  const backed = expectedEvents(RECORDINGS.wasmd2.dir).map(({ event }) => event.data['backed'])
  expect(backed.filter((each) => each === true).length).toBeGreaterThan(10)
  expect(backed.filter((each) => each === false).length).toBeGreaterThan(10)
})
