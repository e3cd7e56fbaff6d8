/** The hashes that make blocks a chain, from the JSON that nodes answer with. Checked against recorded blocks. */
import type { Dialect } from '../../chain/decode/types.ts'
import { merkleRoot, sha256 } from './merkle.ts'
import { bytes, message, sfixed64, timestamp, uint, varint } from './protobuf.ts'

/** Hashes are upper-case hex, empty where there is none. */
export interface BlockId {
  hash: string
  parts: { total: number; hash: string }
}

/** A header as in JSON; fields in the order in which they are hashed. */
export interface Header {
  version: { block: string; app?: string }
  chain_id: string
  height: string
  time: string
  last_block_id: BlockId
  last_commit_hash: string
  data_hash: string
  validators_hash: string
  next_validators_hash: string
  consensus_hash: string
  app_hash: string
  last_results_hash: string
  evidence_hash: string
  proposer_address: string
}

/** Who signed a block; `block_id_flag` 2: for this block. */
export interface Commit {
  height: string
  round: number
  block_id: BlockId
  signatures: { block_id_flag: number; validator_address: string; timestamp: string; signature: string }[]
}

/** The root over the encoded fields (cometbft `types/block.go`, Header.Hash). */
export function headerHash(header: Header): Buffer {
  const hashes = HASHES.map((name) => bytes(1, hex(header[name])))
  return merkleRoot([
    version(header),
    bytes(1, header.chain_id),
    uint(1, Number(header.height)),
    timestamp(header.time),
    blockId(header.last_block_id),
    ...hashes,
  ])
}

/** The root over the hashes of transactions (`types/tx.go`, Txs.Hash). */
export function dataHash(txHashes: readonly Uint8Array[]): Buffer {
  return merkleRoot(txHashes)
}

/** The root over signatures (`types/block.go`, Commit.Hash); Sei puts height, round and block id before them. */
export function commitHash({ height, round, block_id, signatures }: Commit, dialect: Dialect): Buffer {
  const own = dialect === 'plain' ? [] : [uint(1, Number(height)), uint(1, round), blockId(block_id)]
  return merkleRoot([...own, ...signatures.map(commitSignature)])
}

/** The root over the part of results that consensus depends on (`types/results.go`); stands in the next header. */
export function resultsHash(
  results: readonly { code: number; data: Uint8Array; gasWanted: number; gasUsed: number }[],
): Buffer {
  return merkleRoot(
    results.map(({ code, data, gasWanted, gasUsed }) =>
      Buffer.concat([uint(1, code), bytes(2, data), uint(5, gasWanted), uint(6, gasUsed)]),
    ),
  )
}

/** The hash of a set of one ed25519 validator (`types/validator.go`, SimpleValidator). */
export function validatorsHash(publicKey: Uint8Array, power: number): Buffer {
  return merkleRoot([Buffer.concat([message(1, bytes(1, publicKey)), uint(2, power)])])
}

/** What a validator signs to commit a block (`types/canonical.go`): a precommit with its length in front. */
export function signBytes(
  chainId: string,
  { height, round, block_id }: Omit<Commit, 'signatures'>,
  at: string,
): Buffer {
  const { hash, parts } = block_id
  const canonicalId = [bytes(1, hex(hash)), message(2, uint(1, parts.total), bytes(2, hex(parts.hash)))]
  const vote = Buffer.concat([
    uint(1, PRECOMMIT),
    sfixed64(2, Number(height)),
    sfixed64(3, round),
    message(4, ...canonicalId),
    message(5, timestamp(at)),
    bytes(6, chainId),
  ])
  return Buffer.concat([varint(vote.length), vote])
}

/** A block as it travels between nodes and is cut into parts. */
export function encodeBlock(header: Header, txs: readonly Uint8Array[], lastCommit: Commit): Buffer {
  const hashes = HASHES.map((name, at) => bytes(6 + at, hex(header[name])))
  const encodedHeader = [
    message(1, version(header)),
    bytes(2, header.chain_id),
    uint(3, Number(header.height)),
    message(4, timestamp(header.time)),
    message(5, blockId(header.last_block_id)),
    ...hashes,
  ]
  const { height, round, block_id, signatures } = lastCommit
  const commit = [
    uint(1, Number(height)),
    uint(2, round),
    message(3, blockId(block_id)),
    ...signatures.map((signature) => message(4, commitSignature(signature))),
  ]
  return Buffer.concat([
    message(1, ...encodedHeader),
    message(2, ...txs.map((tx) => message(1, tx))),
    message(3),
    message(4, ...commit),
  ])
}

/** A block's parts are of 64 KiB (`types/part_set.go`). */
export function partsOf(block: Buffer): { total: number; hash: Buffer } {
  const parts: Buffer[] = []
  for (let from = 0; from < block.length; from += PART_SIZE) parts.push(block.subarray(from, from + PART_SIZE))
  return { total: parts.length, hash: merkleRoot(parts) }
}

/** The first 20 bytes of the key's hash. */
export function addressOf(publicKey: Uint8Array): Buffer {
  return sha256(publicKey).subarray(0, 20)
}

const PRECOMMIT = 2
const PART_SIZE = 65_536

/** Header fields 6 to 14. */
const HASHES = [
  'last_commit_hash',
  'data_hash',
  'validators_hash',
  'next_validators_hash',
  'consensus_hash',
  'app_hash',
  'last_results_hash',
  'evidence_hash',
  'proposer_address',
] as const

function version({ version: { block, app = '0' } }: Header): Buffer {
  return Buffer.concat([uint(1, Number(block)), uint(2, Number(app))])
}

function blockId({ hash, parts }: BlockId): Buffer {
  return Buffer.concat([bytes(1, hex(hash)), message(2, uint(1, parts.total), bytes(2, hex(parts.hash)))])
}

function commitSignature({
  block_id_flag,
  validator_address,
  timestamp: at,
  signature,
}: Commit['signatures'][0]): Buffer {
  return Buffer.concat([
    uint(1, block_id_flag),
    bytes(2, hex(validator_address)),
    message(3, timestamp(at)),
    bytes(4, Buffer.from(signature, 'base64')),
  ])
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}
