/**
 * Where watched contracts are mentioned in raw bytes. The chain writes `_contract_address` as the first attribute of each
 * event a contract emits, so one pass that stops at this key serves any number of contracts.
 */
import type { Dialect } from './types.ts'

/** The watched addresses as they stand in one dialect's bytes. */
interface Watched {
  addresses: ReadonlySet<string>
  /** By {@link markOf}: 1 where an address may be watched. Spares most foreign contracts the look-up of their text. */
  marks: Uint8Array
}

/** What to look for, in each dialect. Made once by {@link prepareNeedles}. */
export type Needles = Readonly<Record<Dialect, Watched>>

/** Prepares canonical bech32 addresses for {@link nextMention}. */
export function prepareNeedles(addresses: readonly string[]): Needles {
  return { plain: watch(addresses), base64: watch(addresses.map((address) => Buffer.from(address).toString('base64'))) }
}

function watch(addresses: readonly string[]): Watched {
  const marks = new Uint8Array(64 * 64)
  for (const address of addresses) {
    if (address.length < MARK_END) marks.fill(1)
    else marks[markOf(Buffer.from(address), 0)] = 1
  }
  return { addresses: new Set(addresses), marks }
}

const MARK_END = 14

/** Six bits each of two bytes behind the prefix that all addresses of a chain share. */
function markOf(bytes: Buffer, start: number): number {
  return (((bytes[start + MARK_END - 2] ?? 0) & 63) << 6) | ((bytes[start + MARK_END - 1] ?? 0) & 63)
}

/** `_contract_address` as each dialect writes it. */
export const CONTRACT_KEY: Readonly<Record<Dialect, string>> = {
  plain: '_contract_address',
  base64: 'X2NvbnRyYWN0X2FkZHJlc3M=',
}

interface Anchor {
  /** Up to 7 bytes beginning with a rare one: Node looks for these by memchr alone, 2 to 4 times as fast as for a longer text. */
  needle: Buffer
  /** Where the needle stands in {@link head}. */
  offset: number
  /** The key and the layout that all nodes write around it. */
  head: Buffer
  /** Length of `head` up to the key's closing quote: what makes it the key. */
  keyLength: number
}

const ANCHORS: Record<Dialect, Anchor> = {
  plain: anchor('_contra', CONTRACT_KEY.plain),
  base64: anchor('Jlc3M="', CONTRACT_KEY.base64),
}

function anchor(needle: string, key: string): Anchor {
  const head = Buffer.from(`"${key}","value":"`)
  return { needle: Buffer.from(needle), offset: head.indexOf(needle), head, keyLength: key.length + 2 }
}

/** What stands at each place at which {@link isMention} is worth asking: a text of 7 bytes. */
export function mentionNeedle(dialect: Dialect): Buffer {
  return ANCHORS[dialect].needle
}

/**
 * Offset of the next mention of a watched contract at or after `from`; -1 when there is none. A key in another layout
 * than the usual counts as one too: whoever parses that transaction will see.
 */
export function nextMention(body: Buffer, from: number, dialect: Dialect, needles: Needles): number {
  const { needle } = ANCHORS[dialect]
  for (let at = body.indexOf(needle, from); at >= 0; at = body.indexOf(needle, at + needle.length))
    if (isMention(body, at, dialect, needles)) return at
  return -1
}

/** Whether at this place, where a dialect's key may be, a watched contract is mentioned. */
export function isMention(body: Buffer, at: number, dialect: Dialect, needles: Needles): boolean {
  const { offset, head, keyLength } = ANCHORS[dialect]
  const { addresses, marks } = needles[dialect]
  const start = at - offset
  const same = commonLength(body, start, head)
  if (same < keyLength) return false
  if (same < head.length) return true
  const value = start + head.length
  if (!marks[markOf(body, value)]) return false
  const end = body.indexOf(QUOTE, value)
  return end < 0 || addresses.has(body.toString('latin1', value, end))
}

const QUOTE = 0x22

/** How many bytes of `expected` stand at `start`. */
export function commonLength(body: Buffer, start: number, expected: Buffer): number {
  let length = 0
  while (length < expected.length && body[start + length] === expected[length]) length += 1
  return length
}
