/** SeiMoney for those who build on it: the app itself, the schemas of its views, and their types. */
import type { SeiMoneyEvents } from './event-schemas.ts'
import type { SeiMoneyViews } from './schemas.ts'

export { default } from './app.ts'
export { eventSchemas, type SeiMoneyEvents } from './event-schemas.ts'
export * from './schemas.ts'
export type { ContractBalance } from './tasks.ts'

/** What `seiche/client` is told of SeiMoney: `createClient<SeiMoney>(url)`. */
export interface SeiMoney {
  channels: keyof SeiMoneyViews | 'blockchain_events' | 'system'
  events: SeiMoneyEvents
  views: SeiMoneyViews
}
