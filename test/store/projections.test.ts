import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Projection } from '../../src/events/app.ts'
import { encode } from '../../src/store/encode.ts'
import { FILE, migrate, STEPS } from '../../src/store/schema.ts'
import { writeTo } from '../../src/store/writer.ts'
import { block, CONTRACTS, folder, range, readerOn, record, writerOn } from './support.ts'
import { projectedTables, rebuiltWhole } from './tables-in-file.ts'
import { people, sales, toyApp } from './toy-app.ts'

const code = (name: string) => expect.objectContaining({ code: name })
const sale = (tx: number, id: string, account = `wasm1${id}`) => record(tx, 0, { data: { id }, accounts: [account] })
/** One event in each block, each of another id. */
const blocks = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => block(from + n, [sale(0, `${from + n}`)]))
const states = (of: { projections(): { name: string; state: string; height: number; stale: boolean }[] }) =>
  Object.fromEntries(
    of.projections().map(({ name, state, height, stale }) => [name, `${state} ${height}${stale ? ' stale' : ''}`]),
  )

const failsAt = (height: number, version = 1) =>
  sales(({ blockHeight }) => {
    if (blockHeight === height) throw new RangeError('cannot take it')
  }, version)

/** What a fresh run leaves in its file. */
function cleanRun(to: number, projections: Record<string, Projection> = { people, sales: sales() }) {
  const path = folder()
  writerOn(path, toyApp(projections)).commit(range(blocks(1, to)))
  return projectedTables(path)
}

describe('reading', () => {
  it('a block’s events are in the projections at the height of its commit, all tables as of one height', () => {
    const path = folder()
    const writer = writerOn(path, toyApp())
    const reader = readerOn(path)
    for (const height of [1, 2, 3]) {
      writer.commit(range(blocks(height, height)))
      const seen = reader.read((tables, asOf) => ({
        asOf,
        sales: tables.get<{ n: number }>('SELECT count(*) AS n FROM {sales.sale}')?.n,
        people: tables.all<{ account: string }>('SELECT account FROM {people.person} WHERE events >= ?', 1).length,
      }))
      expect(seen).toEqual({ asOf: { height, time: `2026-01-01T00:00:${height}.1Z` }, sales: height, people: height })
    }
    expect(states(reader)).toEqual({ people: 'ok 3', sales: 'ok 3' })
    expect(states(writer)).toEqual(states(reader))
  })

  it('a commit in the middle of a read is not seen by it, and a read in a read is part of it', () => {
    const path = folder()
    const writer = writerOn(path, toyApp())
    const reader = readerOn(path)
    const count = () => reader.read((tables) => tables.all('SELECT * FROM {sales.sale}').length)
    writer.commit(range(blocks(1, 1)))
    reader.read((_, asOf) => {
      writer.commit(range(blocks(2, 2)))
      expect([asOf.height, count(), reader.checkpoint().height]).toEqual([1, 1, 1])
    })
    expect([count(), reader.checkpoint().height]).toEqual([2, 2])
  })

  it('work that throws leaves no transaction open', () => {
    const path = folder()
    const writer = writerOn(path, toyApp())
    const reader = readerOn(path)
    expect(() =>
      reader.read(() => {
        throw new RangeError('of the work')
      }),
    ).toThrow('of the work')
    writer.commit(range(blocks(1, 1)))
    expect(reader.checkpoint().height).toBe(1)
  })

  it.each(['nobody.person', 'people.nobody', 'event', 'people', 'joins'])('there is no table {%s}', (name) => {
    const path = folder()
    writerOn(path, toyApp())
    const read = () => readerOn(path).read((tables) => tables.all(`SELECT * FROM {${name}}`))
    expect(read).toThrow(code('E_NO_TABLE'))
    expect(read).toThrow(`{${name}}`)
  })

  it('an empty log has empty tables', () => {
    const path = folder()
    writerOn(path, toyApp())
    expect(readerOn(path).read((tables, asOf) => [tables.all('SELECT * FROM {sales.sale}'), asOf])).toEqual([
      [],
      { height: 0, time: null },
    ])
  })
})

