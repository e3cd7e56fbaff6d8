/** The newest pots; with an address those it owns. */
import type { Tables, View } from '../../events/app.ts'
import type { PotRow } from '../projections/pots.ts'
import type { Pot } from '../schemas.ts'

const MOST = 200

const ALL = `SELECT * FROM {pots.pot} WHERE contract = ? ORDER BY id DESC LIMIT ${MOST}`
const OF_ACCOUNT = `SELECT * FROM {pots.pot} WHERE contract = ? AND owner = ? ORDER BY id DESC LIMIT ${MOST}`

export const pots: View = {
  address: 'optional',
  tags: ['pots'],
  cache: 'contract_data',
  read: ({ tables, address, contracts }) => ({ items: newestPots(tables, contracts['pots'], address) }),
}

export function newestPots(tables: Tables, contract = '', address?: string): Pot[] {
  const rows =
    address === undefined ? tables.all<PotRow>(ALL, contract) : tables.all<PotRow>(OF_ACCOUNT, contract, address)
  return rows.map(({ id, owner, goal, denom, current, backed, label, status }) => {
    return { id: `${id}`, owner, goal, denom, current, backed, label, status }
  })
}
