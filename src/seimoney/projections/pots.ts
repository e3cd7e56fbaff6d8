/** Pots. A pot's sum stays as it was when it is broken or closed; held is what is in the open ones. */
import type { OwnTables, Projection } from '../../events/app.ts'
import type { ChainEvent } from '../../events/types.ts'
import { amount, backedPart, id, text, userText } from './fields.ts'
import { addHeld, addTvl, SUMS } from './sums.ts'

export interface PotRow {
  contract: string
  id: number
  owner: string
  goal: string
  denom: string
  current: string
  /** Of that, what came with coins. */
  backed: string
  label: string | null
  status: 'open' | 'broken' | 'closed'
}

export const pots: Projection = {
  version: 1,
  tables: {
    ...SUMS,
    pot: `contract TEXT NOT NULL, id INTEGER NOT NULL, owner TEXT NOT NULL, goal TEXT NOT NULL, denom TEXT NOT NULL,
      current TEXT NOT NULL, backed TEXT NOT NULL, label TEXT, status TEXT NOT NULL, PRIMARY KEY (contract, id)`,
  },
  indexes: { pot: ['owner'] },
  apply(event, tables) {
    if (event.type === 'pot_created') create(event, tables)
    else if (event.type === 'pot_deposited') deposit(event, tables)
    else if (event.type === 'pot_withdrawn') finish(event, tables)
  },
}

function create(event: ChainEvent, tables: OwnTables): void {
  const [number, goal] = [id(event, 'id'), amount(event, 'goal_amount')]
  const [owner, denom] = [text(event, 'owner'), text(event, 'goal_denom')]
  if (number === undefined || goal === undefined || !owner || !denom) return
  tables.run(
    'INSERT OR IGNORE INTO {pot} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ...[event.contractAddress, number, owner, `${goal}`, denom, '0', '0', userText(event, 'label'), 'open'],
  )
}

function deposit(event: ChainEvent, tables: OwnTables): void {
  const pot = openPot(event, tables)
  const sum = amount(event, 'amount')
  if (!pot || sum === undefined) return
  const coins = backedPart(event, sum)
  tables.run(
    'UPDATE {pot} SET current = ?, backed = ? WHERE contract = ? AND id = ?',
    ...[`${BigInt(pot.current) + sum}`, `${BigInt(pot.backed) + coins}`, pot.contract, pot.id],
  )
  addTvl(tables, pot, { reported: sum, coins })
  addHeld(tables, pot, pot.owner, sum)
}

/** The owner gets the whole sum, whatever of it came with coins. */
function finish(event: ChainEvent, tables: OwnTables): void {
  const pot = openPot(event, tables)
  const reason = text(event, 'reason')
  if (!pot || (reason !== 'broken' && reason !== 'closed')) return
  tables.run('UPDATE {pot} SET status = ? WHERE contract = ? AND id = ?', reason, pot.contract, pot.id)
  const sum = BigInt(pot.current)
  addTvl(tables, pot, { reported: -sum, coins: -sum })
  addHeld(tables, pot, pot.owner, -sum)
}

function openPot(event: ChainEvent, tables: OwnTables): PotRow | undefined {
  const number = id(event, 'pot_id')
  if (number === undefined) return undefined
  const open = "SELECT * FROM {pot} WHERE contract = ? AND id = ? AND status = 'open'"
  return tables.get<PotRow>(open, event.contractAddress, number)
}
