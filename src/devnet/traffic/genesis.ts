/** How a devnet begins: who is there, with how much, and which codes can be instantiated. */
import { createHash } from 'node:crypto'
import type { Dialect } from '../../chain/decode/types.ts'
import { accountFromHex } from '../../events/accounts.ts'
import type { Call, ContractKind, Genesis } from '../app/types.ts'

export const DEVNET_CHAIN = 'seiche-devnet-1'

/** What the fee and most amounts are paid in. */
export const DENOM = 'usei'

/** The order in which they are instantiated: it decides their addresses. */
const KINDS: readonly ContractKind[] = ['payments', 'groups', 'pots', 'vaults', 'risk_escrow', 'alias']
/** Sei comes with three codes of its own. */
const FIRST_CODE: Record<Dialect, number> = { plain: 1, base64: 4 }
const PREFIX: Record<Dialect, string> = { plain: 'wasm', base64: 'sei' }
const USERS = 24
const WEALTH = 10n ** 18n

/** The accounts that have money from the beginning; the first deploys the contracts and is their admin. */
export function usersOf({ prefix }: Pick<Genesis, 'prefix'>): string[] {
  return Array.from({ length: USERS }, (_, n) => {
    const bytes = createHash('sha256').update(`devnet user ${n}`).digest('hex').slice(0, 40)
    return accountFromHex(`0x${bytes}`, prefix) ?? ''
  })
}

/** @param time RFC 3339, of the block before the first */
export function devnetGenesis(dialect: Dialect, time: string): Genesis {
  const prefix = PREFIX[dialect]
  const coins = { [DENOM]: WEALTH.toString(), uatom: WEALTH.toString() }
  return {
    ...{ chainId: DEVNET_CHAIN, dialect, prefix, time },
    balances: Object.fromEntries(usersOf({ prefix }).map((user) => [user, coins])),
    codes: Object.fromEntries(KINDS.map((kind, n) => [FIRST_CODE[dialect] + n, kind])),
  }
}

/** The transactions that instantiate SeiMoney's six contracts, one each. */
export function deployment(genesis: Genesis): Call[] {
  const [sender = ''] = usersOf(genesis)
  return Object.entries(genesis.codes).map(([code, kind]) => {
    const msg = kind === 'alias' ? {} : { default_denom: DENOM }
    return { sender, messages: [{ instantiate: Number(code), label: `seimoney-${kind}`, msg }] }
  })
}
