/** What callers give, looked at before it is kept. */
import { CodedError } from '../runtime/index.ts'
import type { LoadOptions } from './types.ts'

/** Longest key and tag, in UTF-16 units. */
const LONGEST = 1_024

/** @throws CodedError `E_CACHE_KEY` */
export function checkKey(key: string): void {
  if (typeof key !== 'string' || key.length > LONGEST)
    throw new CodedError('E_CACHE_KEY', `a key is text of at most ${LONGEST} characters, not ${shown(key)}`)
}

/** @throws CodedError `E_CACHE_OPTIONS` naming the option */
export function checkOptions({ ttl, staleWhileRevalidate, grace, timeout, asOf, tags }: LoadOptions): void {
  if (ttl !== undefined) checkDuration('ttl', ttl)
  if (staleWhileRevalidate !== undefined) checkDuration('staleWhileRevalidate', staleWhileRevalidate)
  if (grace !== undefined) checkDuration('grace', grace)
  if (timeout !== undefined) checkDuration('timeout', timeout)
  if (asOf !== undefined && !(Number.isSafeInteger(asOf) && asOf >= 0)) refuse('asOf', 'a height', asOf)
  if (tags !== undefined && !Array.isArray(tags)) refuse('tags', 'a list of texts', tags)
}

/** @throws CodedError `E_CACHE_OPTIONS` */
export function checkTag(tag: string): void {
  if (typeof tag !== 'string' || tag.length > LONGEST) refuse('tags', `texts of at most ${LONGEST} characters`, tag)
}

function checkDuration(name: string, value: number): void {
  if (!(typeof value === 'number' && value >= 0)) refuse(name, 'a number of ms, 0 or more', value)
}

function refuse(name: string, wanted: string, value: unknown): never {
  throw new CodedError('E_CACHE_OPTIONS', `${name} must be ${wanted}, not ${shown(value)}`)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `text of ${value.length} characters` : String(value).slice(0, 40)
}
