// An app of your own: what its contract's events are called, what is kept of them, what is shown, and what runs by the clock.
// Import types only: this module is loaded on the threads of decoder, store and scheduler, which need nothing else of Seiche.
import type { App } from 'seiche'

interface Saver {
  owner: string
  denom: string
  total: string
  deposits: number
}

const app: App = {
  name: 'Savings',
  welcome: 'Connected to Savings',

  // Which channels there are. A channel that is named like a view shows it beside its events.
  channels: { savings: { events: ['saving'], address: 'optional' } },

  // Chain events → ours. Pure: no clock, no network. An amount stays a decimal string; it may be wider than a number.
  catalogue: {
    map: ({ name, attributes: { owner, amount, denom } }) =>
      name === 'seimoney.deposit_pot' && owner && amount && denom
        ? { type: 'saving_added', data: { owner, amount, denom }, accounts: [owner] }
        : null, // not logged
    join: () => ({ data: {}, accounts: [], audience: [], incomplete: false }),
  },

  // Tags an event invalidates. Without this line: its first word, `saving`.
  tags: () => ['savings'],

  // Folded in with each block, in the same transaction. Raise `version` with every change: it is rebuilt from the log.
  projections: {
    savers: {
      version: 1,
      tables: {
        saver: 'owner TEXT, denom TEXT, total TEXT NOT NULL, deposits INTEGER NOT NULL, PRIMARY KEY (owner, denom)',
      },
      apply: ({ data: { owner, amount, denom } }, tables) => {
        const key = [String(owner), String(denom)] as const
        const known = tables.get<Saver>('SELECT total, deposits FROM {saver} WHERE owner = ? AND denom = ?', ...key)
        const total = BigInt(known?.total ?? 0) + BigInt(String(amount))
        tables.run('INSERT OR REPLACE INTO {saver} VALUES (?, ?, ?, ?)', ...key, `${total}`, (known?.deposits ?? 0) + 1)
      },
    },
  },

  // What REST shows at /views/savings, and the channel `savings` beside its events.
  views: {
    savings: {
      address: 'optional',
      tags: ['savings'],
      cache: 'market_data',
      read: ({ tables, address }) => ({
        savers: address
          ? tables.all<Saver>('SELECT * FROM {savers.saver} WHERE owner = ?', address)
          : tables.all<Saver>('SELECT * FROM {savers.saver} ORDER BY deposits DESC, owner LIMIT 50'),
      }),
    },
  },

  // Runs on the scheduler's thread; `POST /api/realtime/polling/tasks/largest/run` runs it now and shows what it answers.
  tasks: async () => [
    {
      ...{ id: 'largest', name: 'Who saves most often', interval: 60_000, priority: 'low', timeout: 5_000 },
      refreshOn: ['savings'],
      run: async ({ read }) =>
        read((tables, asOf) => ({
          asOf,
          largest: tables.get<Saver>('SELECT * FROM {savers.saver} ORDER BY deposits DESC, owner LIMIT 1') ?? null,
        })),
    },
  ],
}

export default app
