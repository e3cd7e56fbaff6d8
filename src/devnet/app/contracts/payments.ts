/** Payments: coins held for a recipient until claimed, or sent back. The only one of the six that checks what was paid in. */
import type { Coin } from '../coins.ts'
import {
  type Contract,
  type Env,
  ensure,
  entities,
  type Invocation,
  item,
  type Response,
  stamp,
  validAddress,
} from './contract.ts'
import { coin, optional, type Read, string, struct, u32, u64, variants } from './serde.ts'

const InstantiateMsg = struct({ default_denom: string, admin: optional(string) })
const Id = struct({ id: u64 })
const CreateTransfer = struct({ recipient: string, amount: coin, remark: optional(string), expiry_ts: optional(u64) })
const ExecuteMsg = variants({ create_transfer: CreateTransfer, claim_transfer: Id, refund_transfer: Id })
const page = { start_after: optional(u64), limit: optional(u32) }
const QueryMsg = variants({
  config: struct({}),
  get_transfer: Id,
  list_by_sender: struct({ sender: string, ...page }),
  list_by_recipient: struct({ recipient: string, ...page }),
})

interface Transfer {
  id: number
  sender: string
  recipient: string
  amount: Coin
  remark: string | null
  expiry_ts: number | null
  status: 'Open' | 'Claimed' | 'Refunded'
}

const CONFIG = item<{ admin: string; default_denom: string }>('config')
const TRANSFERS = entities<Transfer>('transfers', 'next_id', 'seimoney_payments::state::Transfer')

/** seimoney-payments. */
export const payments: Contract = {
  instantiate({ store, sender, prefix }, message) {
    const { admin, default_denom } = InstantiateMsg(message, 'seimoney_payments::msg::InstantiateMsg')
    CONFIG.save(store, { admin: admin === null ? sender : validAddress(admin, prefix), default_denom })
    TRANSFERS.begin(store)
    stamp(store, 'seimoney-payments')
  },

  execute(call, message) {
    const order = ExecuteMsg(message, 'seimoney_payments::msg::ExecuteMsg')
    if ('create_transfer' in order) return create(call, order.create_transfer)
    return 'claim_transfer' in order ? claim(call, order.claim_transfer.id) : refund(call, order.refund_transfer.id)
  },

  query({ store, prefix }, message) {
    const question = QueryMsg(message, 'seimoney_payments::msg::QueryMsg')
    if ('config' in question) return CONFIG.load(store)
    if ('get_transfer' in question) return TRANSFERS.load(store, question.get_transfer.id)
    if ('list_by_sender' in question) {
      const sender = validAddress(question.list_by_sender.sender, prefix)
      return listed(store, question.list_by_sender, (transfer) => transfer.sender === sender)
    }
    const recipient = validAddress(question.list_by_recipient.recipient, prefix)
    return listed(store, question.list_by_recipient, (transfer) => transfer.recipient === recipient)
  },

  lastId: TRANSFERS.lastId,
}

function create(call: Invocation, { recipient, amount, remark, expiry_ts }: Read<typeof CreateTransfer>): Response {
  const { store, sender, funds, now, prefix } = call
  validAddress(recipient, prefix)
  const [paid] = funds
  ensure(funds.length === 1 && paid?.denom === amount.denom && paid.amount === amount.amount, 'Invalid funds')
  ensure(expiry_ts === null || expiry_ts > now, 'Expired')
  const { id } = TRANSFERS.add(store, (id) => ({ id, sender, recipient, amount, remark, expiry_ts, status: 'Open' }))
  return {
    action: 'create_transfer',
    event: {
      name: 'create_transfer',
      attributes: [
        ['id', `${id}`],
        ['sender', sender],
        ['recipient', recipient],
        ['amount', amount.amount + amount.denom],
      ],
    },
  }
}

function claim({ store, sender, now }: Invocation, id: number): Response {
  const transfer = openTransfer(store, id)
  const { recipient, expiry_ts, amount } = transfer
  ensure(expiry_ts === null || expiry_ts > now, 'Expired')
  ensure(sender === recipient, 'Not recipient')
  TRANSFERS.save(store, id, { ...transfer, status: 'Claimed' })
  return {
    action: 'claim_transfer',
    event: {
      name: 'claim_transfer',
      attributes: [
        ['id', `${id}`],
        ['recipient', recipient],
      ],
    },
    pay: { to: recipient, coin: amount },
  }
}

/** Without an expiry the sender may have it back at any time. */
function refund({ store, sender, now }: Invocation, id: number): Response {
  const transfer = openTransfer(store, id)
  ensure(transfer.expiry_ts === null || transfer.expiry_ts <= now, 'Not yet expired')
  ensure(sender === transfer.sender, 'Not sender')
  TRANSFERS.save(store, id, { ...transfer, status: 'Refunded' })
  return {
    action: 'refund_transfer',
    event: {
      name: 'refund_transfer',
      attributes: [
        ['id', `${id}`],
        ['sender', sender],
      ],
    },
    pay: { to: sender, coin: transfer.amount },
  }
}

function openTransfer(store: Env['store'], id: number): Transfer {
  const transfer = TRANSFERS.load(store, id, 'Transfer not found')
  ensure(transfer.status === 'Open', 'Already claimed or refunded')
  return transfer
}

function listed(
  store: Env['store'],
  { start_after, limit }: { start_after: number | null; limit: number | null },
  matches: (transfer: Transfer) => boolean,
): Transfer[] {
  return TRANSFERS.page(store, start_after, Math.min(limit ?? 10, 30), matches)
}
