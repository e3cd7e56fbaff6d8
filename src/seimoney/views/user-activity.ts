/** Who did how much in the last 24 hours, and hour by hour. */
import type { Tables, View } from '../../events/app.ts'
import type { UserActivity } from '../schemas.ts'
import { firstHour, lastDay } from './activity.ts'

/** Whatever happens is activity. */
export const userActivity: View = {
  address: 'ignored',
  tags: ['transfers', 'groups', 'pots', 'vaults', 'alias', 'escrow'],
  cache: 'system',
  read: ({ tables, asOf }) => activityOf(tables, asOf.time),
}

function activityOf(tables: Tables, time: string | null): UserActivity {
  const { activeUsers, newUsers, transactions, byType } = lastDay(tables, time)
  const hours = tables.all<{ hour: number; transactions: number; newUsers: number }>(
    `SELECT hour, sum(events) AS transactions,
       coalesce((SELECT first FROM {accounts.seen} AS seen WHERE seen.hour = counted.hour), 0) AS newUsers
     FROM {activity.hour} AS counted WHERE hour >= ? GROUP BY hour ORDER BY hour DESC`,
    firstHour(time),
  )
  return {
    ...{ activeUsers24h: activeUsers, newUsers24h: newUsers, transactions24h: transactions, byType24h: byType },
    hours: hours.map((each) => ({ ...each, hour: new Date(each.hour * 3_600_000).toISOString() })),
  }
}
