/** The one validator of a made chain: an ed25519 key made from the chain's id, so that the same genesis signs alike. */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { Dialect } from '../../chain/decode/types.ts'
import { addressOf, type Commit, signBytes, validatorsHash } from './hashes.ts'
import { sha256 } from './merkle.ts'

export class Validator {
  readonly publicKey: Buffer
  /** Upper-case hex. */
  readonly address: string
  readonly power: number
  /** Of the set that this validator alone is; upper-case hex. */
  readonly setHash: string
  readonly #chainId: string
  readonly #key: KeyObject

  constructor(chainId: string, dialect: Dialect) {
    this.#chainId = chainId
    this.#key = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, sha256(chainId)]), format: 'der', type: 'pkcs8' })
    this.publicKey = createPublicKey(this.#key).export({ format: 'der', type: 'spki' }).subarray(-32)
    this.address = addressOf(this.publicKey).toString('hex').toUpperCase()
    // As in the recordings: what a local network of either kind gives its validator.
    this.power = dialect === 'plain' ? 1_000_000 : 7_000_000_000
    this.setHash = validatorsHash(this.publicKey, this.power).toString('hex').toUpperCase()
  }

  /** Commits a block: `at` is the time of the vote. */
  commit(vote: Omit<Commit, 'signatures'>, at: string): Commit {
    const signature = sign(null, signBytes(this.#chainId, vote, at), this.#key).toString('base64')
    return { ...vote, signatures: [{ block_id_flag: 2, validator_address: this.address, timestamp: at, signature }] }
  }
}

/** What stands before the 32 secret bytes in a PKCS #8 key (RFC 8410). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')
