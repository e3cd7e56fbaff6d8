import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Projection } from '../../src/events/app.ts'
import type { DecodedBlock, EventRecord } from '../../src/events/types.ts'
import { rebuildBetweenCommits } from '../../src/store/rebuild-between.ts'
import { FILE } from '../../src/store/schema.ts'
import { block, folder, range, readerOn, record, writerOn } from './support.ts'
import { projectedTables, rebuiltWhole } from './tables-in-file.ts'
import { people, sales, toyApp } from './toy-app.ts'

const account = fc.constantFrom('wasm1a', 'wasm1b', 'wasm1c')
const event = fc.record({
  id: fc.constantFrom('1', '2', '3', '__proto__'),
  accounts: fc.array(account, { maxLength: 3 }),
})
/** Blocks of a log, some of them empty. */
const someLog = fc.array(fc.array(event, { maxLength: 4 }), { minLength: 1, maxLength: 12 }).map((heights) =>
  heights.map((events, index) =>
    block(
      index + 1,
      events.map(({ id, accounts }, n) => saleOf(n, id, accounts)),
    ),
  ),
)

function saleOf(n: number, id: string, accounts: string[]): EventRecord {
  const data = Object.assign(Object.create(null), { id, note: `by ${accounts}` }) as EventRecord['data']
  return record(n, n, { data, accounts })
}

/** It stands still at the first event of id 3 that somebody had to do with before. */
const delicate = (version: number): Projection =>
  sales((event) => {
    if (event.data['id'] === '3' && !event.incomplete) throw new RangeError('cannot take it')
  }, version)

function cleanRun(log: DecodedBlock[], projections: Record<string, Projection>) {
  const path = folder()
  writerOn(path, toyApp(projections)).commit(range(log))
  return { tables: projectedTables(path), status: statusIn(path) }
}

const statusIn = (path: string) =>
  readerOn(path)
    .projections()
    .map(({ since: _, ...status }) => status)

describe('tables after a rebuild equal those of a clean run, byte for byte', () => {
  it('whatever was logged before and is logged meanwhile, also where a projection stands still', () => {
    fc.assert(
      fc.property(someLog, fc.nat(), fc.nat(), fc.boolean(), (log, some, more, restarted) => {
        const path = folder()
        const [first, second] = [some % (log.length + 1), more % 3]
        let writer = writerOn(path, toyApp({ people, sales: delicate(restarted ? 1 : 2) }))
        if (first) writer.commit(range(log.slice(0, first)))
        if (restarted) {
          writer.close()
          writer = writerOn(path, toyApp({ people, sales: delicate(2) }))
        }
        writer.rebuild()
        for (const each of log.slice(first)) {
          for (let step = 0; step < second; step++) writer.replay(0)
          writer.commit(range([each]))
        }
        rebuiltWhole(writer)
        const clean = cleanRun(log, { people, sales: delicate(2) })
        expect(projectedTables(path)).toEqual(clean.tables)
        expect(statusIn(path)).toEqual(clean.status)
      }),
      { numRuns: 60 },
    )
  })

  it('of blocks larger than what is read at once, too', () => {
    const many = Array.from({ length: 700 }, (_, n) => saleOf(n, `${n % 40}`, [`wasm1${n % 30}`]))
    const log = [block(1, many.slice(0, 200)), block(2, many.slice(0, 200)), block(3, many), block(4, many.slice(0, 3))]
    const path = folder()
    const writer = writerOn(path, toyApp())
    writer.commit(range(log))
    writer.rebuild()
    let steps = 0
    while (writer.replay(0) !== 'nothing') steps += 1
    expect(steps).toBe(log.length + 1) // a block each, and the end
    expect(projectedTables(path)).toEqual(cleanRun(log, { people, sales: sales() }).tables)
  })

  it('also when history changed, once more while it is rebuilt: what is put below the checkpoint is folded in at its place', () => {
    /** What events say of themselves: texts that are in the log already are not joined anew. */
    const ids: Projection = {
      version: 1,
      tables: { seen: 'id TEXT PRIMARY KEY, first TEXT NOT NULL, times INTEGER NOT NULL' },
      apply: ({ id, data }, tables) =>
        tables.run(
          'INSERT INTO {seen} VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1',
          ...[String(data['id']), id],
        ),
    }
    const eventsOf = (height: number) => ['1', '2'].map((id, n) => saleOf(n, id, [`wasm1by${height}`]))
    const [bytes, reason, dialect] = [new TextEncoder().encode('{}'), 'cannot be read', 'plain'] as const
    const unread = (height: number) => ({
      ...block(height),
      quarantined: [{ txIndex: 0, txHash: 'AA', dialect, bytes, reason }],
    })
    const path = folder()
    const writer = writerOn(path, toyApp({ ids }))
    writer.commit(range([unread(1), unread(2), block(3, eventsOf(3)), block(4, eventsOf(4))]))
    const readable = (height: number) =>
      writer.requeue((transaction) => {
        if (transaction.height !== height) throw new RangeError('not yet')
        return eventsOf(height)
      })
    readable(2)
    expect([writer.replay(0), writer.replay(0)]).toEqual(['some', 'some'])
    readable(1)
    rebuiltWhole(writer)
    const log = [1, 2, 3, 4].map((height) => block(height, eventsOf(height)))
    expect(projectedTables(path)).toEqual(cleanRun(log, { ids }).tables)
  })
})

