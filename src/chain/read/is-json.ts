/**
 * Whether bytes are JSON, without making anything of them: by SIMD where they are in memory that it reads, else at little
 * more than half of what JSON.parse costs; no garbage either way.
 */
import { quickIsJson } from '../decode/simd.ts'

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d]
const [MINUS, PLUS, DOT, ZERO, UNICODE] = [0x2d, 0x2b, 0x2e, 0x30, 0x75]

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))
const among = (text: string): Uint8Array => {
  const table = new Uint8Array(256)
  for (const byte of bytesOf(text)) table[byte] = 1
  return table
}
const SPACE = among(' \t\n\r')
const DIGIT = among('0123456789')
const HEX = among('0123456789abcdefABCDEF')
const ESCAPED = among('"\\/bfnrtu')
const LITERALS = ['true', 'false', 'null'].map(bytesOf)

/** True when `JSON.parse` of the text that these bytes are would succeed (RFC 8259). */
export function isJson(bytes: Uint8Array): boolean {
  return quickIsJson(bytes) ?? slowIsJson(bytes)
}

function slowIsJson(bytes: Uint8Array): boolean {
  /** Of the containers around the innermost one: whether they are objects. */
  const around: boolean[] = []
  let depth = 0
  let inObject = false
  let at = spaces(bytes, 0)
  while (at >= 0) {
    const byte = bytes[at]
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      const isObject = byte === OPEN_OBJECT
      at = spaces(bytes, at + 1)
      if (bytes[at] !== (isObject ? CLOSE_OBJECT : CLOSE_LIST)) {
        around[depth++] = inObject
        inObject = isObject
        if (isObject) at = entryValue(bytes, at)
        continue
      }
      at += 1
    } else at = byte === QUOTE ? string(bytes, at) : scalar(bytes, at)
    if (at < 0) return false
    at = spaces(bytes, at)
    while (depth > 0 && bytes[at] === (inObject ? CLOSE_OBJECT : CLOSE_LIST)) {
      inObject = around[--depth] === true
      at = spaces(bytes, at + 1)
    }
    if (depth === 0) return at === bytes.length
    if (bytes[at] !== COMMA) return false
    at = spaces(bytes, at + 1)
    if (inObject) at = entryValue(bytes, at)
  }
  return false
}

/** Each answers the offset behind what it reads, -1 when that is not there. */
function spaces(bytes: Uint8Array, from: number): number {
  let at = from
  while ((bytes[at] as number) <= 0x20 && SPACE[bytes[at] as number]) at += 1
  return at
}

/** A name and its colon: where the value begins. */
function entryValue(bytes: Uint8Array, from: number): number {
  const name = bytes[from] === QUOTE ? string(bytes, from) : -1
  if (name < 0) return -1
  const colon = spaces(bytes, name)
  return bytes[colon] === COLON ? spaces(bytes, colon + 1) : -1
}

/** Text that is no UTF-8 is good enough: it becomes U+FFFD when it is decoded. */
function string(bytes: Uint8Array, from: number): number {
  let at = from + 1
  for (;;) {
    let byte = bytes[at] as number
    while (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) byte = bytes[++at] as number
    if (byte === QUOTE) return at + 1
    if (byte !== BACKSLASH || !ESCAPED[bytes[at + 1] as number]) return -1
    const digits = bytes[at + 1] === UNICODE ? 4 : 0
    at += 2
    for (const end = at + digits; at < end; at++) if (!HEX[bytes[at] as number]) return -1
  }
}

function scalar(bytes: Uint8Array, from: number): number {
  for (const literal of LITERALS)
    if (literal.every((byte, index) => bytes[from + index] === byte)) return from + literal.length
  const whole = bytes[from] === MINUS ? from + 1 : from
  let at = bytes[whole] === ZERO ? whole + 1 : digits(bytes, whole)
  if (at >= 0 && bytes[at] === DOT) at = digits(bytes, at + 1)
  if (at < 0 || ((bytes[at] ?? 0) | 0x20) !== 0x65) return at
  const sign = bytes[at + 1]
  return digits(bytes, sign === MINUS || sign === PLUS ? at + 2 : at + 1)
}

/** At least one. */
function digits(bytes: Uint8Array, from: number): number {
  let at = from
  while (DIGIT[bytes[at] as number]) at += 1
  return at > from ? at : -1
}
