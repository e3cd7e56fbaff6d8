/** How much happens: events by type, in all and by hour of block time, and when each contract was last heard. */
import type { Projection } from '../../events/app.ts'
import { TYPES } from '../catalogue.ts'
import { hour } from './fields.ts'

/** Only SeiMoney's own types are counted: others are the contracts' to invent, without end. */
export const activity: Projection = {
  version: 1,
  tables: {
    total: 'type TEXT NOT NULL PRIMARY KEY, events INTEGER NOT NULL',
    hour: 'hour INTEGER NOT NULL, type TEXT NOT NULL, events INTEGER NOT NULL, PRIMARY KEY (hour, type)',
    contract: 'contract TEXT NOT NULL PRIMARY KEY, last_at TEXT NOT NULL',
  },
  apply({ type, timestamp, contractAddress }, tables) {
    tables.run('INSERT OR REPLACE INTO {contract} VALUES (?, ?)', contractAddress, timestamp)
    if (!TYPES.has(type)) return
    tables.run('INSERT INTO {total} VALUES (?, 1) ON CONFLICT DO UPDATE SET events = events + 1', type)
    tables.run(
      'INSERT INTO {hour} VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET events = events + 1',
      ...[hour(timestamp), type],
    )
  },
}
