/** The values a cache keeps: plain data, copied when it is set and frozen, so that nobody can change it afterwards. */
import { CodedError } from '../runtime/index.ts'

/** Deeper, or circular, data is refused. */
const DEPTH = 100

export interface Plain {
  data: unknown
  /** About as many bytes as its JSON has characters. */
  size: number
}

/**
 * A frozen copy, and its size. Plain data is null, booleans, numbers, bigints, strings, and arrays and objects of these.
 * @throws CodedError `E_CACHE_VALUE` naming the place of what is none.
 */
export function plainCopy(value: unknown): Plain {
  const plain: Plain = { data: value, size: 0 }
  if (value === undefined) throw new Refusal('undefined')
  if (typeof value === 'object' && value !== null) plain.data = copyOf(value, DEPTH, plain)
  else plain.size = sizeOf(value)
  return plain
}

function copyOf(value: object, depth: number, plain: Plain): object {
  if (depth === 0) throw new Refusal(`something circular, or deeper than ${DEPTH}`)
  return Array.isArray(value) ? copyOfArray(value, depth, plain) : copyOfObject(value, depth, plain)
}

function copyOfArray(value: readonly unknown[], depth: number, plain: Plain): object {
  const copy = [...value]
  plain.size += copy.length + 2
  for (const [index, item] of copy.entries())
    try {
      if (typeof item === 'object' && item !== null) copy[index] = copyOf(item, depth - 1, plain)
      else plain.size += sizeOf(item)
    } catch (error) {
      throw placed(error, `[${index}]`)
    }
  return Object.freeze(copy)
}

function copyOfObject(value: object, depth: number, plain: Plain): object {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw new Refusal(`a ${value.constructor?.name}`)
  const copy: Record<string, unknown> = { ...value }
  if (prototype === null) Object.setPrototypeOf(copy, null)
  let size = 2
  for (const key in copy) {
    const item = copy[key]
    try {
      size += key.length + 4
      if (typeof item === 'object' && item !== null) copy[key] = copyOf(item, depth - 1, plain)
      else size += sizeOf(item)
    } catch (error) {
      throw placed(error, `.${key}`)
    }
  }
  plain.size += size
  return Object.freeze(copy)
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value === 'function' || typeof value === 'symbol') throw new Refusal(typeof value)
  return value === true || value === null ? 4 : `${value}`.length
}

/** Freezes plain data that came from another thread. */
export function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const item of Object.values(value)) frozen(item)
  return Object.freeze(value)
}

function placed(error: unknown, step: string): unknown {
  if (error instanceof Refusal) error.at(step)
  return error
}

class Refusal extends CodedError {
  #path = ''
  readonly #what: string

  constructor(what: string) {
    super('E_CACHE_VALUE', '')
    this.#what = what
    this.at('')
  }

  at(step: string): void {
    this.#path = step + this.#path
    this.message = `a cache keeps plain data, and ${this.#path ? `value${this.#path}` : 'the value'} is ${this.#what}: set text, numbers, null, arrays and plain objects`
  }
}
