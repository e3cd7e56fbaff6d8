import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { type App, plainApp } from '../../src/events/app.ts'
import { BLOCK_TX_INDEX, ORIGIN } from '../../src/events/position.ts'
import { openWriter, writeTo } from '../../src/store/writer.ts'
import { block, CONTRACTS, folder, MARKET, POTS, range, readerOn, record, writerOn } from './support.ts'

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

it('another chain than the configured one is refused at the start, and does not fence off who writes', () => {
  const path = folder()
  const writer = writerOn(path)
  writer.commit(range([block(1)]))
  expect(() => writerOn(path, plainApp, 'other-1')).toThrow(code('E_CHAIN_MISMATCH'))
  expect(writer.commit(range([block(2)]))?.height).toBe(2)
})

it('a known block that comes again with another hash is a chain that was reset', () => {
  const writer = writerOn(folder())
  writer.commit(range([block(1), block(2)]))
  expect(() => writer.commit(range([{ ...block(2), hash: 'other' }]))).toThrow(code('E_CHAIN_MISMATCH'))
  expect(writer.commit(range([block(2)]))).toBeNull()
})

it('nobody reads what is not committed yet', () => {
  const path = folder()
  const seen: unknown[] = []
  const join: App['catalogue']['join'] = () => {
    const reader = readerOn(path)
    seen.push(reader.events(everything), reader.checkpoint().height)
    return { data: {}, accounts: [], audience: [], incomplete: false }
  }
  const writer = writerOn(path, { ...plainApp, catalogue: { ...plainApp.catalogue, join } })
  writer.commit(range([block(1, [record(0, 0), record(0, 1)])]))
  expect(seen).toEqual([[], 0, [], 0])
})

it('the text is the event as surface promises it, field by field, optional ones only where they say something', () => {
  const join = () => ({ data: { sender: null }, accounts: ['wasm1b', 'wasm1a'], audience: [], incomplete: true })
  const app = { ...plainApp, catalogue: { ...plainApp.catalogue, join } }
  const full = record(0, 7, { evmTxHash: '0xAb', duplicates: true, accounts: ['wasm1a'], txHash: 'FF' })
  const events = writerOn(folder(), app).commit(range([block(4, [full])]))?.events
  expect(events?.[0]?.text).toBe(
    '{"id":"4-0-7","type":"market.sold","contract":"market","contractAddress":"wasm1market","chainId":"test-1",' +
      '"blockHeight":4,"txHash":"FF","evmTxHash":"0xAb","timestamp":"2026-01-01T00:00:4.1Z",' +
      '"data":{"id":"1","sender":null},"accounts":["wasm1a","wasm1b"],"incomplete":true,"duplicates":true,"processed":true}',
  )
  const plain = writerOn(folder()).commit(range([block(4, [record(BLOCK_TX_INDEX, 7, { txHash: null })])]))?.events
  expect(plain?.[0]?.text).toBe(
    '{"id":"4-block-7","type":"market.sold","contract":"market","contractAddress":"wasm1market","chainId":"test-1",' +
      '"blockHeight":4,"txHash":null,"timestamp":"2026-01-01T00:00:4.1Z","data":{"id":"1"},"accounts":[],"processed":true}',
  )
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

it('coverage says what was indexed of each contract, and what a contract missed stays visible', () => {
  const path = folder()
  const commit = (contracts: typeof CONTRACTS, ...heights: number[]) => {
    const writer = openWriter({ path, app: plainApp, contracts })
    writer.commit(range(heights.map((height) => block(height))))
    writer.close()
  }
  commit([MARKET], 3, 4)
  commit([MARKET, POTS], 5)
  commit([MARKET], 6)
  commit([MARKET, POTS], 7, 8)
  expect(readerOn(path).coverage()).toEqual([
    { contract: MARKET.address, from: 3, to: 8 },
    { contract: POTS.address, from: 5, to: 5 },
    { contract: POTS.address, from: 7, to: 8 },
  ])
})

it('what the source leaves out is a gap from the checkpoint on, and the log goes on behind it', () => {
  const path = folder()
  const writer = writerOn(path)
  writer.commit(range([block(1), block(2)]))
  const gap = { from: 1, to: 6, reason: 'every node has pruned it' }
  expect(writer.commit({ ...range([block(7)]), gap })).toMatchObject({ after: 2, height: 7 })
  expect(readerOn(path).gaps()).toMatchObject([{ ...gap, from: 3 }])
})

it('a commit names the kinds of its events and everybody they concern, each once', () => {
  const sold = [record(0, 0, { accounts: ['anna', 'berta'] }), record(0, 1, { accounts: ['berta', 'carla'] })]
  const opened = record(1, 0, { type: 'pot_opened', accounts: ['anna'] })
  expect(
    writerOn(folder())
      .commit(range([block(1, sold), block(2, [opened])]))
      ?.tags?.toSorted(),
  ).toEqual([...['market', 'pot', 'user:anna', 'user:berta', 'user:carla']])
})

it('joins remember across transactions and restarts; a weight of 0 is no member', () => {
  const path = folder()
  const seen: unknown[] = []
  const join: App['catalogue']['join'] = ({ eventIndex }, state) => {
    seen.push([state.get('t/1'), state.weight('v/1', 'wasm1a'), state.members('v/1', 2)])
    state.put('t/1', { sender: `wasm1s${eventIndex}` })
    for (const account of ['wasm1a', 'wasm1b', 'wasm1c']) state.weigh('v/1', account, '5')
    state.weigh('v/1', 'wasm1b', '0')
    return { data: {}, accounts: [], audience: [], incomplete: false }
  }
  const app = { ...plainApp, catalogue: { ...plainApp.catalogue, join } }
  const writer = writerOn(path, app)
  writer.commit(range([block(1, [record(0, 0), record(0, 1)])]))
  writer.close()
  writerOn(path, app).commit(range([block(2, [record(0, 2)])]))
  expect(seen).toEqual([
    [undefined, '0', []],
    [{ sender: 'wasm1s0' }, '5', ['wasm1a', 'wasm1c']],
    [{ sender: 'wasm1s1' }, '5', ['wasm1a', 'wasm1c']],
  ])
})
