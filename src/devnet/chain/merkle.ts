/** Merkle trees as in RFC 6962, which CometBFT uses for everything (cometbft `crypto/merkle/tree.go`). */
import { hash } from 'node:crypto'

/** SHA-256 of bytes or of UTF-8 text. */
export function sha256(bytes: Uint8Array | string): Buffer {
  return hash('sha256', bytes, 'buffer')
}

/** The root over `leaves`; of none it is the hash of nothing. */
export function merkleRoot(leaves: readonly Uint8Array[]): Buffer {
  return leaves.length === 0 ? EMPTY_ROOT : rootOf(leaves.map((leaf) => sha256(Buffer.concat([LEAF, leaf]))))
}

function rootOf(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 1) return hashes[0] as Buffer
  const left = 2 ** (Math.ceil(Math.log2(hashes.length)) - 1)
  return sha256(Buffer.concat([INNER, rootOf(hashes.slice(0, left)), rootOf(hashes.slice(left))]))
}

const LEAF = Buffer.of(0)
const INNER = Buffer.of(1)
const EMPTY_ROOT = sha256('')
