/** One transaction's result, parsed: its events as the chain emitted them, in text, with the message each belongs to. */
import type { Dialect } from './types.ts'

export interface TxEvent {
  /** Index in the raw list. */
  index: number
  type: string
  /** In the order emitted, decoded; null values (Sei's empty ones) are ''. */
  attributes: (readonly [key: string, value: string])[]
  /** Which message emitted it; null for the events around messages (fees, signatures). */
  message: number | null
}

export interface TxResult {
  ok: boolean
  evmTxHash: string | undefined
  events: TxEvent[]
}

interface RawEvent {
  type?: unknown
  attributes?: { key?: unknown; value?: unknown }[] | null
}

interface RawResult {
  code?: unknown
  events?: RawEvent[] | null
  evm_tx_info?: { txHash?: unknown } | null
}

/** Reads an `ExecTxResult`. @throws SyntaxError when it is no JSON. */
export function readTxResult(json: string, dialect: Dialect): TxResult {
  const raw = JSON.parse(json) as RawResult
  const hash = raw.evm_tx_info?.txHash
  return {
    ok: raw.code === undefined || raw.code === 0,
    evmTxHash: typeof hash === 'string' && hash ? hash : undefined,
    events: readEvents(raw.events ?? [], dialect),
  }
}

/** Reads a list of events. Message numbers: the last attribute `msg_index`, else (Sei) by counting `message{action}`. */
export function readEvents(raw: RawEvent[], dialect: Dialect): TxEvent[] {
  let counted = -1
  return raw.map(({ type, attributes }, index) => {
    const event: TxEvent = {
      index,
      type: String(type),
      attributes: readAttributes(attributes ?? [], dialect),
      message: null,
    }
    if (dialect === 'plain') {
      const last = event.attributes.at(-1)
      if (last?.[0] === 'msg_index' && /^\d{1,9}$/.test(last[1])) event.message = Number(last[1])
      return event
    }
    if (event.type === 'message' && event.attributes.some(([key]) => key === 'action')) counted += 1
    if (counted >= 0) event.message = counted
    return event
  })
}

function readAttributes(raw: { key?: unknown; value?: unknown }[], dialect: Dialect): (readonly [string, string])[] {
  return raw.map(({ key, value }) => [text(key, dialect), text(value, dialect)] as const)
}

function text(value: unknown, dialect: Dialect): string {
  if (typeof value !== 'string') return ''
  return dialect === 'base64' ? Buffer.from(value, 'base64').toString() : value
}
