/** What a subscription hears of a block, as the two families of nodes say it; every shape was recorded (docs/recordings.md). */
import type { Dialect } from '../../chain/decode/types.ts'
import { goJson } from '../chain/encode.ts'
import { addEvents, type EventJson } from './event-map.ts'
import type { EventMap } from './query.ts'
import { eventsOfTx } from './search.ts'
import type { NodeBlock, Source } from './source.ts'

/** One happening: the JSON of a frame's `data` and `events`, and what queries see. */
export interface Happening {
  data: string
  eventsJson: string
  events: EventMap
}

/** What a node keeps of a block, with its results parsed. */
interface Told {
  dialect: Dialect
  found: NodeBlock
  block: Record<string, unknown> & { header: object }
  blockId: object
  results: Results
  /** Base64 of the state after the block; undefined when it is not known. */
  appHash: string | undefined
}

interface Results {
  txs_results: TxJson[] | null
  finalize_block_events: EventJson[] | null
  consensus_param_updates: Record<string, object>
}

type TxJson = Readonly<Record<string, unknown>> & { events?: EventJson[] }

/** What happened at `height`, in the order in which a node says it: the block, its header, its events, its transactions. */
export function happenings(source: Source, height: number): Happening[] {
  const found = source.at(height)
  if (!found) return []
  const { dialect } = source
  if (source.bareNotices)
    return [happening('NewBlock', found.block.toString()), happening('NewBlockHeader', bareHeader(found, dialect))]
  const { block, block_id: blockId } = JSON.parse(found.block.toString())
  const results: Results = JSON.parse(found.results.toString())
  const told: Told = { dialect, found, block, blockId, results, appHash: source.appHash(height)?.toString('base64') }
  const own = addEvents(new Map(), results.finalize_block_events ?? [], dialect)
  const txs = (results.txs_results ?? []).map((result, index) => txHappening(told, result, index))
  if (dialect !== 'plain')
    return [
      happening('NewBlock', goJson(seiBlock(told)), own),
      happening('NewBlockHeader', goJson(seiHeader(told)), own),
      ...txs,
    ]
  const blockEvents = {
    height: `${height}`,
    events: results.finalize_block_events ?? [],
    num_txs: `${found.txs.length}`,
  }
  return [
    happening('NewBlock', goJson(plainBlock(told)), own),
    happening('NewBlockHeader', goJson({ header: block.header })),
    happening('NewBlockEvents', goJson(blockEvents), own),
    ...txs,
  ]
}

function happening(event: string, value: string, own: EventMap = new Map()): Happening {
  const events = new Map([...own, ['tm.event', [event]]])
  const sorted = [...events].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    data: `{"type":"tendermint/event/${event}","value":${value}}`,
    eventsJson: goJson(Object.fromEntries(sorted)),
    events,
  }
}

/** Sei adds the count of transactions (and their results, which a wake-up doesn't need). */
function bareHeader({ header, txs }: NodeBlock, dialect: Dialect): string {
  return JSON.stringify(dialect === 'plain' ? { header } : { header, num_txs: `${txs.length}` })
}

function plainBlock({ block, blockId, results, appHash }: Told): object {
  const { txs_results, finalize_block_events, consensus_param_updates } = results
  const finalized = {
    events: finalize_block_events ?? [],
    ...(txs_results ? { tx_results: txs_results } : {}),
    validator_updates: [],
    consensus_param_updates,
    app_hash: appHash,
  }
  return { block, block_id: blockId, result_finalize_block: finalized }
}

/** Without results of transactions. */
function seiBlock({ block, results: { finalize_block_events, consensus_param_updates } }: Told): object {
  const { block: limits, evidence, validator } = consensus_param_updates as Record<string, Record<string, unknown>>
  const { max_bytes, max_gas } = limits ?? {}
  const params = { block: { max_bytes, max_gas }, evidence, validator, version: { app_version: '0' } }
  return {
    block: { ...block, evidence: { evidence: [] } },
    result_begin_block: { events: finalize_block_events?.map(filled) ?? [] },
    result_end_block: { validator_updates: [], consensus_param_updates: params },
  }
}

/** With results of transactions; numbers are numbers here. */
function seiHeader({ block, found, results, appHash }: Told): object {
  const { txs_results, finalize_block_events, consensus_param_updates } = results
  const finalized = {
    events: finalize_block_events?.map(filled) ?? [],
    ...(txs_results ? { tx_results: txs_results.map(withNumbers) } : {}),
    validator_updates: [],
    consensus_param_updates: numbers(consensus_param_updates),
    app_hash: appHash,
  }
  return { header: block.header, num_txs: `${found.txs.length}`, result_finalize_block: finalized }
}

/** An empty value is `""` here and null in an answer. */
function filled({ type, attributes }: EventJson): EventJson {
  return { type, attributes: attributes.map((attribute) => ({ ...attribute, value: attribute.value ?? '' })) }
}

function withNumbers(result: TxJson): object {
  const { gas_wanted, gas_used, evm_tx_info } = result
  return {
    ...result,
    ...(gas_wanted === undefined ? {} : { gas_wanted: Number(gas_wanted) }),
    ...(gas_used === undefined ? {} : { gas_used: Number(gas_used) }),
    ...(result.events ? { events: result.events.map(filled) } : {}),
    ...(evm_tx_info ? { evm_tx_info: numbers(evm_tx_info) } : {}),
  }
}

/** Decimal texts within, as numbers. */
function numbers(value: unknown): unknown {
  if (typeof value === 'string') return /^-?\d+$/.test(value) ? Number(value) : value
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, numbers(inner)]))
}

/** Zero values are left out by both; Sei tells neither code nor data, so that a failure looks like a success. */
function txHappening({ dialect, found }: Told, result: TxJson, index: number): Happening {
  const tx = found.txs[index] as string
  const { code, data, log, gas_wanted, gas_used, events, codespace } = result
  const shown =
    dialect === 'plain'
      ? { code, data, log, gas_wanted, gas_used, events, codespace }
      : { log, gas_wanted, gas_used, events }
  const told = Object.fromEntries(Object.entries(shown).filter(([, value]) => !ZERO.has(value)))
  const value = { TxResult: { height: `${found.height}`, ...(index === 0 ? {} : { index }), tx, result: told } }
  return happening('Tx', goJson(value), eventsOfTx(dialect, found.height, tx, result))
}

const ZERO = new Set<unknown>([undefined, null, '', 0, '0'])
