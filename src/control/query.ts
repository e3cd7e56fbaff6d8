/** The parameters that several routes share: hashes, accounts, and the query of `GET /events`. */
import * as z from 'zod'
import { canonicalAccount, readAccount, type Spelling } from '../events/accounts.ts'
import { ORIGIN, parsePosition } from '../events/position.ts'
import type { EventQuery } from '../store/types.ts'
import { invalid, matching, wholeNumber } from './validate.ts'

const EXPECTED_POSITION = 'a position "<height>-<txIndex>-<eventIndex>", as in an event id'
const position = z
  .string({ error: EXPECTED_POSITION })
  .refine((text) => parsePosition(text) !== undefined, { error: EXPECTED_POSITION })
  .transform((text) => parsePosition(text) ?? ORIGIN)

/** A Cosmos hash, canonical in upper case, or an EVM hash with `0x`, canonical in lower case. */
export const hash: z.ZodType<string, string> = matching(
  /^(0[xX])?[0-9a-fA-F]{64}$/,
  'a transaction hash of 64 hex digits',
).transform((text) => (/^0x/i.test(text) ? text.toLowerCase() : text.toUpperCase()))

/** What `GET /events` can be asked. */
export const eventQuery = z.strictObject({
  limit: wholeNumber(1, 1_000, 50),
  type: matching(/^\S{1,200}$/, 'the type of an event, e.g. "transfer_created"').optional(),
  contract: matching(/^\S{1,200}$/, 'the name or the address of a contract')
    .transform((text) => canonicalAccount(text) ?? text)
    .optional(),
  account: z.string({ error: 'one account' }).optional(),
  txHash: hash.optional(),
  since: position.optional(),
  before: position.optional(),
})

/** As the store reads it; newest first, ascending with `since`. @throws HttpError 400 naming the account */
export async function readQuery(
  { limit, type, contract, account, txHash, since, before }: z.output<typeof eventQuery>,
  spelling: Spelling,
): Promise<EventQuery> {
  return {
    ...{ limit, order: since ? 'asc' : 'desc' },
    ...(since ? { since } : {}),
    ...(before ? { before } : {}),
    ...(type === undefined ? {} : { types: [type] }),
    ...(contract === undefined ? {} : { contract }),
    ...(account === undefined ? {} : { account: await requireAccount(account, spelling) }),
    ...(txHash === undefined ? {} : { txHash }),
  }
}

/** The address of this chain, for messages. */
export function exampleOf(prefix: string | undefined): string {
  return `an address of this chain${prefix ? `, "${prefix}1…"` : ''}`
}

async function requireAccount(text: string, spelling: Spelling): Promise<string> {
  const account = await readAccount(text, spelling)
  if (!account) throw invalid(`account: expected ${exampleOf(spelling.prefix)}`)
  return account
}
