/** The newest groups; with an address those it created or contributed to, with what it would get back. */
import type { Tables, View } from '../../events/app.ts'
import type { PoolRow } from '../projections/groups.ts'
import type { Group } from '../schemas.ts'

export const MOST = 200

const ALL = `SELECT * FROM {groups.pool} WHERE contract = ? ORDER BY id DESC LIMIT ${MOST}`
const OF_ACCOUNT = `SELECT pool.*, coalesce(share.amount, '0') AS contribution
  FROM (
    SELECT id FROM (SELECT id FROM {groups.pool} WHERE contract = ?1 AND creator = ?2 ORDER BY id DESC LIMIT ${MOST})
    UNION SELECT id FROM (SELECT id FROM {groups.share} WHERE contract = ?1 AND account = ?2 ORDER BY id DESC LIMIT ${MOST})
  ) AS mine
  JOIN {groups.pool} AS pool ON pool.contract = ?1 AND pool.id = mine.id
  LEFT JOIN {groups.share} AS share ON share.contract = ?1 AND share.id = mine.id AND share.account = ?2
  ORDER BY mine.id DESC LIMIT ${MOST}`

export const groups: View = {
  address: 'optional',
  tags: ['groups'],
  cache: 'contract_data',
  read: ({ tables, address, contracts }) => ({ items: newestGroups(tables, contracts['groups'], address) }),
}

export function newestGroups(tables: Tables, contract = '', address?: string): Group[] {
  if (address === undefined) return tables.all<PoolRow>(ALL, contract).map(shown)
  const rows = tables.all<PoolRow & { contribution: string }>(OF_ACCOUNT, contract, address)
  return rows.map((row) => ({ ...shown(row), contribution: row.contribution }))
}

function shown({ id, creator, target, denom, contributed, backed, contributors, status }: PoolRow): Group {
  return { id: `${id}`, creator, target, denom, contributed, backed, contributors, status }
}
