/** Account addresses: bech32 (BIP 173), which Cosmos chains use with their own prefix and any data length. */

const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const
/** Cosmos addresses are at most 64 bytes with a prefix of at most 83 characters; BIP 173's limit of 90 does not hold here. */
const LONGEST = 200
const CHECKSUM = 6

/** Groups of five bits that 20 and 32 bytes take; of the last of 32 bytes' groups four bits are left over. */
const WORDS = { short: 32, long: 52, leftOver: 15 } as const

/**
 * The address in canonical (lower-case) spelling; `undefined` when `text` is no valid bech32 of 20 or 32 bytes, or of
 * another prefix than the one given. Text that users wrote can't become an account: the checksum must hold.
 */
export function canonicalAccount(text: string, prefix?: string): string | undefined {
  const address = text.length > LONGEST ? '' : text.toLowerCase()
  const separator = address.lastIndexOf('1')
  const words = address.length - separator - 1 - CHECKSUM
  if (separator < 1 || (words !== WORDS.short && words !== WORDS.long)) return undefined
  if (address !== text && text !== text.toUpperCase()) return undefined
  const hrp = address.slice(0, separator)
  if (prefix === undefined ? !/^[a-z][a-z0-9]*$/.test(hrp) : hrp !== prefix) return undefined
  if (words === WORDS.long && wordAt(address, separator + words) & WORDS.leftOver) return undefined
  return holds(address, separator) ? address : undefined
}

/**
 * The account that an EVM address (`0x` and 20 bytes) stands for; undefined when the text is none. A promise, which never
 * rejects, only where somebody must be asked.
 */
export type ResolveHex = (hex: string) => string | undefined | Promise<string>

/** How users may write the accounts of a chain. */
export interface Spelling {
  /** Prefix of account addresses, when it is known. */
  prefix: string | undefined
  /** Default: the account of the same bytes ({@link accountFromHex}). */
  resolveHex?: ResolveHex
}

/** What somebody wrote as an account, canonical; `0x…` where the prefix is known. Undefined when it is none of the chain. */
export function readAccount(text: string, { prefix, resolveHex }: Spelling): ReturnType<ResolveHex> {
  if (prefix === undefined || !/^0x/i.test(text)) return canonicalAccount(text, prefix)
  return resolveHex ? resolveHex(text) : accountFromHex(text, prefix)
}

/** The accounts in a list joined by commas, canonical, without repetition; what is no account is left out. */
export function accountsIn(list: string): string[] {
  return [...new Set(list.split(',').flatMap((text) => canonicalAccount(text.trim()) ?? []))]
}

/** The bech32 spelling of an address given as `0x…` with 20 bytes; `undefined` when it is none. */
export function accountFromHex(hex: string, prefix: string): string | undefined {
  return /^0x[0-9a-f]{40}$/i.test(hex) ? accountFromBytes(Buffer.from(hex.slice(2), 'hex'), prefix) : undefined
}

/** The bech32 spelling of an address given as bytes. */
export function accountFromBytes(bytes: Uint8Array, prefix: string): string {
  const words = toWords(bytes)
  const sum = polymod([...expand(prefix), ...words, 0, 0, 0, 0, 0, 0]) ^ 1
  const checksum = Array.from({ length: CHECKSUM }, (_, n) => (sum >>> (5 * (5 - n))) & 31)
  return `${prefix}1${[...words, ...checksum].map((word) => CHARSET[word]).join('')}`
}

/** The bytes of a valid bech32 address. */
export function accountBytes(address: string): Uint8Array {
  const words = [...address.slice(address.lastIndexOf('1') + 1, -CHECKSUM)].map((char) => CHARSET.indexOf(char))
  return Uint8Array.from(toBytes(words) ?? [])
}

/** The prefix of an address, e.g. `sei`. */
export function prefixOf(address: string): string {
  return address.slice(0, address.lastIndexOf('1'))
}

/** The value of each ASCII character in the charset; -1: it is none of it. */
const VALUES = Int8Array.from({ length: 128 }, (_, code) => CHARSET.indexOf(String.fromCharCode(code)))

function wordAt(address: string, index: number): number {
  return VALUES[address.charCodeAt(index)] ?? -1
}

/** Whether all after the separator is of the charset, and the checksum holds. No arrays: every attribute comes by here. */
function holds(address: string, separator: number): boolean {
  let sum = 1
  for (let at = 0; at < separator; at++) sum = take(sum, address.charCodeAt(at) >> 5)
  sum = take(sum, 0)
  for (let at = 0; at < separator; at++) sum = take(sum, address.charCodeAt(at) & 31)
  for (let at = separator + 1; at < address.length; at++) {
    const word = wordAt(address, at)
    if (word < 0) return false
    sum = take(sum, word)
  }
  return sum === 1
}

function expand(hrp: string): number[] {
  const codes = [...hrp].map((char) => char.charCodeAt(0))
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)]
}

/** What the generators add for each value of the five bits that leave the sum. */
const LEAVING = Int32Array.from({ length: 32 }, (_, top) =>
  GENERATOR.reduce((sum, generator, bit) => ((top >>> bit) & 1 ? sum ^ generator : sum), 0),
)

/** The checksum with one more word in it. */
function take(sum: number, word: number): number {
  return ((sum & 0x1ffffff) << 5) ^ word ^ (LEAVING[sum >>> 25] ?? 0)
}

function polymod(words: readonly number[]): number {
  return words.reduce(take, 1)
}

/** Groups of five bits as bytes; `undefined` when what is left over is not zero. */
function toBytes(words: readonly number[]): number[] | undefined {
  const bytes: number[] = []
  let [bits, value] = [0, 0]
  for (const word of words) {
    value = ((value << 5) | word) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((value >>> bits) & 0xff)
  }
  return bits < 5 && (value & ((1 << bits) - 1)) === 0 ? bytes : undefined
}

function toWords(bytes: Uint8Array): number[] {
  const words: number[] = []
  let [bits, value] = [0, 0]
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      words.push((value >>> bits) & 31)
    }
  }
  if (bits) words.push((value << (5 - bits)) & 31)
  return words
}
