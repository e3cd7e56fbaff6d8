/** The query of `GET /events`, validated before any work. */
import { z } from 'zod'
import { accountFromHex, canonicalAccount } from '../events/accounts.ts'
import { ORIGIN, parsePosition } from '../events/position.ts'
import type { EventQuery } from '../store/types.ts'
import { HttpError } from './errors.ts'

const word = z.string().regex(/^[\w.:-]{1,120}$/, 'letters, digits, and _ . : -')
const position = z.string().transform((text, context) => {
  const parsed = parsePosition(text)
  if (!parsed) context.addIssue({ code: 'custom', message: 'a position "<height>-<txIndex>-<eventIndex>", as in an event id' })
  return parsed ?? ORIGIN
})

const schema = z.strictObject({
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'a whole number from 1 to 1000')
    .transform(Number)
    .refine((limit) => limit <= 1_000, 'a whole number from 1 to 1000')
    .default(50),
  type: word.optional(),
  contract: word.optional(),
  account: z.string().optional(),
  txHash: z
    .string()
    .regex(/^(0x)?[0-9a-f]{64}$/i, 'a transaction hash of 64 hex digits')
    .optional(),
  since: position.optional(),
  before: position.optional(),
})

/** Reads the query; newest first, ascending with `since`. @throws HttpError 400 naming the field. */
export function readQuery(query: Record<string, unknown>, prefix: string | undefined): EventQuery {
  const parsed = schema.safeParse(query)
  if (!parsed.success) throw badRequest(parsed.error)
  const { limit, type, contract, account, txHash, since, before } = parsed.data
  return {
    ...{ limit, order: since ? 'asc' : 'desc' },
    ...(since ? { since } : {}),
    ...(before ? { before } : {}),
    ...(type ? { types: [type] } : {}),
    ...(contract ? { contract } : {}),
    ...(account === undefined ? {} : { account: requireAccount(account, prefix) }),
    ...(txHash ? { txHash: canonicalHash(txHash) } : {}),
  }
}

/** Cosmos hashes in upper case, EVM hashes in lower case with `0x`. */
export function canonicalHash(hash: string): string {
  return /^0x/i.test(hash) ? hash.toLowerCase() : hash.toUpperCase()
}

function requireAccount(text: string, prefix: string | undefined): string {
  const account = prefix && /^0x/i.test(text) ? accountFromHex(text, prefix) : canonicalAccount(text, prefix)
  if (!account) throw new HttpError(400, 'invalid_request', `account: not an address of this chain${prefix ? ` (${prefix}1…)` : ''}`)
  return account
}

function badRequest(error: z.ZodError): HttpError {
  const [issue] = error.issues
  if (issue?.code === 'unrecognized_keys')
    return new HttpError(400, 'invalid_request', `${issue.keys[0]}: there is no such parameter; there are: ${Object.keys(schema.shape).join(', ')}`)
  return new HttpError(400, 'invalid_request', `${issue?.path.join('.')}: expected ${issue?.message}`)
}