describe('a projection that throws', () => {
  it('stands still before that block, with its reason; log, checkpoint and the others go on', () => {
    const path = folder()
    const writer = writerOn(path, toyApp({ people, sales: failsAt(3) }))
    const committed = writer.commit(range(blocks(1, 4)))
    expect(committed?.events).toHaveLength(4)
    writer.commit(range(blocks(5, 5)))
    const [first, second] = readerOn(path).projections()
    expect(first).toMatchObject({ name: 'people', state: 'ok', height: 5, stale: false, reason: null })
    expect(second).toMatchObject({ name: 'sales', version: 1, state: 'suspended', height: 2, stale: true })
    expect(second?.reason).toBe('block 3: cannot take it')
    const { 'people.person': others, 'sales.sale': stopped, 'sales.step': steps } = projectedTables(path)
    expect([others, stopped, steps].map((rows) => rows?.length)).toEqual([5, 2, 2])
  })

  it('and another that throws later or earlier in the same commit: each stands still where it failed', () => {
    const path = folder()
    const app = toyApp({ people, sales: failsAt(3), later: failsAt(4), earlier: failsAt(2) })
    expect(writerOn(path, app).commit(range(blocks(1, 5)))?.events).toHaveLength(5)
    const found = readerOn(path).projections()
    expect(found.map(({ name, height, reason }) => [name, height, reason])).toEqual([
      ['earlier', 1, 'block 2: cannot take it'],
      ['later', 3, 'block 4: cannot take it'],
      ['people', 5, null],
      ['sales', 2, 'block 3: cannot take it'],
    ])
    const rows = projectedTables(path)
    expect(['people.person', 'sales.sale', 'later.sale', 'earlier.sale'].map((table) => rows[table]?.length)).toEqual([
      ...[5, 2, 3, 1],
    ])
  })

  it('is rebuilt with the fixed version, equal to a clean run’s; with the same version it stays as it is', () => {
    const path = folder()
    const broken = writerOn(path, toyApp({ people, sales: failsAt(3) }))
    broken.commit(range(blocks(1, 5)))
    broken.close()
    const same = writerOn(path, toyApp({ people, sales: sales() }))
    rebuiltWhole(same)
    expect(states(same)).toEqual({ people: 'ok 5', sales: 'suspended 2 stale' })
    same.close()

    const fixed = writerOn(path, toyApp({ people, sales: sales(undefined, 2) }))
    expect(states(fixed)).toEqual({ people: 'ok 5', sales: 'rebuilding 2 stale' })
    expect(projectedTables(path)['sales.sale']).toHaveLength(2) // still readable
    rebuiltWhole(fixed)
    expect(states(fixed)).toEqual({ people: 'ok 5', sales: 'ok 5' })
    expect(projectedTables(path)).toEqual(cleanRun(5))
  })

  it('in its rebuild stands still there, too, as in a clean run', () => {
    const path = folder()
    const writer = writerOn(path, toyApp())
    writer.commit(range(blocks(1, 5)))
    writer.close()
    const projections = { people, sales: failsAt(3, 2) }
    const broken = writerOn(path, toyApp(projections))
    rebuiltWhole(broken)
    expect(states(broken)).toEqual({ people: 'ok 5', sales: 'suspended 2 stale' })
    expect(projectedTables(path)).toEqual(cleanRun(5, projections))
  })

  it.each([
    ['ends the transaction', 'COMMIT'],
    ['reads another’s table', 'DELETE FROM {people.person}'],
    ['names a table it has not', 'DELETE FROM {person}'],
    ['breaks a constraint', `INSERT INTO {sale} VALUES ('3', NULL, NULL)`],
    ['writes no SQL', 'DELETE nonsense'],
  ])('because it %s: only it stands still', (_, sql) => {
    const path = folder()
    const bad = sales(({ blockHeight }, tables) => {
      if (blockHeight === 3) tables.run(sql)
    })
    const writer = writerOn(path, toyApp({ people, sales: bad }))
    writer.commit(range(blocks(1, 4)))
    expect(states(writer)).toEqual({ people: 'ok 4', sales: 'suspended 2 stale' })
    expect(readerOn(path).events({ order: 'asc', limit: 10 })).toHaveLength(4)
  })
})

describe('a full disk', () => {
  it('suspends nobody: nothing is committed, and it goes on when there is room', () => {
    const path = folder()
    writerOn(path, toyApp()).commit(range(blocks(1, 1)))
    const file = new DatabaseSync(join(path, FILE))
    onTestFinished(() => file.close())
    const writer = writeTo(file, {
      app: toyApp({
        people,
        sales: sales((_, tables) => tables.run('UPDATE {step} SET text = ?', 'x'.repeat(100_000))),
      }),
      contracts: CONTRACTS,
    })
    const { page_count: pages } = file.prepare('PRAGMA page_count').get() as { page_count: number }
    file.exec(`PRAGMA max_page_count = ${pages}`)
    expect(() => writer.commit(range(blocks(2, 2)))).toThrow(code('E_DISK_FULL'))
    expect(states(writer)).toEqual({ people: 'ok 1', sales: 'ok 1' })
    file.exec('PRAGMA max_page_count = 1000000')
    writer.commit(range(blocks(2, 2)))
    expect(states(writer)).toEqual({ people: 'ok 2', sales: 'ok 2' })
  })
})

