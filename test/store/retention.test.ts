import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { DecodedBlock } from '../../src/events/types.ts'
import { logDigest } from '../../src/store/digest.ts'
import { examineStore } from '../../src/store/examine.ts'
import { retention } from '../../src/store/retention.ts'
import { FILE } from '../../src/store/schema.ts'
import type { LogReader, LogWriter, Retain } from '../../src/store/types.ts'
import { fourOf } from './retention.ts'
import { block, folder, POTS, range, readerOn, record, writerOn } from './support.ts'
import { people, sales, toyApp } from './toy-app.ts'

const ids = (reader: LogReader): string[] => reader.events({ order: 'asc', limit: 100_000 }).map(({ id }) => id)
const heightOf = (id: string): number => Number(id.split('-')[0])

/** Until nothing is left to delete. */
function cutAll(writer: LogWriter): void {
  while (writer.cut());
}

/** A log in which the oldest of 300 blocks of four events each are deleted. */
function cutLog(app = toyApp()): string {
  const path = folder()
  const writer = writerOn(path, app, undefined, { events: 1_000 })
  writer.commit(range(Array.from({ length: 300 }, (_, n) => fourOf(n + 1))))
  cutAll(writer)
  writer.close()
  return path
}

it('whatever is kept and however it is cut: the tail of the log is left, sound, and its digest is the whole log’s', () => {
  const counts = fc.array(fc.nat(4), { minLength: 1, maxLength: 9 })
  fc.assert(
    fc.property(counts, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 7 }), (counted, kept, chunk) => {
      const path = folder()
      const blocks = counted.map((count, n) => {
        const records = Array.from({ length: count }, (_, index) =>
          record(0, index, { accounts: [`wasm1user${index}`] }),
        )
        return block(n + 1, records)
      })
      const writer = writerOn(path)
      writer.commit(range(blocks))
      writer.close()
      const reader = readerOn(path)
      const [whole, before] = [logDigest(reader), ids(reader)]

      const database = new DatabaseSync(join(path, FILE))
      const step = retention(database, { events: kept }, chunk)
      let steps = 0
      while (step()) steps += 1
      database.close()

      const left = ids(reader)
      expect(left).toEqual(before.slice(before.length - left.length))
      const oldest = left.filter((id) => heightOf(id) === heightOf(left[0] ?? ''))
      expect(left.length).toBeGreaterThanOrEqual(Math.min(kept, before.length))
      expect(left.length - oldest.length).toBeLessThan(kept) // one height more would be too much
      expect(steps > 0).toBe(left.length < before.length)
      expect(logDigest(reader)).toEqual(whole)
      expect(reader.cut().events).toBe(before.length - left.length)
      expect(examineStore(path).findings.find(({ check }) => check === 'agreement')?.state).toBe('ok')
    }),
    { numRuns: 25 },
  )
})

it('days are counted back from the log’s last block, so a chain that stands still loses nothing', () => {
  const path = folder()
  const at = (height: number, day: number): DecodedBlock => ({
    ...block(height, [record(0, 0)]),
    time: `2020-01-${String(day).padStart(2, '0')}T12:00:00Z`,
  })
  const keeping: Retain = { days: 3 }
  const writer = writerOn(path, undefined, undefined, keeping)
  writer.commit(range([at(1, 1), at(2, 2), at(3, 3)]))
  expect(writer.cut()).toBe(false)
  writer.commit(range([at(4, 5)]))
  cutAll(writer)
  expect(ids(readerOn(path))).toEqual(['2-0-0', '3-0-0', '4-0-0'])
})

it('what the log held goes on in the projections, and new blocks are folded in', () => {
  const path = cutLog()
  const reader = readerOn(path)
  const all = (): unknown =>
    reader.read((tables) => tables.get('SELECT events FROM {people.person} WHERE account = ?', 'wasm1all'))
  expect(all()).toEqual({ events: 1_200 })
  writerOn(path, toyApp()).commit(range([fourOf(301)]))
  expect(all()).toEqual({ events: 1_204 })
  expect(examineStore(path).findings.filter(({ state }) => state === 'fail')).toEqual([])
})

