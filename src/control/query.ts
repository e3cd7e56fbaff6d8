/** The query of `GET /events`, validated before any work. */
import * as z from 'zod'
import { accountFromHex, canonicalAccount } from '../events/accounts.ts'
import { ORIGIN, parsePosition } from '../events/position.ts'
import type { EventQuery } from '../store/types.ts'
import { HttpError } from './errors.ts'

const LIMIT = 1_000

const matching = (shape: RegExp, error: string): z.ZodString => z.string({ error }).regex(shape, { error })
const EXPECTED_LIMIT = `a whole number from 1 to ${LIMIT}`
const EXPECTED_POSITION = 'a position "<height>-<txIndex>-<eventIndex>", as in an event id'
const position = z
  .string({ error: EXPECTED_POSITION })
  .refine((text) => parsePosition(text) !== undefined, { error: EXPECTED_POSITION })
  .transform((text) => parsePosition(text) ?? ORIGIN)

/** A Cosmos hash, or an EVM hash with `0x`. */
const hash = matching(/^(0x)?[0-9a-f]{64}$/i, 'a transaction hash of 64 hex digits').transform(canonicalHash)

const schema = z.strictObject({
  limit: matching(/^[1-9]\d{0,3}$/, EXPECTED_LIMIT)
    .transform(Number)
    .refine((limit) => limit <= LIMIT, { error: EXPECTED_LIMIT })
    .default(50),
  type: matching(/^\S{1,200}$/, 'the type of an event, e.g. "transfer_created"').optional(),
  contract: matching(/^\S{1,200}$/, 'the name or the address of a contract')
    .transform((text) => canonicalAccount(text) ?? text)
    .optional(),
  account: z.string({ error: 'one account' }).optional(),
  txHash: hash.optional(),
  since: position.optional(),
  before: position.optional(),
})

/** Reads the query; newest first, ascending with `since`. @throws HttpError 400 naming the field. */
export function readQuery(query: unknown, prefix: string | undefined): EventQuery {
  const parsed = schema.safeParse(query)
  if (!parsed.success) throw invalid(problemOf(parsed.error))
  const { limit, type, contract, account, txHash, since, before } = parsed.data
  return {
    ...{ limit, order: since ? 'asc' : 'desc' },
    ...(since ? { since } : {}),
    ...(before ? { before } : {}),
    ...(type === undefined ? {} : { types: [type] }),
    ...(contract === undefined ? {} : { contract }),
    ...(account === undefined ? {} : { account: requireAccount(account, prefix) }),
    ...(txHash === undefined ? {} : { txHash }),
  }
}

/** Reads the hash in a path: Cosmos upper case, EVM lower case with `0x`. @throws HttpError 400 */
export function readHash(text: unknown): string {
  const parsed = hash.safeParse(text)
  if (!parsed.success) throw invalid(`hash: expected ${parsed.error.issues[0]?.message}`)
  return parsed.data
}

function canonicalHash(text: string): string {
  return /^0x/i.test(text) ? text.toLowerCase() : text.toUpperCase()
}

function requireAccount(text: string, prefix: string | undefined): string {
  const account = prefix && /^0x/i.test(text) ? accountFromHex(text, prefix) : canonicalAccount(text, prefix)
  if (!account) throw invalid(`account: expected an address of this chain${prefix ? `, "${prefix}1…"` : ''}`)
  return account
}

function problemOf({ issues: [issue] }: z.ZodError): string {
  if (issue?.code !== 'unrecognized_keys') return `${issue?.path.join('.')}: expected ${issue?.message}`
  return `${issue.keys[0]?.slice(0, 60)}: there is no such parameter; there are: ${Object.keys(schema.shape).join(', ')}`
}

function invalid(message: string): HttpError {
  return new HttpError(400, 'invalid_request', message)
}