describe('an app that changed', () => {
  it('a file from before there were projections gets them from its log, and keeps what joins remember', () => {
    const path = folder()
    const old = new DatabaseSync(join(path, FILE))
    migrate(old, join(path, FILE), STEPS.slice(0, 2))
    const { event } = encode(
      sale(0, '1'),
      { data: {}, accounts: [], audience: [], incomplete: false },
      block(1),
      'test-1',
    )
    old
      .prepare(
        `INSERT INTO event VALUES (1, 0, 0, 'market', 'market.sold', 'market', 'wasm1market', NULL, NULL, 1, ?, NULL)`,
      )
      .run(JSON.stringify(event))
    old.exec(`INSERT INTO join_entity VALUES ('id/1', '{}'); UPDATE log SET height = 1, chain_id = 'test-1'`)
    old.close()
    const writer = writerOn(path, toyApp())
    expect(states(writer)).toEqual({ people: 'rebuilding 0 stale', sales: 'rebuilding 0 stale' })
    rebuiltWhole(writer)
    expect(states(writer)).toEqual({ people: 'ok 1', sales: 'ok 1' })
    expect(projectedTables(path)).toMatchObject({
      'joins.entity': [{ key: 'id/1', fields: '{}' }],
      'people.person': [{ account: 'wasm11', events: 1, last: '1-0-0' }],
      'sales.sale': [{ id: '1', seller: 'wasm11', times: 1 }],
    })
  })

  it('a new projection is built from the log; until then its tables are empty and stale', () => {
    const path = folder()
    const before = writerOn(path, toyApp({ people }))
    before.commit(range(blocks(1, 4)))
    before.close()
    const writer = writerOn(path, toyApp())
    expect(states(writer)).toEqual({ people: 'ok 4', sales: 'rebuilding 0 stale' })
    expect(readerOn(path).read((tables) => tables.all('SELECT * FROM {sales.sale}'))).toEqual([])
    rebuiltWhole(writer)
    expect(projectedTables(path)).toEqual(cleanRun(4))
  })

  it('tables of another shape are empty until they are rebuilt, so that the new code can read them', () => {
    const path = folder()
    const before = writerOn(path, toyApp())
    before.commit(range(blocks(1, 4)))
    before.close()
    const wider: Projection = {
      ...people,
      tables: { person: `${people.tables['person']}, note TEXT` },
      apply: ({ accounts }, tables) => {
        for (const account of accounts)
          tables.run('INSERT OR REPLACE INTO {person} VALUES (?, 0, ?, ?)', account, '', 'seen')
      },
    }
    const writer = writerOn(path, toyApp({ people: wider, sales: sales() }))
    const reader = readerOn(path)
    const notes = () =>
      reader.read((tables) => tables.all<{ note: string }>('SELECT * FROM {people.person}').map(({ note }) => note))
    expect(states(writer)).toEqual({ people: 'rebuilding 0 stale', sales: 'ok 4' })
    expect(notes()).toEqual([])
    rebuiltWhole(writer)
    expect(notes()).toEqual(['seen', 'seen', 'seen', 'seen'])
  })

  it('what the app has no longer is forgotten', () => {
    const path = folder()
    const before = writerOn(path, toyApp())
    before.commit(range(blocks(1, 2)))
    before.close()
    const writer = writerOn(path, toyApp({ people }))
    expect(states(writer)).toEqual({ people: 'ok 2' })
    expect(Object.keys(projectedTables(path))).toEqual(['joins.entity', 'joins.member', 'people.person'])
  })

  it.each([
    ['columns that are no SQL', { people: { ...people, tables: { person: 'nonsense,' } } }],
    ['an index on nothing', { people: { ...people, indexes: { person: ['nothing'] } } }],
    ['a name with a quote', { 'pe"ople': people }],
    ['the name of the house’s own', { joins: people }],
  ])('%s: it does not start', (_, projections) => {
    expect(() => writerOn(folder(), toyApp(projections))).toThrow(code('E_BAD_PROJECTION'))
  })
})
