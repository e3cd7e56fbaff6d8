/** What a subscription asks for, checked against what there is. Everything here throws Refused. */
import { readAccount, type Spelling } from '../events/accounts.ts'
import { compare, formatPosition, type Position } from '../events/position.ts'
import type { Channel } from './channels.ts'
import type { Authorize, Handshake, Verdict } from './handshake.ts'
import type { PublishedLog } from './published-log.ts'
import { Refused } from './refusal.ts'

/** An answer of {@link Authorize} may take so long, ms. */
const AUTHORIZE_WITHIN = 10_000

/** The channel of this name. @throws Refused `invalid_channel` */
export function requireChannel(channels: ReadonlyMap<string, Channel>, name: string): Channel {
  const channel = channels.get(name)
  if (channel) return channel
  const known = [...channels.keys()].join(', ')
  throw new Refused('invalid_channel', `there is no channel ${JSON.stringify(name.slice(0, 60))}; there are: ${known}`)
}

/**
 * The canonical address a channel is narrowed to; a promise only while somebody is asked what `0x…` stands for.
 * @throws Refused `address_required` | `invalid_address`
 */
export function readAddress(
  { address: rule, name }: Channel,
  text: string | undefined,
  spelling: Spelling,
): string | undefined | Promise<string | undefined> {
  if (rule === 'ignored') return undefined
  if (text === undefined || text === '') {
    if (rule === 'required') throw new Refused('address_required', `${name} needs an address`)
    return undefined
  }
  const address = readAccount(text, spelling)
  if (address) return address
  const { prefix } = spelling
  throw new Refused('invalid_address', `not an address of this chain${prefix ? ` (${prefix}1…)` : ''}`)
}

/** @throws Refused `resume_expired` when the log does not reach back to a position, or is another one */
export function requireResumable(
  { earliest, identity }: Pick<PublishedLog, 'earliest' | 'identity'>,
  since: Position,
  epoch: string | undefined,
): void {
  const expired = (why: string): Refused => new Refused('resume_expired', why, { earliest: formatPosition(earliest) })
  if (epoch !== undefined && identity.epoch !== null && epoch !== identity.epoch)
    throw expired('this position is of another chain or log')
  if (since.height > 0 && compare(since, earliest) < 0) throw expired('the log does not reach back to this position')
}

/** Asks the owner of the house; a promise only when the owner needs time. @throws Refused `unauthorized` */
export function requireAllowed(
  authorize: Authorize,
  subscription: Parameters<Authorize>[0],
  handshake: Handshake,
  onFault: (error: unknown) => void,
): Promise<void> | undefined {
  const refused = (error: unknown): false => {
    onFault(error)
    return false
  }
  let verdict: Verdict | Promise<Verdict>
  try {
    verdict = authorize(subscription, handshake)
  } catch (error) {
    verdict = refused(error)
  }
  if (verdict instanceof Promise) return within(AUTHORIZE_WITHIN, verdict).catch(refused).then(requireYes)
  requireYes(verdict)
  return undefined
}

function requireYes(verdict: Verdict): void {
  if (verdict === true) return
  throw new Refused('unauthorized', typeof verdict === 'string' ? verdict : 'you may not subscribe to this')
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`authorize did not answer within ${ms} ms`)), ms).unref()
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
