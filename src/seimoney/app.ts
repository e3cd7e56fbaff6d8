/** SeiMoney: transfers, groups, pots, vaults, aliases and escrow. The first app, loaded by URL like a user's own. */
import { type App, defineApp } from '../events/app.ts'
import { catalogue } from './catalogue.ts'
import { projections } from './projections/index.ts'
import { tags } from './tags.ts'
import { views } from './views/index.ts'

const app: App = defineApp({
  name: 'SeiMoney',
  welcome: 'Connected to SeiMoney WebSocket',
  channels: {
    market_stats: { events: [], address: 'ignored' },
    transfers: { events: ['transfer'], address: 'optional' },
    groups: { events: ['group'], address: 'optional' },
    pots: { events: ['pot'], address: 'optional' },
    vaults: { events: ['vault'], address: 'optional' },
    user_portfolio: { events: [], address: 'required' },
  },
  ...{ catalogue, projections, views, tags },
  schemas: async () => (await import('./schemas.ts')).schemas,
  tasks: async () => (await import('./tasks.ts')).tasks,
})

export default app
