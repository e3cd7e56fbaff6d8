/** The hashes of made blocks are those that real nodes gave theirs. */
import { createPublicKey, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  addressOf,
  commitHash,
  dataHash,
  encodeBlock,
  headerHash,
  partsOf,
  resultsHash,
  signBytes,
  validatorsHash,
} from '../../../src/devnet/chain/hashes.ts'
import { sha256 } from '../../../src/devnet/chain/merkle.ts'
import { lines, RECORDINGS } from '../client.ts'

const hex = (bytes: Buffer) => bytes.toString('hex').toUpperCase()

/** Of SPKI, before the 32 bytes of an ed25519 key. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

describe.each([
  ['wasmd', RECORDINGS.wasmd.dir, 'plain', 1_000_000, 'fnA4Hej14V7kRzyTv+rNO8LnzCRIZHCwGWNrDtLl9L0='],
  ['wasmd2', RECORDINGS.wasmd2.dir, 'plain', 1_000_000, '8Hyft895Kl+p0i034usNI3LckSGzcdHrUAKh9DUIFlA='],
  ['sei', RECORDINGS.sei.dir, 'base64', 7_000_000_000, '7q/2Qi6y4OZqDs1ugMafQFmXcx1o86IZdLgGgrEpXVo='],
  ['sei2', RECORDINGS.sei2.dir, 'base64', 7_000_000_000, 's9i7i63VqeAe80GC4OX9F4vNUwCX2oeTn7Xr4BTA4DI='],
] as const)('of every recorded block of %s', (_name, dir, dialect, power, key) => {
  const blocks = lines(dir, 'block.ndjson').map((answer) => answer.result ?? answer)
  const results = lines(dir, 'block_results.ndjson').map((answer) => answer.result ?? answer)
  const publicKey = Buffer.from(key, 'base64')
  const bytesOf = (txs: string[]) => txs.map((tx) => Buffer.from(tx, 'base64'))

  it('the block hash follows from the header', () => {
    for (const { block, block_id } of blocks) expect(hex(headerHash(block.header))).toBe(block_id.hash)
  })

  it('the header commits to transactions, signatures and validators', () => {
    for (const { block } of blocks) {
      const { header, data, last_commit } = block
      expect(hex(dataHash(bytesOf(data.txs).map(sha256)))).toBe(header.data_hash)
      expect(hex(commitHash(last_commit, dialect))).toBe(header.last_commit_hash)
      expect(hex(validatorsHash(publicKey, power))).toBe(header.validators_hash)
      expect(hex(addressOf(publicKey))).toBe(header.proposer_address)
    }
  })

  it('the next header commits to the results', () => {
    const headers = new Map(blocks.map(({ block }) => [block.header.height, block.header]))
    const checked = results.filter(({ height, txs_results }) => {
      const next = headers.get(`${Number(height) + 1}`)
      const committed = (txs_results ?? []).map((result: Record<string, string>) => ({
        code: Number(result['code'] ?? 0),
        data: Buffer.from(result['data'] ?? '', 'base64'),
        gasWanted: Number(result['gas_wanted'] ?? 0),
        gasUsed: Number(result['gas_used'] ?? 0),
      }))
      if (next) expect(hex(resultsHash(committed))).toBe(next.last_results_hash)
      return next !== undefined
    })
    expect(checked.length).toBe(blocks.length - 1)
  })

  it('its parts are those of the encoded block, and the validator signed for them', () => {
    const spki = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' })
    for (const { block, block_id } of blocks) {
      const { header, data, last_commit } = block
      const parts = partsOf(encodeBlock(header, bytesOf(data.txs), last_commit))
      expect({ total: parts.total, hash: hex(parts.hash) }).toEqual(block_id.parts)
      const [{ timestamp, signature }] = last_commit.signatures
      const signed = signBytes(header.chain_id, last_commit, timestamp)
      expect(verify(null, signed, spki, Buffer.from(signature, 'base64'))).toBe(true)
    }
  })
})
