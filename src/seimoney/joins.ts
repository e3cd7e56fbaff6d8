/** What SeiMoney's events leave out, joined from what the log said before. Keys are scoped by contract: ids are per contract. */
import { accountsIn } from '../events/accounts.ts'
import type { Joined, JoinState } from '../events/app.ts'
import type { EventRecord, EventValue } from '../events/types.ts'

/** Routing rows one event may have; the store cuts at the same number. */
const AUDIENCE = 1_000

/** Claims and refunds name one party and no amount: the rest is what `transfer_created` said of the id. */
export function joinTransfer(record: EventRecord, state: JoinState): Joined {
  const key = `${record.contractAddress}/transfer/${text(record, 'id')}`
  if (record.type === 'transfer_created') {
    state.put(key, { ...parties(record, ['sender', 'recipient']), ...pick(record, ['amount', 'denom']) })
    return joined({})
  }
  const origin = state.get(key)
  return joined(
    complete(record, origin, ['sender', 'recipient', 'amount', 'denom']),
    [origin?.['sender'], origin?.['recipient']],
    !origin,
  )
}

/** Group events concern the creator and all who contributed so far. */
export function joinGroup(record: EventRecord, state: JoinState): Joined {
  const key = `${record.contractAddress}/group/${text(record, record.type === 'group_created' ? 'id' : 'pool_id')}`
  if (record.type === 'group_created') state.put(key, parties(record, ['creator']))
  const [contributor] = record.accounts
  if (record.type === 'group_contributed' && contributor) state.weigh(key, contributor, '1')
  const origin = state.get(key)
  const creator = origin?.['creator']
  const audience = [...(creator ? [creator] : []), ...state.members(key, AUDIENCE)]
  const names = record.type === 'group_contributed' || record.type === 'group_refunded'
  if (!names) return { ...joined({}, [], false, audience), crowd: key }
  return { ...joined(complete(record, origin, ['creator']), [creator], !origin, audience), crowd: key }
}

/** Vault events concern those who hold shares at that event, by the shares that deposits gave and withdrawals took. */
export function joinVault(record: EventRecord, state: JoinState): Joined {
  const key = `${record.contractAddress}/vault/${text(record, record.type === 'vault_created' ? 'id' : 'vault_id')}`
  const [user] = record.accounts
  const shares = text(record, 'shares')
  if (user && /^\d{1,60}$/.test(shares)) {
    const held = BigInt(state.weight(key, user))
    const now = record.type === 'vault_deposited' ? held + BigInt(shares) : held - BigInt(shares)
    state.weigh(key, user, now > 0n ? now.toString() : '0')
  }
  return { ...joined({}, [], false, state.members(key, AUDIENCE)), crowd: key }
}

/** A case concerns all its parties, also those beyond what an event may name. */
export function joinCase(record: EventRecord): Joined {
  return joined({}, [], false, accountsIn(text(record, 'parties')).slice(0, AUDIENCE))
}

function joined(
  data: Record<string, EventValue>,
  accounts: (string | undefined)[] = [],
  incomplete = false,
  audience: string[] = [],
): Joined {
  return { data, accounts: accounts.filter((account) => account !== undefined), incomplete, audience }
}

/** The fields that the event itself does not have, from its origin; null where that was never indexed. */
function complete(
  record: EventRecord,
  origin: Readonly<Record<string, string>> | undefined,
  fields: string[],
): Record<string, EventValue> {
  const missing = fields.filter((field) => !Object.hasOwn(record.data, field))
  return Object.fromEntries(missing.map((field) => [field, origin?.[field] ?? null]))
}

function pick(record: EventRecord, fields: string[]): Record<string, string> {
  return Object.fromEntries(fields.map((field) => [field, text(record, field)]).filter(([, value]) => value !== ''))
}

/** The fields that hold an account the event names: other text must not become a counterparty. */
function parties(record: EventRecord, fields: string[]): Record<string, string> {
  return pick(
    record,
    fields.filter((field) => record.accounts.includes(text(record, field))),
  )
}

function text(record: EventRecord, field: string): string {
  const value = Object.hasOwn(record.data, field) ? record.data[field] : undefined
  return typeof value === 'string' ? value : ''
}
