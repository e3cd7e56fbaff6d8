/** Answers `abci_query` for `/cosmwasm.wasm.v1.Query/ContractInfo`, from which a reader learns when a contract was created. */
import { bytes, message, uint } from '../chain/protobuf.ts'
import type { AbciResponse } from '../node/source.ts'
import type { Recording } from '../recording.ts'

/** gRPC path of the one query a tape knows. */
export const CONTRACT_INFO = '/cosmwasm.wasm.v1.Query/ContractInfo'

/**
 * The node's answer about the contract that `query` (an encoded QueryContractInfoRequest) asks for: the recorded one,
 * else one made from deploy.json. Sei redacts the created height, so there none is made up.
 */
export function contractInfo(recording: Recording, query: Buffer): AbciResponse {
  const address = requestedAddress(query)
  const recorded = recording.contractInfo.get(address)
  if (recorded) return recorded
  const name = nameOf(recording, address)
  if (name) return { code: 0, log: '', value: encode(recording, name, address).toString('base64'), codespace: '' }
  return recording.dialect === 'plain'
    ? failedQuery(6, `address ${address}: no such contract: unknown request`)
    : failedQuery(18, 'not found: invalid request')
}

/** A failed query, as the SDK's router words it. */
export function failedQuery(code: number, log: string): AbciResponse {
  return { code, log, value: null, codespace: 'sdk' }
}

/** The contract's name in deploy.json's `hashes`, where foreign ones have a prefix. */
function nameOf({ deploy }: Recording, address: string): string | undefined {
  const named = [
    ...Object.entries(deploy.contracts),
    ...Object.entries(deploy.foreign).map(([name, foreign]) => [`foreign_${name}`, foreign] as const),
  ]
  return named.find(([, candidate]) => candidate === address)?.[0]
}

/** QueryContractInfoResponse of wasmd (cosmwasm/wasm/v1/query.proto and types.proto): field numbers from there. */
function encode({ deploy, dialect }: Recording, name: string, address: string): Buffer {
  const codeId = deploy.codes[name.replace(/^foreign_/, '')] ?? 1
  const creator = deploy.users[0] ?? ''
  const info = [uint(1, codeId), bytes(2, creator), bytes(3, creator), bytes(4, name)]
  const created = deploy.hashes[name]?.height
  if (created !== undefined && dialect === 'plain') info.push(message(5, uint(1, created)))
  return Buffer.concat([bytes(1, address), message(2, ...info)])
}

/** Field 1 of QueryContractInfoRequest; empty when the bytes are none: the node then knows no such contract. */
function requestedAddress(query: Buffer): string {
  return query[0] === 0x0a && query[1] === query.length - 2 ? query.toString('utf8', 2) : ''
}
