/** Transfers, whose coins the contract checks: what is open is held. */
import type { OwnTables, Projection } from '../../events/app.ts'
import type { ChainEvent } from '../../events/types.ts'
import { amount, id, text } from './fields.ts'
import { addHeld, addTvl, SUMS } from './sums.ts'

export interface TransferRow {
  contract: string
  id: number
  sender: string
  recipient: string
  amount: string
  denom: string
  status: 'open' | 'claimed' | 'refunded'
  /** Block times of the first and the last event of it. */
  created_at: string
  updated_at: string
  /** Of the transaction that made it. */
  tx_hash: string | null
}

/** `party`: how many transfers an account sent and received, and how many of them are open. */
export const transfers: Projection = {
  version: 1,
  tables: {
    ...SUMS,
    transfer: `contract TEXT NOT NULL, id INTEGER NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
      amount TEXT NOT NULL, denom TEXT NOT NULL, status TEXT NOT NULL,
      created_at TEXT NOT NULL, updated_at TEXT NOT NULL, tx_hash TEXT, PRIMARY KEY (contract, id)`,
    party: `contract TEXT NOT NULL, account TEXT NOT NULL,
      sent INTEGER NOT NULL, received INTEGER NOT NULL, open INTEGER NOT NULL, PRIMARY KEY (contract, account)`,
  },
  indexes: { transfer: ['sender', 'recipient', 'contract, status'] },
  apply(event, tables) {
    if (event.type === 'transfer_created') create(event, tables)
    else if (event.type === 'transfer_claimed') settle(event, tables, 'claimed')
    else if (event.type === 'transfer_refunded') settle(event, tables, 'refunded')
  },
}

function create(event: ChainEvent, tables: OwnTables): void {
  const { contractAddress: contract, timestamp, txHash } = event
  const [number, sum] = [id(event, 'id'), amount(event, 'amount')]
  const [sender, recipient, denom] = [text(event, 'sender'), text(event, 'recipient'), text(event, 'denom')]
  if (number === undefined || sum === undefined || !sender || !recipient || !denom) return
  if (find(tables, contract, number)) return
  tables.run(
    'INSERT INTO {transfer} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ...[contract, number, sender, recipient, `${sum}`, denom, 'open', timestamp, timestamp, txHash],
  )
  addTvl(tables, { contract, denom }, { reported: sum, coins: sum })
  addHeld(tables, { contract, denom }, sender, sum)
  const toSelf = Number(sender === recipient)
  count(tables, contract, sender, { sent: 1, received: toSelf, open: 1 })
  if (!toSelf) count(tables, contract, recipient, { sent: 0, received: 1, open: 1 })
}

function settle(event: ChainEvent, tables: OwnTables, status: 'claimed' | 'refunded'): void {
  const contract = event.contractAddress
  const number = id(event, 'id')
  const transfer = number === undefined ? undefined : find(tables, contract, number)
  if (transfer?.status !== 'open') return
  tables.run(
    'UPDATE {transfer} SET status = ?, updated_at = ? WHERE contract = ? AND id = ?',
    ...[status, event.timestamp, contract, transfer.id],
  )
  const { sender, recipient, denom } = transfer
  const sum = BigInt(transfer.amount)
  addTvl(tables, { contract, denom }, { reported: -sum, coins: -sum })
  addHeld(tables, { contract, denom }, sender, -sum)
  for (const account of new Set([sender, recipient]))
    count(tables, contract, account, { sent: 0, received: 0, open: -1 })
}

function find(tables: OwnTables, contract: string, number: number): TransferRow | undefined {
  return tables.get<TransferRow>('SELECT * FROM {transfer} WHERE contract = ? AND id = ?', contract, number)
}

function count(
  tables: OwnTables,
  contract: string,
  account: string,
  { sent, received, open }: { sent: number; received: number; open: number },
): void {
  tables.run(
    `INSERT INTO {party} VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
       SET sent = sent + excluded.sent, received = received + excluded.received, open = open + excluded.open`,
    ...[contract, account, sent, received, open],
  )
}
