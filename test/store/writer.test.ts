import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { type App, plainApp } from '../../src/events/app.ts'
import { ORIGIN } from '../../src/events/position.ts'
import { writeTo } from '../../src/store/writer.ts'
import { block, CONTRACTS, folder, range, readerOn, record, writerOn } from './support.ts'

const everything = { order: 'asc', limit: 1_000 } as const
const code = (name: string) => expect.objectContaining({ code: name })

it('what was committed is there after closing, with its text as announced', () => {
  const path = folder()
  const writer = writerOn(path)
  const committed = writer.commit(range([block(5, [record(0, 3), record(2, 0)]), block(6)]))
  expect(committed).toMatchObject({ after: 0, height: 6, time: '2026-01-01T00:00:6.1Z' })
  expect(committed?.events?.map(({ id }) => id)).toEqual(['5-0-3', '5-2-0'])
  writer.close()
  const reader = readerOn(path)
  expect(reader.events(everything).map(({ text }) => text)).toEqual(committed?.events?.map(({ text }) => text))
  expect(reader.checkpoint()).toEqual({ height: 6, hash: 'H6', time: '2026-01-01T00:00:6.1Z' })
  expect(reader.identity()).toEqual({ chainId: 'test-1', epoch: 'test-1/H5' })
  expect(reader.head()).toEqual({ height: 5, txIndex: 2, eventIndex: 0 })
  expect(writerOn(path).checkpoint().height).toBe(6)
})

it('an empty log stands at the origin', () => {
  const path = folder()
  const writer = writerOn(path)
  expect(writer.checkpoint()).toEqual({ height: 0, hash: null, time: null })
  expect(readerOn(path).head()).toEqual(ORIGIN)
  expect(readerOn(path).identity()).toEqual({ chainId: null, epoch: null })
})

it('known heights are skipped: a range that comes twice changes nothing', () => {
  const path = folder()
  const writer = writerOn(path)
  writer.commit(range([block(1, [record(0, 0)]), block(2)]))
  expect(writer.commit(range([block(1, [record(0, 0)]), block(2)]))).toBeNull()
  expect(writer.commit(range([block(2), block(3, [record(0, 1)])]))).toMatchObject({ after: 2, height: 3 })
  expect(readerOn(path).events(everything)).toHaveLength(2)
})

it('a gap, another predecessor and another chain are refused, and the writer goes on after them', () => {
  const path = folder()
  const writer = writerOn(path)
  writer.commit(range([block(1), block(2)]))
  expect(() => writer.commit(range([block(4, [record(0, 0)])]))).toThrow(code('E_GAP'))
  expect(() => writer.commit(range([{ ...block(3, [record(0, 0)]), parentHash: 'other' }]))).toThrow(
    code('E_CHAIN_MISMATCH'),
  )
  expect(() => writer.commit(range([block(3), { ...block(4), parentHash: 'other' }]))).toThrow(code('E_CHAIN_MISMATCH'))
  expect(() => writer.commit(range([block(3, [record(0, 0)])], 'other-1'))).toThrow(code('E_CHAIN_MISMATCH'))
  expect(writer.checkpoint().height).toBe(2)
  expect(readerOn(path).events(everything)).toEqual([])
  expect(writer.commit(range([block(3, [record(0, 0)])]))?.height).toBe(3)
})

it('a chain without block hashes is indexed all the same', () => {
  const writer = writerOn(folder())
  const bare = (height: number) => ({ ...block(height), hash: '', parentHash: '' })
  expect(writer.commit(range([bare(1), bare(2)]))?.height).toBe(2)
  expect(writer.commit(range([bare(3)]))?.height).toBe(3)
})

it('zombie: a writer that another one replaced can never write again', () => {
  const path = folder()
  const zombie = writerOn(path)
  zombie.commit(range([block(1)]))
  const writer = writerOn(path)
  expect(() => zombie.commit(range([block(2, [record(0, 0)])]))).toThrow(code('E_FENCED'))
  expect(writer.commit(range([block(2, [record(0, 0)])]))?.height).toBe(2)
  expect(readerOn(path).events(everything)).toHaveLength(1)
})

