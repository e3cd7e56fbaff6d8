/**
 * Every event of the six SeiMoney contracts: what it is called here, whom it names, what it claims, what later events
 * need of it. One entry per chain event; the contracts' own sources are `contracts/<name>/src/events.rs`.
 */

import { accountsIn } from '../events/accounts.ts'
import type { Catalogue, Joined, JoinState, MappedEvent, MessageFacts, WasmEvent } from '../events/app.ts'
import { plainApp } from '../events/app.ts'
import type { EventRecord } from '../events/types.ts'
import { joinCase, joinGroup, joinTransfer, joinVault } from './joins.ts'

interface Entry {
  type: string
  /** Attributes that name an account; `parties` may hold several, joined by commas. */
  accounts: readonly string[]
  /** It claims that `amount` of `denom` came with the message: say whether it did. */
  deposit?: true
  /** What else `data` holds. */
  more?: (event: WasmEvent, message: MessageFacts) => Record<string, string | null>
  join?: (record: EventRecord, state: JoinState) => Joined
}

const broken = (reason: string) => () => ({ reason })

const CONTRACTS: Record<string, Record<string, Entry>> = {
  payments: {
    create_transfer: {
      type: 'transfer_created',
      accounts: ['sender', 'recipient'],
      more: splitAmount,
      join: joinTransfer,
    },
    claim_transfer: { type: 'transfer_claimed', accounts: ['recipient'], join: joinTransfer },
    refund_transfer: { type: 'transfer_refunded', accounts: ['sender'], join: joinTransfer },
  },
  groups: {
    create_pool: { type: 'group_created', accounts: ['creator'], join: joinGroup },
    contribute: { type: 'group_contributed', accounts: ['contributor'], deposit: true, join: joinGroup },
    distribute: { type: 'group_distributed', accounts: ['creator'], join: joinGroup },
    cancel_pool: { type: 'group_cancelled', accounts: ['creator'], join: joinGroup },
    refund_contribution: { type: 'group_refunded', accounts: ['contributor'], join: joinGroup },
  },
  pots: {
    open_pot: { type: 'pot_created', accounts: ['owner'] },
    deposit_pot: {
      type: 'pot_deposited',
      accounts: ['owner', 'depositor'],
      deposit: true,
      more: (_, { sender }) => ({ depositor: sender }),
    },
    break_pot: { type: 'pot_withdrawn', accounts: ['owner'], more: broken('broken') },
    close_pot: { type: 'pot_withdrawn', accounts: ['owner'], more: broken('closed') },
  },
  vaults: {
    create_vault: { type: 'vault_created', accounts: [], join: joinVault },
    deposit_vault: { type: 'vault_deposited', accounts: ['user'], deposit: true, join: joinVault },
    withdraw_vault: { type: 'vault_withdrawn', accounts: ['user'], join: joinVault },
    harvest_vault: { type: 'vault_harvested', accounts: [], join: joinVault },
    rebalance_vault: { type: 'vault_rebalanced', accounts: [], join: joinVault },
  },
  alias: {
    register_alias: { type: 'alias_registered', accounts: ['address'] },
    update_alias: { type: 'alias_updated', accounts: ['address'] },
    unregister_alias: { type: 'alias_unregistered', accounts: ['address'] },
  },
  risk_escrow: {
    open_case: { type: 'escrow_opened', accounts: ['parties'], deposit: true, join: joinCase },
    approve: { type: 'escrow_approved', accounts: ['approver'] },
    dispute: { type: 'escrow_disputed', accounts: ['disputer'] },
    resolve: { type: 'escrow_resolved', accounts: ['resolver'] },
    release: { type: 'escrow_released', accounts: ['to'] },
    refund: { type: 'escrow_refunded', accounts: ['to'] },
  },
}

const PREFIX = 'seimoney.'
/** Accounts an event may name; more parties of a case are routed to, not named. */
const MAX_ACCOUNTS = 16
const BY_TYPE = new Map(
  Object.values(CONTRACTS).flatMap((events) => Object.values(events).map((entry) => [entry.type, entry] as const)),
)
/** Every type that is SeiMoney's own. */
export const TYPES: ReadonlySet<string> = new Set(BY_TYPE.keys())

const NOTHING: Joined = { data: {}, accounts: [], audience: [], incomplete: false }

export const catalogue: Catalogue = {
  map: (event, message) => {
    const ours = own(CONTRACTS, event.contract)
    if (!ours) return plainApp.catalogue.map(event, message)
    if (event.name === 'wasm') return null // says again, as `action`, what the contract's own event says in full
    const entry = event.name.startsWith(PREFIX) ? own(ours, event.name.slice(PREFIX.length)) : undefined
    return entry ? mapEntry(entry, event, message) : plainApp.catalogue.map(event, message)
  },
  join: (record, state) => BY_TYPE.get(record.type)?.join?.(record, state) ?? NOTHING,
}

function mapEntry({ type, accounts, deposit, more }: Entry, event: WasmEvent, message: MessageFacts): MappedEvent {
  const { amount, denom } = event.attributes
  const data = {
    ...event.attributes,
    ...more?.(event, message),
    ...(deposit ? { backed: message.takeCover(event.contractAddress, amount ?? '', denom ?? '') } : {}),
  }
  const named = accounts.map((key) => data[key as keyof typeof data] ?? '').join()
  return { type, data, accounts: accountsIn(named).slice(0, MAX_ACCOUNTS) }
}

/** `create_transfer` writes one coin, "123usei", into `amount`; anything else, two coins among it, stays as it is. */
function splitAmount({ attributes }: WasmEvent): Record<string, string | null> {
  const [, amount, denom] = /^(\d+)([a-zA-Z][\w/:.-]*)$/.exec(attributes['amount'] ?? '') ?? []
  return amount !== undefined && denom !== undefined ? { amount, denom } : {}
}

/** A record's own entry: contract and event names are the chain's, `constructor` among them. */
function own<T>(entries: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(entries, key) ? entries[key] : undefined
}
