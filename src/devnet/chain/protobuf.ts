/** Just enough of protobuf's wire format (protobuf.dev/programming-guides/encoding) to write what a block is hashed by. */

/** A varint; also of 64-bit values below 2^53. */
export function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}

/** A number; zero is left out, as proto3 does. */
export function uint(field: number, value: number): Buffer {
  return value === 0 ? EMPTY : Buffer.concat([varint(field * 8), varint(value)])
}

/** A fixed 64-bit number; zero is left out. */
export function sfixed64(field: number, value: number): Buffer {
  if (value === 0) return EMPTY
  const bytes = Buffer.alloc(9)
  bytes[0] = field * 8 + 1
  bytes.writeBigInt64LE(BigInt(value), 1)
  return bytes
}

/** Bytes or text; empty is left out. */
export function bytes(field: number, value: Uint8Array | string): Buffer {
  return value.length === 0 ? EMPTY : message(field, typeof value === 'string' ? Buffer.from(value) : value)
}

/** A message within a message: there even when it is empty. */
export function message(field: number, ...parts: Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([varint(field * 8 + 2), varint(length), ...parts])
}

/** google.protobuf.Timestamp of an RFC 3339 time in UTC with up to nine digits of fraction. */
export function timestamp(time: string): Buffer {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(time) ?? []
  return Buffer.concat([uint(1, Date.parse(`${seconds}Z`) / 1000), uint(2, Number(fraction.padEnd(9, '0')))])
}

const EMPTY = Buffer.alloc(0)
