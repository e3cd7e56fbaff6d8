/**
 * An app with two projections and a join that remembers. As a module: `?loopsAt=<height>&version=<n>` makes `sales` hold the
 * thread at that height.
 */
import { type App, type OwnTables, type Projection, plainApp } from '../../src/events/app.ts'
import type { ChainEvent } from '../../src/events/types.ts'

/** Who did how much. */
export const people: Projection = {
  version: 1,
  tables: { person: 'account TEXT PRIMARY KEY, events INTEGER NOT NULL, last TEXT NOT NULL' },
  indexes: { person: ['events, last'] },
  apply: ({ accounts, id }, tables) => {
    for (const account of accounts)
      tables.run(
        `INSERT INTO {person} VALUES (?, 1, ?)
         ON CONFLICT (account) DO UPDATE SET events = events + 1, last = excluded.last`,
        ...[account, id],
      )
  },
}

/** What was sold, and how often. `before` is called first. */
export function sales(
  before: (event: ChainEvent, tables: OwnTables) => void = () => undefined,
  version = 1,
): Projection {
  return {
    version,
    tables: {
      sale: 'id TEXT PRIMARY KEY, seller TEXT, times INTEGER NOT NULL',
      step: 'position TEXT PRIMARY KEY, text TEXT NOT NULL',
    },
    apply: (event, tables) => {
      const id = String(event.data['id'])
      const known = tables.get<{ times: number }>('SELECT times FROM {sale} WHERE id = ?', id)
      tables.run(
        'INSERT OR REPLACE INTO {sale} VALUES (?, ?, ?)',
        id,
        event.accounts[0] ?? null,
        (known?.times ?? 0) + 1,
      )
      tables.run('INSERT INTO {step} VALUES (?, ?)', event.id, JSON.stringify(event))
      before(event, tables)
    },
  }
}

export function toyApp(projections: Record<string, Projection> = { people, sales: sales() }): App {
  return {
    ...plainApp,
    projections,
    catalogue: {
      ...plainApp.catalogue,
      /** Everybody who had to do with an id before comes along with its next event. */
      join: ({ data, accounts }, state) => {
        const key = `id/${data['id']}`
        const seen = state.get(key)
        const [first = 'nobody'] = accounts
        state.put(key, { first, own: `${accounts} ${Object.keys(data)}`, before: seen?.['first'] ?? '' })
        state.weigh(key, first, String(Number(state.weight(key, first)) + 1))
        const others = state.members(key, 10)
        return { data: { before: seen?.['first'] ?? null }, accounts: others, audience: others, incomplete: !seen }
      },
    },
  }
}

const { searchParams } = new URL(import.meta.url)
const loopsAt = Number(searchParams.get('loopsAt'))

export default toyApp({
  people,
  sales: sales(
    ({ blockHeight }) => {
      let n = 0
      while (blockHeight === loopsAt) n = (n * 31 + 7) % 1_001
    },
    Number(searchParams.get('version') ?? 1),
  ),
})
