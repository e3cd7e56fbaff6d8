/**
 * What the `data` of SeiMoney's events holds, as schemas and as types. All of it is text that a contract wrote: amounts and
 * ids are decimal strings, and nothing is promised of what users chose. Null: joined from an origin that was never indexed.
 */
import * as z from 'zod'

const Text = z.string()
const Joined = z.string().nullable()
/** A bank transfer to the contract in the same message covers the amount. */
const Backed = z.boolean()

const pool = { pool_id: Text }
const vault = { vault_id: Text, denom: Text }
const moved = { amount: Text, denom: Text }
const transfer = { id: Text, sender: Joined, recipient: Joined, amount: Joined, denom: Joined }
const alias = z.strictObject({ address: Text, username: Text })
const paidOut = z.strictObject({ case_id: Text, to: Text, ...moved })

/** By event type. */
export const eventSchemas = {
  transfer_created: z.strictObject({ id: Text, sender: Text, recipient: Text, ...moved }),
  transfer_claimed: z.strictObject(transfer),
  transfer_refunded: z.strictObject(transfer),
  group_created: z.strictObject({
    ...{ id: Text, creator: Text, target_amount: Text, target_denom: Text, memo: Text.optional() },
  }),
  group_contributed: z.strictObject({ ...pool, ...moved, contributor: Text, creator: Joined, backed: Backed }),
  group_distributed: z.strictObject({ ...pool, creator: Text, total_amount: Text, denom: Text }),
  group_cancelled: z.strictObject({ ...pool, creator: Text }),
  group_refunded: z.strictObject({ ...pool, ...moved, contributor: Text, creator: Joined }),
  pot_created: z.strictObject({
    ...{ id: Text, owner: Text, goal_amount: Text, goal_denom: Text, label: Text.optional() },
  }),
  pot_deposited: z.strictObject({ pot_id: Text, owner: Text, depositor: Joined, ...moved, backed: Backed }),
  pot_withdrawn: z.strictObject({
    ...{ pot_id: Text, owner: Text, total_amount: Text, denom: Text, reason: z.enum(['broken', 'closed']) },
  }),
  vault_created: z.strictObject({ id: Text, label: Text, denom: Text, strategy: Text }),
  vault_deposited: z.strictObject({ ...vault, user: Text, amount: Text, shares: Text, backed: Backed }),
  vault_withdrawn: z.strictObject({ ...vault, user: Text, amount: Text, shares: Text }),
  vault_harvested: z.strictObject({ ...vault, yield_amount: Text }),
  vault_rebalanced: z.strictObject({ vault_id: Text, new_allocations: Text }),
  alias_registered: alias,
  alias_updated: alias,
  alias_unregistered: alias,
  escrow_opened: z.strictObject({ id: Text, parties: Text, model: Text, ...moved, backed: Backed }),
  escrow_approved: z.strictObject({ case_id: Text, approver: Text }),
  escrow_disputed: z.strictObject({ case_id: Text, disputer: Text, reason: Text.optional() }),
  escrow_resolved: z.strictObject({ case_id: Text, resolver: Text, decision: Text }),
  escrow_released: paidOut,
  escrow_refunded: paidOut,
} as const

/** The data of each event, by type. */
export type SeiMoneyEvents = { [Type in keyof typeof eventSchemas]: z.infer<(typeof eventSchemas)[Type]> }
