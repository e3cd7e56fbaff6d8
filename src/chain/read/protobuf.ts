/** The little of protobuf that threads need which load no generated code (https://protobuf.dev/programming-guides/encoding). */

/** A message of one field: number 1, a text of less than 128 bytes. */
export function encodeText(value: string): Uint8Array {
  const text = Buffer.from(value)
  return Buffer.concat([Buffer.from([0x0a, text.length]), text])
}

/** The last field of this number: bytes, or the value of a varint; undefined when absent or not well-formed. */
export function protobufField(message: Uint8Array, wanted: number): Uint8Array | number | undefined {
  let at = 0
  let found: Uint8Array | number | undefined
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++]
      if (byte === undefined) return Number.NaN
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const key = varint()
    const type = key % 8
    if (Number.isNaN(key) || (type !== 0 && type !== 2)) return undefined
    let value: Uint8Array | number = varint()
    if (Number.isNaN(value)) return undefined
    if (type === 2) {
      const end: number = at + value
      value = message.subarray(at, end)
      at = end
    }
    if (Math.floor(key / 8) === wanted) found = value
  }
  return at > message.length ? undefined : found
}
