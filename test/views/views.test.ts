import { expect, it } from 'vitest'
import { createCaches } from '../../src/cache/caches.ts'
import { defaultCaches } from '../../src/cache/named.ts'
import type { App, AsOf, View } from '../../src/events/app.ts'
import { createViews } from '../../src/views/views.ts'
import { block, folder, range, readerOn, record, writerOn } from '../store/support.ts'
import { people, sales, toyApp } from '../store/toy-app.ts'

/** What a reader counts in `sales`. */
const shelf: View = {
  ...{ address: 'optional', tags: ['market'], cache: 'market_data' },
  read: ({ tables, address, contracts }) => ({
    sold: tables.all('SELECT id FROM {sales.sale} WHERE ? IS NULL OR seller = ?', address ?? null, address ?? null)
      .length,
    contracts,
  }),
}
const crowd: View = {
  ...{ address: 'ignored', tags: ['people'], cache: 'system' },
  read: ({ tables }) => ({ people: tables.all('SELECT account FROM {people.person}').length }),
}
const mine: View = { ...shelf, address: 'required', cache: 'user_data' }

function house(app: App = { ...toyApp(), views: { shelf, crowd, mine } }) {
  const path = folder()
  const writer = writerOn(path, app)
  const reader = readerOn(path)
  const caches = createCaches({ configs: defaultCaches, main: true })
  let seen: AsOf = { height: 0, time: null }
  const views = createViews({
    ...{ reader, caches, app, contracts: { market: 'wasm1market' }, seen: () => seen },
    others: { weather: () => ({ sunny: true }) },
  })
  /** Commits a block, and tells this thread of it unless it is to be behind. */
  const commit = (height: number, ids: string[], { tags = ['market'], told = true } = {}): void => {
    writer.commit(
      range([
        block(
          height,
          ids.map((id, n) => record(n, 0, { data: { id }, accounts: [`wasm1${id}`] })),
        ),
      ]),
    )
    if (!told) return
    seen = { height, time: `2026-01-01T00:00:${height}.1Z` }
    caches.committed({ height, tags })
  }
  return { views, commit, caches }
}

it('shows what the log says now, and what it is as of', () => {
  const { views, commit } = house()
  expect(views.read('shelf')).toMatchObject({ asOf: { height: 0, time: null }, sold: 0 })
  commit(1, ['a', 'b'])
  expect(views.read('shelf')).toEqual({
    ...{ asOf: { height: 1, time: '2026-01-01T00:00:1.1Z' }, sold: 2, contracts: { market: 'wasm1market' } },
  })
  expect(views.read('shelf', 'wasm1a')).toMatchObject({ sold: 1 })
})

it('is read again only when its tags have changed; unchanged it is as of all that was seen', () => {
  const { views, commit, caches } = house()
  commit(1, ['a'])
  const hits = (): number => caches.cache('market_data').getStats().totalHits
  views.read('shelf')
  const before = hits()
  commit(2, [], { tags: ['people'] })
  expect(views.read('shelf')).toMatchObject({ asOf: { height: 2 }, sold: 1 })
  expect(hits()).toBe(before + 1)
  commit(3, ['b'])
  expect(views.read('shelf')).toMatchObject({ asOf: { height: 3 }, sold: 2 })
})

it('never goes backwards, though this thread hears of a commit later than its reader', () => {
  const { views, commit } = house()
  commit(1, ['a'])
  commit(2, ['b'], { told: false })
  const ahead = views.read('shelf')
  expect(ahead).toMatchObject({ asOf: { height: 2 }, sold: 2 })
  expect(views.read('shelf')).toEqual(ahead)
  commit(3, [], { tags: [] })
  expect(views.read('shelf')).toMatchObject({ asOf: { height: 3 }, sold: 2 })
})

it('of a projection that stands still is marked stale, as of where that stands, and not kept', () => {
  const failing = sales(({ blockHeight }) => {
    if (blockHeight === 2) throw new RangeError('cannot take it')
  })
  const { views, commit, caches } = house({ ...toyApp({ people, sales: failing }), views: { shelf, crowd, mine } })
  commit(1, ['a'])
  commit(2, ['b'])
  expect(views.read('shelf')).toMatchObject({ stale: true, asOf: { height: 1 }, sold: 1 })
  expect(caches.cache('market_data').has('shelf')).toBe(false)
  expect(views.read('crowd')).toEqual({ asOf: { height: 2, time: '2026-01-01T00:00:2.1Z' }, people: 2 })
})

it('the latest events are those up to what was seen, of an account when asked', () => {
  const { views, commit } = house()
  commit(1, ['a', 'b'])
  commit(2, ['a'], { told: false })
  const ids = (address?: string): unknown[] =>
    (views.read('blockchain_events', address)['items'] as { id: string }[]).map(({ id }) => id)
  expect(ids()).toEqual(['1-1-0', '1-0-0'])
  expect(ids('wasm1a')).toEqual(['1-0-0'])
})

it('names what there is, and refuses what there is not', () => {
  const { views } = house()
  expect(views.names()).toEqual(['shelf', 'crowd', 'mine', 'blockchain_events', 'weather'])
  expect(views.read('weather')).toEqual({ asOf: { height: 0, time: null }, sunny: true })
  for (const name of ['nothing', '__proto__', 'constructor'])
    expect(() => views.read(name)).toThrow(expect.objectContaining({ code: 'E_NO_VIEW' }))
  expect(() => views.read('mine')).toThrow(expect.objectContaining({ code: 'E_ADDRESS_REQUIRED' }))
  expect([views.rule('mine'), views.rule('crowd'), views.rule('weather')]).toEqual(['required', 'ignored', 'ignored'])
  expect(views.tags('mine', 'wasm1a')).toEqual(['market', 'user:wasm1a'])
})
