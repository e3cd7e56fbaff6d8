/**
 * Escrow cases. A resolved case can be paid out again and again, and stays resolved on the chain: from the first payment
 * on it is settled here, and holds nothing.
 */
import type { OwnTables, Projection } from '../../events/app.ts'
import type { ChainEvent } from '../../events/types.ts'
import { amount, backedPart, id, text, userText } from './fields.ts'
import { addTvl, SUMS } from './sums.ts'

export interface CaseRow {
  contract: string
  id: number
  /** As the event has them: addresses, joined by commas. */
  parties: string
  amount: string
  denom: string
  backed: 0 | 1
  model: string
  /** The chain's, but that `approved` is told by events only where the model is `MultiSig(n)`. */
  status: 'open' | 'approved' | 'disputed' | 'resolved'
  /** Addresses in the order of their approval, joined by commas. */
  approvals: string
  reason: string | null
  decision: string | null
  settled: 0 | 1
}

export const escrow: Projection = {
  version: 1,
  tables: {
    tvl: SUMS.tvl,
    cases: `contract TEXT NOT NULL, id INTEGER NOT NULL, parties TEXT NOT NULL, amount TEXT NOT NULL,
      denom TEXT NOT NULL, backed INTEGER NOT NULL, model TEXT NOT NULL, status TEXT NOT NULL, approvals TEXT NOT NULL,
      reason TEXT, decision TEXT, settled INTEGER NOT NULL, PRIMARY KEY (contract, id)`,
  },
  apply(event, tables) {
    if (event.type === 'escrow_opened') return open(event, tables)
    const change = CHANGES.get(event.type)
    const number = id(event, 'case_id')
    if (!change || number === undefined) return
    const found = tables.get<CaseRow>(
      'SELECT * FROM {cases} WHERE contract = ? AND id = ?',
      ...[event.contractAddress, number],
    )
    if (found) change(event, tables, found)
  },
}

const CHANGES: ReadonlyMap<string, (event: ChainEvent, tables: OwnTables, found: CaseRow) => void> = new Map([
  ['escrow_approved', approve],
  ['escrow_disputed', dispute],
  ['escrow_resolved', resolve],
  ['escrow_released', pay],
  ['escrow_refunded', pay],
])

function open(event: ChainEvent, tables: OwnTables): void {
  const { contractAddress: contract } = event
  const [number, sum, denom] = [id(event, 'id'), amount(event, 'amount'), text(event, 'denom')]
  if (number === undefined || sum === undefined || !denom) return
  if (tables.get('SELECT 1 FROM {cases} WHERE contract = ? AND id = ?', contract, number)) return
  const coins = backedPart(event, sum)
  tables.run(
    'INSERT INTO {cases} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, 0)',
    ...[contract, number, text(event, 'parties') ?? '', `${sum}`, denom, Number(event.data['backed'] === true)],
    ...[text(event, 'model') ?? '', 'open', ''],
  )
  addTvl(tables, { contract, denom }, { reported: sum, coins })
}

function approve(event: ChainEvent, tables: OwnTables, { contract, id, approvals, model, status }: CaseRow): void {
  const approver = text(event, 'approver')
  if (!approver || status !== 'open') return
  const now = approvals ? [...approvals.split(','), approver] : [approver]
  const needed = Number(/^MultiSig\((\d+)\)$/.exec(model)?.[1] ?? Number.POSITIVE_INFINITY)
  tables.run(
    'UPDATE {cases} SET approvals = ?, status = ? WHERE contract = ? AND id = ?',
    ...[now.join(), now.length >= needed ? 'approved' : 'open', contract, id],
  )
}

function dispute(event: ChainEvent, tables: OwnTables, { contract, id }: CaseRow): void {
  tables.run(
    "UPDATE {cases} SET status = 'disputed', reason = ? WHERE contract = ? AND id = ?",
    ...[userText(event, 'reason'), contract, id],
  )
}

function resolve(event: ChainEvent, tables: OwnTables, { contract, id }: CaseRow): void {
  tables.run(
    "UPDATE {cases} SET status = 'resolved', decision = ? WHERE contract = ? AND id = ?",
    ...[text(event, 'decision') ?? null, contract, id],
  )
}

/** Every payment takes coins; only the first ends the claim. */
function pay(event: ChainEvent, tables: OwnTables, found: CaseRow): void {
  const paid = amount(event, 'amount') ?? 0n
  addTvl(tables, found, { reported: found.settled ? 0n : -BigInt(found.amount), coins: -paid })
  if (!found.settled)
    tables.run('UPDATE {cases} SET settled = 1 WHERE contract = ? AND id = ?', found.contract, found.id)
}
