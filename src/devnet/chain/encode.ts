/** How the two families of nodes write a block and its results as JSON; every shape was recorded (docs/recordings.md). */
import type { Dialect } from '../../chain/decode/types.ts'
import type { AppEvent, Executed, TxResult } from '../app/types.ts'
import type { BlockId, Commit, Header } from './hashes.ts'

/** JSON text as Go writes it: the same, but for what could end a script in a page. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The result of `block`. */
export function encodeBlockResult(
  dialect: Dialect,
  blockId: BlockId,
  header: Header,
  txs: readonly Uint8Array[],
  lastCommit: Commit,
): string {
  return JSON.stringify({
    block_id: blockId,
    block: {
      header,
      data: { txs: txs.map(base64) },
      evidence: dialect === 'plain' ? { evidence: [] } : [],
      last_commit: lastCommit,
    },
  })
}

/** The result of `block_results`. */
export function encodeResults(dialect: Dialect, height: number, { results, events, appHash }: Executed): string {
  const encoded = results.map(dialect === 'plain' ? plainResult : seiResult)
  const gas = results.reduce((sum, { gasUsed }) => sum + gasUsed, 0)
  return goJson({
    height: `${height}`,
    txs_results: encoded.length === 0 ? null : encoded,
    ...(dialect === 'plain' ? {} : { total_gas_used: `${gas}` }),
    finalize_block_events: events.length === 0 ? null : events.map(EVENTS[dialect]),
    validator_updates: null,
    consensus_param_updates: PARAM_UPDATES[dialect],
    ...(dialect === 'plain' ? { app_hash: base64(appHash) } : {}),
  })
}

/** Zero values are written out. */
function plainResult({ code, data, log, gasWanted, gasUsed, events = [], codespace }: TxResult): object {
  return {
    code,
    data: data.length === 0 ? null : base64(data),
    log,
    info: '',
    gas_wanted: `${gasWanted}`,
    gas_used: `${gasUsed}`,
    events: events.map(plainEvent),
    codespace,
  }
}

/** Zero values are left out, as jsonpb does. */
function seiResult({ code, data, log, gasWanted, gasUsed, events, codespace, evm }: TxResult): object {
  return {
    ...(code === 0 ? {} : { code }),
    ...(data.length === 0 ? {} : { data: base64(data) }),
    ...(log === '' ? {} : { log }),
    ...(gasWanted === 0 ? {} : { gas_wanted: `${gasWanted}` }),
    ...(gasUsed === 0 ? {} : { gas_used: `${gasUsed}` }),
    ...(events === undefined ? {} : { events: events.map(seiEvent) }),
    ...(codespace === '' ? {} : { codespace }),
    ...(evm === undefined ? {} : { evm_tx_info: evmInfo(evm) }),
  }
}

function evmInfo({ senderAddress, nonce, txHash, vmError }: NonNullable<TxResult['evm']>): object {
  return {
    ...(senderAddress ? { senderAddress } : {}),
    ...(nonce === 0 ? {} : { nonce: `${nonce}` }),
    txHash,
    ...(vmError ? { vmError } : {}),
  }
}

function plainEvent({ type, attributes }: AppEvent): object {
  return { type, attributes: attributes.map(([key, value]) => ({ key, value, index: true })) }
}

function seiEvent({ type, attributes }: AppEvent): object {
  const encode = ([key, value]: [string, string]): object => ({
    key: base64(Buffer.from(key)),
    value: value === '' ? null : base64(Buffer.from(value)),
    index: true,
  })
  return { type, attributes: attributes.map(encode) }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

const UNSAFE = /[<>&\u2028\u2029]/g
const EVENTS = { plain: plainEvent, base64: seiEvent }

const EVIDENCE = { max_age_num_blocks: '100000', max_age_duration: '172800000000000', max_bytes: '1048576' }
const VALIDATOR = { pub_key_types: ['ed25519'] }

/** Consensus parameters, as the application of either chain repeats them with every block. */
const PARAM_UPDATES = {
  plain: {
    block: { max_bytes: '22020096', max_gas: '-1' },
    evidence: EVIDENCE,
    validator: VALIDATOR,
    version: {},
    abci: {},
  },
  base64: {
    block: { max_bytes: '22020096', max_gas: '35000000', min_txs_in_block: '10', max_gas_wanted: '50000000' },
    evidence: EVIDENCE,
    validator: VALIDATOR,
    version: {},
    synchrony: { message_delay: '12000000000', precision: '505000000' },
    timeout: {
      propose: '1000000000',
      propose_delta: '500000000',
      vote: '50000000',
      vote_delta: '50000000',
      commit: '400000000',
    },
    abci: {},
  },
}

/** Consensus parameters as `consensus_params` and the genesis tell them. */
export const CONSENSUS_PARAMS = {
  plain: { ...PARAM_UPDATES.plain, version: { app: '0' }, abci: { vote_extensions_enable_height: '0' } },
  base64: {
    block: PARAM_UPDATES.base64.block,
    evidence: EVIDENCE,
    validator: VALIDATOR,
    version: { app_version: '0' },
    synchrony: { precision: '505000000', message_delay: '12000000000' },
    timeout: { ...PARAM_UPDATES.base64.timeout, bypass_commit_timeout: false },
    abci: { vote_extensions_enable_height: '0', recheck_tx: false },
  },
}
