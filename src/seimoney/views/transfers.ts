/** The newest transfers; with an address those it sent or received. */
import type { Tables, View } from '../../events/app.ts'
import type { TransferRow } from '../projections/transfers.ts'
import type { Transfer } from '../schemas.ts'

const MOST = 50

const ALL = `SELECT * FROM {transfers.transfer} WHERE contract = ? ORDER BY id DESC LIMIT ${MOST}`
/** Each branch of the union walks an index of its own, and no further than it must. */
const OF_ACCOUNT = `SELECT * FROM (SELECT * FROM {transfers.transfer} WHERE contract = ?1 AND sender = ?2 ORDER BY id DESC LIMIT ${MOST})
  UNION SELECT * FROM (SELECT * FROM {transfers.transfer} WHERE contract = ?1 AND recipient = ?2 ORDER BY id DESC LIMIT ${MOST})
  ORDER BY id DESC LIMIT ${MOST}`

export const transfers: View = {
  address: 'optional',
  tags: ['transfers'],
  cache: 'contract_data',
  read: ({ tables, address, contracts }) => ({
    items: newestTransfers(tables, contracts['payments'] ?? '', address),
  }),
}

function newestTransfers(tables: Tables, contract: string, address: string | undefined): Transfer[] {
  const rows =
    address === undefined
      ? tables.all<TransferRow>(ALL, contract)
      : tables.all<TransferRow>(OF_ACCOUNT, contract, address)
  return rows.map(({ id, sender, recipient, amount, denom, status, created_at, updated_at, tx_hash }) => {
    return {
      id: `${id}`,
      sender,
      recipient,
      amount,
      denom,
      status,
      createdAt: created_at,
      updatedAt: updated_at,
      txHash: tx_hash,
    }
  })
}