it('a join that cannot take its own past any more leaves its memory as it is, and the projections are rebuilt', () => {
  const path = folder()
  const app = toyApp()
  const writer = writerOn(path, app)
  writer.commit(range([block(1, [saleOf(0, '1', ['wasm1a'])]), block(2, [saleOf(0, '2', ['wasm1b'])])]))
  writer.close()
  const before = projectedTables(path)
  const join = () => {
    throw new RangeError('cannot join it')
  }
  const changed = writerOn(path, { ...app, catalogue: { ...app.catalogue, join } })
  changed.rebuild()
  rebuiltWhole(changed)
  expect(projectedTables(path)).toEqual(before)
  expect(statusIn(path)).toMatchObject([{ state: 'ok' }, { state: 'ok' }])
})

it('while history is folded anew the old tables go on, and a reader sees the old or the new ones, never half of them', () => {
  const path = folder()
  const log = Array.from({ length: 6 }, (_, n) => block(n + 1, [saleOf(0, `${n + 1}`, ['wasm1a'])]))
  const writer = writerOn(path, toyApp())
  const reader = readerOn(path)
  const seen = () =>
    reader.read((tables, { height }) => [
      height,
      tables.all('SELECT * FROM {sales.sale}').length,
      tables.get<{ n: number }>('SELECT sum(events) AS n FROM {people.person}')?.n,
    ])
  writer.commit(range(log.slice(0, 3)))
  writer.rebuild()
  expect(writer.replay(0)).toBe('some')
  writer.commit(range(log.slice(3, 4)))
  expect(seen()).toEqual([4, 4, 4])
  expect(reader.projections()).toMatchObject([
    { name: 'people', state: 'rebuilding', height: 4, stale: false },
    { name: 'sales', state: 'rebuilding', height: 4, stale: false },
  ])
  reader.read((tables) => {
    const before = tables.all('SELECT * FROM {sales.step}')
    rebuiltWhole(writer)
    writer.commit(range(log.slice(4)))
    expect(tables.all('SELECT * FROM {sales.step}')).toEqual(before)
    expect(seen()).toEqual([4, 4, 4])
  })
  expect(seen()).toEqual([6, 6, 6])
  expect(reader.projections()).toMatchObject([
    { name: 'people', state: 'ok', height: 6 },
    { name: 'sales', state: 'ok', height: 6 },
  ])
})

it('a rebuild gives the thread back after each step, and says when new tables are in place', async () => {
  const path = folder()
  const writer = writerOn(path, toyApp())
  writer.commit(range(Array.from({ length: 50 }, (_, n) => block(n + 1, [saleOf(0, `${n}`, ['wasm1a'])]))))
  writer.rebuild(['sales'])
  const stop = new AbortController()
  const exchanged = Promise.withResolvers<void>()
  let steps = 0
  const stepping = { ...writer, replay: () => writer.replay(steps++ && 0) }
  const rebuilding = rebuildBetweenCommits(stepping, stop.signal, () => exchanged.resolve())
  await new Promise(setImmediate)
  writer.commit(range([block(51, [saleOf(0, 'between', ['wasm1b'])])]))
  expect(statusIn(path)).toMatchObject([{ state: 'ok' }, { state: 'rebuilding', height: 51 }])
  await exchanged.promise
  stop.abort()
  await rebuilding
  expect(steps).toBeGreaterThan(50)
  expect(statusIn(path)).toMatchObject([{ state: 'ok' }, { state: 'ok', height: 51 }])
  expect(projectedTables(path)['sales.sale']).toHaveLength(51)
})

it('a rebuild waits while another process has locked the file, and goes on when it may', async () => {
  const path = folder()
  const writer = writerOn(path, toyApp())
  writer.commit(range([block(1, [saleOf(0, '1', ['wasm1a'])])]))
  writer.rebuild()
  const other = new DatabaseSync(join(path, FILE))
  other.exec('BEGIN IMMEDIATE')
  const stop = new AbortController()
  const exchanged = Promise.withResolvers<void>()
  const rebuilding = rebuildBetweenCommits(writer, stop.signal, () => exchanged.resolve())
  await new Promise(setImmediate)
  expect(statusIn(path)).toMatchObject([{ state: 'rebuilding' }, { state: 'rebuilding' }])
  other.exec('COMMIT')
  other.close()
  await exchanged.promise
  stop.abort()
  await rebuilding
  expect(statusIn(path)).toMatchObject([{ state: 'ok' }, { state: 'ok' }])
})

it('kill -9 in the middle of rebuilds: afterwards it starts over, and ends equal to a clean run', async () => {
  const path = folder()
  const log = Array.from({ length: 400 }, (_, n) =>
    block(n + 1, [saleOf(0, `${n % 50}`, [`wasm1${n % 7}`]), saleOf(1, `${n % 9}`, [])]),
  )
  writerOn(path, toyApp()).commit(range(log))
  for (let kill = 0; kill < 4; kill++) {
    const child = spawn(process.execPath, [`${import.meta.dirname}/rebuild-for-ever.ts`, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, 3 + 11 * kill))
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  expect(statusIn(path)).toHaveLength(2)
  const writer = writerOn(path, toyApp())
  writer.rebuild()
  rebuiltWhole(writer)
  expect(projectedTables(path)).toEqual(cleanRun(log, { people, sales: sales() }).tables)
}, 30_000)
