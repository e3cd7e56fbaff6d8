/** Which dialect a node speaks, read off its answers. */
import { CodedError } from '../../runtime/shared/errors.ts'
import { CONTRACT_KEY } from './needles.ts'
import type { Dialect } from './types.ts'

/**
 * Keys that the chain's own modules write, and write first in each block and transaction. In base64 they look like no key
 * of any module, so one of them settles the matter; other keys settle nothing ("data" is valid base64 too).
 */
const MODULE_KEYS = [
  'acc_seq',
  'action',
  'amount',
  'fee',
  'minter',
  'receiver',
  'recipient',
  'sender',
  'signature',
  'spender',
  'validator',
]
const KNOWN = new Map<string, Dialect>([
  ...MODULE_KEYS.flatMap((key) => [[key, 'plain'] as const, [Buffer.from(key).toString('base64'), 'base64'] as const]),
  [CONTRACT_KEY.plain, 'plain'],
  [CONTRACT_KEY.base64, 'base64'],
])

const ATTRIBUTE = Buffer.from('{"key":"')
const LONGEST_KEY = 24
const TRIES = 4

/**
 * The dialect of a compact `block_results` answer: the one that its own keys tell, else `known`, the chain's so far.
 * Undefined while nothing tells.
 * @throws CodedError `E_DIALECT` when the answer is in another dialect than the chain's: its events would go unseen.
 */
export function settleDialect(body: Buffer, known: Dialect | undefined): Dialect | undefined {
  const told = byModuleKeys(body)
  if (known && told && told !== known)
    throw new CodedError(
      'E_DIALECT',
      `the chain's event attributes are ${known}, this answer's are ${told}: remove the endpoint if it is of another chain`,
    )
  return known ?? told ?? byContractKey(body)
}

function byModuleKeys(body: Buffer): Dialect | undefined {
  let at = body.indexOf(ATTRIBUTE)
  for (let tries = 0; at >= 0 && tries < TRIES; tries += 1, at = body.indexOf(ATTRIBUTE, at + 1)) {
    const start = at + ATTRIBUTE.length
    const [key = ''] = body.toString('latin1', start, start + LONGEST_KEY).split('"', 1)
    const known = KNOWN.get(key)
    if (known) return known
  }
  return undefined
}

/** A contract may emit the encoded form as a key of its own, but then the chain has put the plain one before it. */
function byContractKey(body: Buffer): Dialect | undefined {
  if (body.includes(`${ATTRIBUTE}${CONTRACT_KEY.plain}"`)) return 'plain'
  return body.includes(`${ATTRIBUTE}${CONTRACT_KEY.base64}"`) ? 'base64' : undefined
}
