/** Writes `block_results` and `block` answers as nodes do, byte for byte in layout: CometBFT's (plain) and Sei's (base64). */
import { createHash } from 'node:crypto'
import type { Dialect } from '../../src/chain/decode/types.ts'

export interface EventSpec {
  type: string
  /** In order; on Sei an empty value is written as null. */
  attributes: readonly (readonly [key: string, value: string])[]
}

/** One transaction and its result. */
export interface TxSpec {
  /** The transaction's bytes. */
  bytes: Buffer
  /** 0: success. */
  code: number
  /** Response data, base64. */
  data: string
  /** Error text, or what Sei puts there on success; see {@link rawLog}. */
  log: string
  gasWanted: number
  gasUsed: number
  events: readonly EventSpec[]
  evm?: { senderAddress?: string; nonce?: string; txHash: string }
}

export interface BlockSpec {
  chainId: string
  height: number
  hash: string
  parentHash: string
  /** RFC 3339. */
  time: string
  txs: readonly TxSpec[]
  blockEvents: readonly EventSpec[]
}

/** The POST answer to `block_results`. */
export function blockResultsAnswer({ height, txs, blockEvents }: BlockSpec, dialect: Dialect): string {
  const write = dialect === 'plain' ? cometResult : seiResult
  const gas = dialect === 'base64' ? { total_gas_used: String(txs.reduce((sum, { gasUsed }) => sum + gasUsed, 0)) } : {}
  return envelope({
    height: String(height),
    txs_results: txs.length ? txs.map(write) : null,
    ...gas,
    finalize_block_events: eventsJson(blockEvents, dialect),
    validator_updates: null,
    consensus_param_updates: {
      block: { max_bytes: '22020096', max_gas: '-1' },
      evidence: { max_age_num_blocks: '100000', max_age_duration: '172800000000000', max_bytes: '1048576' },
      validator: { pub_key_types: ['ed25519'] },
      version: {},
      abci: {},
    },
    ...(dialect === 'plain' ? { app_hash: Buffer.from(sha256(`app ${height}`), 'hex').toString('base64') } : {}),
  })
}

/** The POST answer to `block`. */
export function blockAnswer(block: BlockSpec): string {
  const { chainId, height, hash, parentHash, time, txs } = block
  const parts = { total: 1, hash: sha256(`parts ${hash}`) }
  const parent = { hash: parentHash, parts: { total: 1, hash: sha256(`parts ${parentHash}`) } }
  const hashes = [
    'last_commit',
    'data',
    'validators',
    'next_validators',
    'consensus',
    'app',
    'last_results',
    'evidence',
  ]
  return envelope({
    block_id: { hash, parts },
    block: {
      header: {
        version: { block: '11' },
        ...{ chain_id: chainId, height: String(height), time, last_block_id: parent },
        ...Object.fromEntries(hashes.map((name) => [`${name}_hash`, sha256(`${name} ${height}`)])),
        proposer_address: sha256('proposer').slice(0, 40),
      },
      data: { txs: txs.map(({ bytes }) => bytes.toString('base64')) },
      evidence: { evidence: [] },
      last_commit: { height: String(height - 1), round: 0, block_id: parent, signatures: [] },
    },
  })
}

/** Sei's `log` of a transaction that succeeded: its message events as JSON in a string, one entry a type and sorted. */
export function rawLog(events: readonly EventSpec[]): string {
  const byType = new Map<string, { key: string; value: string }[]>()
  for (const { type, attributes } of events)
    byType.set(type, [...(byType.get(type) ?? []), ...attributes.map(([key, value]) => ({ key, value }))])
  const merged = [...byType.keys()].sort().map((type) => ({ type, attributes: byType.get(type) }))
  return JSON.stringify([{ events: merged }])
}

/** Upper-case hex, as nodes write hashes. */
export function sha256(input: string | Buffer): string {
  return createHash('sha256').update(input).digest('hex').toUpperCase()
}

function cometResult({ code, data, log, gasWanted, gasUsed, events }: TxSpec): object {
  const gas = { gas_wanted: String(gasWanted), gas_used: String(gasUsed) }
  const codespace = code ? 'wasm' : ''
  return { code, data: data || null, log, info: '', ...gas, events: eventsJson(events, 'plain'), codespace }
}

/** Sei leaves out whatever is zero or empty. */
function seiResult({ code, data, log, gasWanted, gasUsed, events, evm }: TxSpec): object {
  return {
    ...(code ? { code } : {}),
    ...(data ? { data } : {}),
    ...(log ? { log } : {}),
    ...(gasWanted ? { gas_wanted: String(gasWanted) } : {}),
    ...(gasUsed ? { gas_used: String(gasUsed) } : {}),
    ...(events.length ? { events: eventsJson(events, 'base64') } : {}),
    ...(code ? { codespace: 'sdk' } : {}),
    ...(evm ? { evm_tx_info: evm } : {}),
  }
}

function eventsJson(events: readonly EventSpec[], dialect: Dialect): object[] {
  const text = (value: string): string => (dialect === 'plain' ? value : Buffer.from(value).toString('base64'))
  const orNull = (value: string): string | null => (dialect === 'base64' && value === '' ? null : text(value))
  return events.map(({ type, attributes }) => ({
    type,
    attributes: attributes.map(([key, value]) => ({ key: text(key), value: orNull(value), index: true })),
  }))
}

const GO_ESCAPES = /[<>&\u2028\u2029]/g

/** Go's encoder escapes what HTML could trip over. */
function envelope(result: object): string {
  const json = JSON.stringify({ jsonrpc: '2.0', id: 1, result })
  return json.replace(GO_ESCAPES, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
