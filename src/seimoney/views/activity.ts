/** What the last 24 hours brought: the hour of block time under way and the 23 before it. */
import type { Tables } from '../../events/app.ts'
import { hour } from '../projections/fields.ts'

const HOURS = 24

export interface LastDay {
  /** Accounts that events named. */
  activeUsers: number
  /** Of these, accounts that none had named before. */
  newUsers: number
  transactions: number
  byType: Record<string, number>
}

/** The first hour that counts. */
export function firstHour(time: string | null): number {
  return hour(time) - HOURS + 1
}

/** As of the block's time. */
export function lastDay(tables: Tables, time: string | null): LastDay {
  const from = firstHour(time)
  const seen = tables.get<{ first: number; last: number }>(
    'SELECT coalesce(sum(first), 0) AS first, coalesce(sum(last), 0) AS last FROM {accounts.seen} WHERE hour >= ?',
    from,
  )
  const byType = countsOf(
    tables.all<TypeCount>(
      'SELECT type, sum(events) AS events FROM {activity.hour} WHERE hour >= ? GROUP BY type',
      from,
    ),
  )
  return { activeUsers: seen?.last ?? 0, newUsers: seen?.first ?? 0, transactions: totalOf(byType), byType }
}

export interface TypeCount {
  type: string
  events: number
}

export function countsOf(rows: readonly TypeCount[]): Record<string, number> {
  return Object.fromEntries(rows.map(({ type, events }) => [type, events]))
}

export function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, events) => sum + events, 0)
}