it('a projection that changed stands still, readable, with its reason; one of another shape keeps the old app’s tables', () => {
  const path = cutLog()
  const changed = writerOn(path, toyApp({ people: { ...people, version: 2 }, sales: sales() }))
  changed.commit(range([fourOf(301)]))
  const [first, second] = changed.projections()
  expect(first).toMatchObject({ name: 'people', state: 'suspended', height: 300, stale: true })
  expect(first?.reason).toContain('store.retain')
  expect(second).toMatchObject({ name: 'sales', state: 'ok', height: 301 })
  changed.close()
  const other = {
    ...people,
    version: 3,
    tables: { person: 'account TEXT PRIMARY KEY, n INTEGER NOT NULL' },
    indexes: {},
  }
  expect(() => writerOn(path, toyApp({ people: other, sales: sales() }))).toThrow(
    expect.objectContaining({ code: 'E_CUT' }),
  )
  const rows = readerOn(path).read((tables) => tables.all('SELECT events FROM {people.person}'))
  expect(rows.length).toBeGreaterThan(0)
})

it('nothing is deleted while a projection has to be built anew', () => {
  const failing = sales((event) => {
    if (event.blockHeight === 7) throw new Error('no')
  })
  const path = cutLog(toyApp({ people, sales: failing }))
  expect(ids(readerOn(path))).toHaveLength(1_200)
  const mended = writerOn(path, toyApp({ people, sales: sales(undefined, 2) }), undefined, { events: 1_000 })
  expect(mended.cut()).toBe(false)
  while (mended.replay() !== 'nothing');
  cutAll(mended)
  expect(ids(readerOn(path))).toHaveLength(1_000)
})

it('afterwards the past cannot change: no requeue, no rebuild; a contract that comes later has its history left out', () => {
  const path = cutLog()
  const writer = writerOn(path, toyApp())
  for (const change of [() => writer.requeue(() => []), () => writer.rebuild()])
    expect(change).toThrow(expect.objectContaining({ code: 'E_CUT' }))
  writer.close()
  const database = new DatabaseSync(join(path, FILE))
  database.exec(
    `DELETE FROM coverage WHERE contract = '${POTS.address}'; DELETE FROM history WHERE address = '${POTS.address}'`,
  )
  database.close()
  const later = writerOn(path, toyApp())
  expect(later.missing()).toEqual([])
  const pots = record(0, 0, { contract: POTS.name, contractAddress: POTS.address })
  expect(later.commit(range([block(301, [pots])]))?.events).toHaveLength(1)
  expect(readerOn(path).gaps()).toEqual([expect.objectContaining({ from: 1, to: 300, contract: POTS.address })])
})

it('kill -9 while it deletes: the store is whole, and its digest is that of a log of which nothing was deleted', async () => {
  const path = folder()
  let height = 0
  for (let kill = 0; kill < 5; kill++) {
    const child = spawn(process.execPath, [`${import.meta.dirname}/cut-for-ever.ts`, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, 5 + 11 * kill))
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(examineStore(path).findings.filter(({ state }) => state === 'fail')).toEqual([])
    height = readerOn(path).checkpoint().height
  }
  expect(readerOn(path).cut().height).toBeGreaterThan(0)
  const whole = folder()
  writerOn(whole).commit(range(Array.from({ length: height }, (_, n) => fourOf(n + 1))))
  expect(logDigest(readerOn(path))).toEqual(logDigest(readerOn(whole)))
}, 60_000)

it('a digest of heights of which some were deleted is refused', () => {
  const reader = readerOn(cutLog())
  const { height } = reader.cut()
  for (const range of [{ to: height - 1 }, { from: 2 }])
    expect(() => logDigest(reader, range)).toThrow(expect.objectContaining({ code: 'E_CUT' }))
  expect(logDigest(reader, { from: height + 1 }).events).toBe(1_000)
})
