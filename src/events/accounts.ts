/** Account addresses: bech32 (BIP 173), which Cosmos chains use with their own prefix and any data length. */

const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const
/** Cosmos addresses are at most 64 bytes with a prefix of at most 83 characters; BIP 173's limit of 90 does not hold here. */
const LONGEST = 200
const CHECKSUM = 6

/**
 * The address in canonical (lower-case) spelling; `undefined` when `text` is no valid bech32 of 20 or 32 bytes, or of
 * another prefix than the one given. Text that users wrote can't become an account: the checksum must hold.
 */
export function canonicalAccount(text: string, prefix?: string): string | undefined {
  if (text.length > LONGEST || (text !== text.toLowerCase() && text !== text.toUpperCase())) return undefined
  const address = text.toLowerCase()
  const separator = address.lastIndexOf('1')
  const hrp = address.slice(0, separator)
  if (separator < 1 || !/^[a-z][a-z0-9]*$/.test(hrp) || (prefix !== undefined && hrp !== prefix)) return undefined
  const words = [...address.slice(separator + 1)].map((char) => CHARSET.indexOf(char))
  if (words.length <= CHECKSUM || words.includes(-1) || polymod([...expand(hrp), ...words]) !== 1) return undefined
  const bytes = toBytes(words.slice(0, -CHECKSUM))
  return bytes && (bytes.length === 20 || bytes.length === 32) ? address : undefined
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

function expand(hrp: string): number[] {
  const codes = [...hrp].map((char) => char.charCodeAt(0))
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)]
}

function polymod(values: readonly number[]): number {
  let sum = 1
  for (const value of values) {
    const top = sum >>> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    for (const [bit, generator] of GENERATOR.entries()) if ((top >>> bit) & 1) sum ^= generator
  }
  return sum >>> 0
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
