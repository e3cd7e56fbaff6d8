/** Bytes in memory that is searched by SIMD, as an answer stands there: leavings of the answers before are all around. */
import { Searchable } from '../../src/chain/decode/simd.ts'

const memory = new Searchable()

/** The bytes at an offset that differs with their number; `behind`: what follows them, and must not be read on. */
export function searched(bytes: Uint8Array, behind = '', offset: number = 3 + (bytes.length % 29)): Buffer {
  const end = offset + bytes.length
  memory.reserve(end + behind.length)
  memory.bytes.set(bytes, offset)
  memory.bytes.write(behind, end)
  return memory.bytes.subarray(offset, end)
}
