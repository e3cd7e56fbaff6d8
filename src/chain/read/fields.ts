/**
 * Reads plain values out of the JSON that a node answers. By hand, since zod costs every thread that loads it a quarter of
 * its start and 10 MB; it stays on main. Each throws a TypeError that names the field.
 */
import { RpcError } from './errors.ts'

/** The fields of an object. */
export function fields(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new TypeError(`${name}: expected an object`)
}

export function list(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value
  throw new TypeError(`${name}: expected a list`)
}

/** A text of at least `least` characters. */
export function text(value: unknown, name: string, least = 0): string {
  if (typeof value === 'string' && value.length >= least) return value
  throw new TypeError(`${name}: expected a text`)
}

/** A whole number of at least `least`, which nodes write as a number or in decimal. */
export function whole(value: unknown, name: string, least = 0): number {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (Number.isSafeInteger(number) && (number as number) >= least) return number as number
  throw new TypeError(`${name}: expected a whole number of ${least} or more`)
}

/** Runs a reader of foreign bytes; whatever it throws means that they are not what was asked for. */
export function orMalformed<T>(method: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new RpcError('E_RPC_MALFORMED', `${method}: not the answer that was asked for, or cut off`, { cause })
  }
}
