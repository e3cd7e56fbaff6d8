/** One transaction's result: its events, each with the message it belongs to. What nobody asks for is not parsed. */
import { Attributes, type Listed, listOf, type RawAttribute } from './attributes.ts'
import { cutEvents } from './cut-events.ts'
import type { Dialect } from './types.ts'

/** An event as the answer holds it. */
export interface RawEvent {
  type?: unknown
  attributes?: readonly RawAttribute[] | null
}

/** An event in its transaction. */
export interface TxEvent extends Listed {
  /** Index in the raw list. */
  index: number
  /** Which message emitted it; null for the events around messages (fees, signatures). */
  message: number | null
}

export interface TxResult {
  ok: boolean
  /** `0x…` as the node gives it; Sei's EVM transactions only. */
  evmTxHash: string | undefined
  events: TxEvent[]
}

/** A result as JSON.parse gives it. */
interface RawResult {
  code?: unknown
  events?: readonly RawEvent[] | null
  evm_tx_info?: { txHash?: unknown } | null
}

/** Reads an `ExecTxResult`. Its `log` is never looked at: Sei merges and sorts the events there. @throws SyntaxError */
export function readTxResult(json: string, dialect: Dialect): TxResult {
  const { result, events } = withoutLog(json, dialect) ?? whole(json, dialect)
  const hash = result.evm_tx_info?.txHash
  return {
    ok: result.code === undefined || result.code === 0,
    evmTxHash: typeof hash === 'string' && hash ? hash : undefined,
    events: placed(events, dialect),
  }
}

/** Reads a list of events as JSON.parse gives it. @throws SyntaxError */
export function readEvents(raw: readonly RawEvent[] | null | undefined, dialect: Dialect): TxEvent[] {
  return placed(listed(raw, dialect), dialect)
}

/** A result, and its events: cut out of the text, or from its own list. */
interface Read {
  result: Omit<RawResult, 'events'>
  events: Listed[]
}

function whole(json: string, dialect: Dialect): Read {
  const result = JSON.parse(json) as RawResult | null
  if (typeof result !== 'object' || !result) throw new SyntaxError('the result is no object')
  return { result, events: listed(result.events, dialect) }
}

const EVENTS = '"events":'
const CODE = '"code":'
const FIRST_CODE = /^\{"code":(\d{1,9}),/

/**
 * The result without what stands before its events: on Sei they are there once more, as text, in its `log`. In a string
 * every quote is escaped, so {@link EVENTS} begins the list or a member of something nested, and then what follows is cut
 * off from its beginning and no JSON. Undefined when the code is not where the chains write it, before all else, or left
 * out (Sei, for 0).
 */
function withoutLog(json: string, dialect: Dialect): Read | undefined {
  const at = json.indexOf(EVENTS)
  const last = json.lastIndexOf(CODE, at)
  const code = last === 1 ? FIRST_CODE.exec(json)?.[1] : undefined
  if (at < 0 || (last >= 0 && code === undefined)) return undefined
  const cut = cutEvents(json, at + EVENTS.length, dialect)
  try {
    const rest = JSON.parse(cut ? `{"events":[]${json.slice(cut.end)}` : `{${json.slice(at)}`) as RawResult
    const result = code === undefined ? rest : { code: Number(code), ...rest }
    if (cut && listOf(result.events).length) return undefined // they come twice
    return { result, events: cut?.events ?? listed(result.events, dialect) }
  } catch {
    return undefined
  }
}

function listed(raw: readonly RawEvent[] | null | undefined, dialect: Dialect): Listed[] {
  return listOf(raw).map((event: RawEvent | null) => {
    if (typeof event?.type !== 'string') throw new SyntaxError('the type of an event is no text')
    return { type: event.type, attributes: new Attributes(listOf(event.attributes), dialect) }
  })
}

/**
 * Which message an event belongs to: its last attribute `msg_index` where the chain writes it, else (Sei) how many
 * `message{action}` came up to it.
 */
function placed(events: readonly Listed[], dialect: Dialect): TxEvent[] {
  let started = -1
  return events.map(({ type, attributes }, index) => {
    if (dialect === 'plain') return { index, type, message: attributes.message, attributes }
    if (type === 'message' && attributes.has('action')) started += 1
    return { index, type, message: started < 0 ? null : started, attributes }
  })
}