it('a join that throws leaves nothing of its range behind', () => {
  const path = folder()
  let poison = true
  const join: App['catalogue']['join'] = (event, state) => {
    state.put('seen', { id: String(event.eventIndex) })
    if (event.eventIndex === 1 && poison) throw new Error('poison')
    return { data: {}, accounts: [], audience: [], incomplete: false }
  }
  const writer = writerOn(path, { ...plainApp, catalogue: { ...plainApp.catalogue, join } })
  expect(() => writer.commit(range([block(1, [record(0, 0), record(0, 1)])]))).toThrow('poison')
  expect(readerOn(path).events(everything)).toEqual([])
  expect(writer.checkpoint().height).toBe(0)
  poison = false
  expect(writer.commit(range([block(1, [record(0, 0), record(0, 1)])]))?.events).toHaveLength(2)
})

it('disk-full: nothing is half written, and it goes on when there is room', () => {
  const path = folder()
  writerOn(path).commit(range([block(1)]))
  const file = new DatabaseSync(join(path, 'seiche.db'))
  const writer = writeTo(file, { app: plainApp, contracts: CONTRACTS })
  const { page_count: pages } = file.prepare('PRAGMA page_count').get() as { page_count: number }
  file.exec(`PRAGMA max_page_count = ${pages}`) // a disk that is full
  const huge = range([block(2, [record(0, 0, { data: { memo: 'x'.repeat(100_000) } })])])
  expect(() => writer.commit(huge)).toThrow(code('E_DISK_FULL'))
  expect(writer.checkpoint().height).toBe(1)
  expect(readerOn(path).events(everything)).toEqual([])
  file.exec('PRAGMA max_page_count = 1000000')
  expect(writer.commit(huge)?.height).toBe(2)
  writer.close()
})

it('newer: a file of a newer version is refused, not touched', () => {
  const path = folder()
  writerOn(path).close()
  const file = new DatabaseSync(join(path, 'seiche.db'))
  file.exec('PRAGMA user_version = 99')
  file.close()
  expect(() => writerOn(path)).toThrow(code('E_STORE_NEWER'))
})

it('a file that is none of ours is refused', () => {
  const path = folder()
  const file = new DatabaseSync(join(path, 'other.db'))
  file.close()
  expect(() => readerOn(path)).toThrow(code('E_READ_ONLY'))
})

it('read-only: a data folder that cannot be written says so and names the setting', () => {
  const path = folder()
  chmodSync(path, 0o500)
  const inside = join(path, 'data')
  if (process.getuid?.() === 0) return // root may write anywhere
  expect(() => writerOn(inside)).toThrow(
    expect.objectContaining({ code: 'E_READ_ONLY', message: expect.stringContaining('--data') }),
  )
})

it('another chain than the configured one is refused at the start', () => {
  const path = folder()
  writerOn(path).commit(range([block(1)]))
  expect(() => writerOn(path, plainApp, 'other-1')).toThrow(code('E_CHAIN_MISMATCH'))
})

it('hostile keys stay data', () => {
  const path = folder()
  const data = JSON.parse('{"__proto__": "p", "constructor": "c", "toString": "t"}') as Record<string, string>
  writerOn(path).commit(range([block(1, [record(0, 0, { data })])]))
  const [event] = readerOn(path).events(everything)
  expect(event?.text).toContain('"data":{"__proto__":"p","constructor":"c","toString":"t"}')
})

it('accounts and audience are bounded: nobody can make an event carry everybody', () => {
  const path = folder()
  const accounts = Array.from({ length: 40 }, (_, n) => `wasm1a${n}`)
  const audience = Array.from({ length: 3_000 }, (_, n) => `wasm1b${n}`)
  const join = () => ({ data: {}, accounts: [], audience, incomplete: true })
  const app = { ...plainApp, catalogue: { ...plainApp.catalogue, join } }
  const committed = writerOn(path, app).commit(range([block(1, [record(0, 0, { accounts })])]))
  const event = JSON.parse(committed?.events?.[0]?.text ?? '') as { accounts: string[]; incomplete: boolean }
  expect(event).toMatchObject({ accounts: accounts.slice(0, 16), incomplete: true })
  expect(committed?.events?.[0]?.audience).toHaveLength(1_000)
  expect(readerOn(path).events({ ...everything, withAudience: true })[0]?.audience).toEqual(
    committed?.events?.[0]?.audience,
  )
})

it('coverage says what was indexed of each contract, and a gap in it stays visible', () => {
  const path = folder()
  const writer = writerOn(path)
  writer.commit(range([block(3), block(4)]))
  writer.commit(range([block(5)]))
  expect(readerOn(path).coverage()).toEqual(
    CONTRACTS.map(({ address }) => ({ contract: address, from: 3, to: 5 })).sort((a, b) =>
      a.contract < b.contract ? -1 : 1,
    ),
  )
})
