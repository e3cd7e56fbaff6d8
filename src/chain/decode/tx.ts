/** One transaction's result, parsed: its events, each with the message it belongs to. Attributes are decoded when asked for. */
import { MODULE_ACTION } from './dialect.ts'
import type { Dialect } from './types.ts'

/** An attribute as the answer holds it, still in its dialect. */
export interface RawAttribute {
  key?: unknown
  value?: unknown
}

/** An event as the answer holds it. */
export interface RawEvent {
  type?: unknown
  attributes?: readonly RawAttribute[] | null
}

export type Attribute = readonly [key: string, value: string]

/** An event in its transaction. */
export class TxEvent {
  /** Index in the raw list. */
  readonly index: number
  readonly type: string
  /** Which message emitted it; null for the events around messages (fees, signatures). */
  readonly message: number | null
  /** The message is written in the event itself, as its last attribute. */
  readonly written: boolean
  readonly #raw: readonly RawAttribute[]
  readonly #dialect: Dialect
  #attributes: readonly Attribute[] | undefined

  constructor(index: number, type: string, message: number | null, raw: readonly RawAttribute[], dialect: Dialect) {
    this.index = index
    this.type = type
    this.message = message
    this.written = dialect === 'plain' && message !== null
    this.#raw = raw
    this.#dialect = dialect
  }

  /** In the order emitted, decoded; null (how Sei writes the empty text) is ''. @throws SyntaxError when one is no text. */
  get attributes(): readonly Attribute[] {
    this.#attributes ??= this.#raw.map(
      (raw) => [text(raw?.key, this.#dialect), text(raw?.value, this.#dialect)] as const,
    )
    return this.#attributes
  }

  /** The first value of `key`. */
  value(key: string): string | undefined {
    return this.attributes.find(([name]) => name === key)?.[1]
  }
}

export interface TxResult {
  ok: boolean
  /** `0x…` as the node gives it; Sei's EVM transactions only. */
  evmTxHash: string | undefined
  events: TxEvent[]
}

interface RawResult {
  code?: unknown
  events?: readonly RawEvent[] | null
  evm_tx_info?: { txHash?: unknown } | null
}

/** Reads an `ExecTxResult`. Its `log` is never looked at: Sei merges and sorts the events there. @throws SyntaxError */
export function readTxResult(json: string, dialect: Dialect): TxResult {
  const raw = withoutLog(json) ?? (JSON.parse(json) as RawResult | null)
  if (typeof raw !== 'object' || !raw) throw new SyntaxError('the result is no object')
  const hash = raw.evm_tx_info?.txHash
  return {
    ok: raw.code === undefined || raw.code === 0,
    evmTxHash: typeof hash === 'string' && hash ? hash : undefined,
    events: readEvents(raw.events, dialect),
  }
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
function withoutLog(json: string): RawResult | undefined {
  const events = json.indexOf(EVENTS)
  const last = json.lastIndexOf(CODE, events)
  const code = last === 1 ? FIRST_CODE.exec(json)?.[1] : undefined
  if (events < 0 || (last >= 0 && code === undefined)) return undefined
  try {
    const rest = JSON.parse(`{${json.slice(events)}`) as RawResult
    return code === undefined ? rest : { code: Number(code), ...rest }
  } catch {
    return undefined
  }
}

/**
 * Reads a list of events. Which message an event belongs to: its last attribute `msg_index` where the chain writes it,
 * else (Sei) how many `message{action}` came up to it.
 */
export function readEvents(raw: readonly RawEvent[] | null | undefined, dialect: Dialect): TxEvent[] {
  let started = -1
  return listOf(raw).map((event: RawEvent | null, index) => {
    const type = event?.type
    if (typeof type !== 'string') throw new SyntaxError('the type of an event is no text')
    const list = listOf(event?.attributes)
    if (dialect === 'plain') return new TxEvent(index, type, writtenMessage(list), list, dialect)
    if (type === 'message' && list.some((attribute) => attribute?.key === MODULE_ACTION)) started += 1
    return new TxEvent(index, type, started < 0 ? null : started, list, dialect)
  })
}

/** A list of the answer; null and absent are empty. @throws SyntaxError when it is anything else. */
export function listOf<T>(value: readonly T[] | null | undefined): readonly T[] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value
  throw new SyntaxError('something else stands where a list should be')
}

function writtenMessage(attributes: readonly RawAttribute[]): number | null {
  const last = attributes.at(-1)
  return last?.key === 'msg_index' && /^\d{1,9}$/.test(String(last.value)) ? Number(last.value) : null
}

function text(value: unknown, dialect: Dialect): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') throw new SyntaxError('a key or value of an event is no text')
  return dialect === 'base64' ? Buffer.from(value, 'base64').toString() : value
}
