/** What the folds read of an event. All is the chain's text: what cannot be read is undefined, and the event is left out. */
import type { ChainEvent } from '../../events/types.ts'

/** User text in tables, characters; all of it is in the log. */
const LONGEST_TEXT = 4_096

/** A field's text; undefined when it is not there, or no text. */
export function text({ data }: ChainEvent, field: string): string | undefined {
  const value = Object.hasOwn(data, field) ? data[field] : undefined
  return typeof value === 'string' ? value : undefined
}

/** Text that a user wrote, not too long; null when there is none. */
export function userText(event: ChainEvent, field: string): string | null {
  return text(event, field)?.slice(0, LONGEST_TEXT).toWellFormed() ?? null
}

/** An id as a number: the contracts count up from 1, so they stay far below 2^53. */
export function id(event: ChainEvent, field: string): number | undefined {
  const value = text(event, field)
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

/** A Uint128. */
export function amount(event: ChainEvent, field: string): bigint | undefined {
  const value = text(event, field)
  return value !== undefined && /^\d{1,39}$/.test(value) ? BigInt(value) : undefined
}

/** What came with coins: all of `sum`, or nothing. */
export function backedPart({ data }: ChainEvent, sum: bigint): bigint {
  return data['backed'] === true ? sum : 0n
}

/** Whole seconds since 1970 of a block's time; 0 when there is none. */
export function seconds(time: string | null): number {
  return Math.floor((Date.parse(time ?? '') || 0) / 1_000)
}

/** Hours since 1970 of a block's time: days and hours are those of UTC. */
export function hour(time: string | null): number {
  return Math.floor(seconds(time) / 3_600)
}
