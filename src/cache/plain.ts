/** The values a cache keeps: plain data, copied when it is set and frozen, so that nobody can change it afterwards. */
import { CodedError } from '../runtime/index.ts'

/** Deeper, or circular, data is refused. */
const DEPTH = 100

/**
 * A frozen copy. Plain data is null, booleans, numbers, bigints, strings, and arrays and objects of these.
 * @throws CodedError `E_CACHE_VALUE` naming the place of what is none.
 */
export function plainCopy(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? copyOf(value, DEPTH) : checked(value, value === undefined)
}

function copyOf(value: object, depth: number): object {
  if (depth === 0) throw new Refusal(`something circular, or deeper than ${DEPTH}`)
  const array = Array.isArray(value)
  const prototype = array ? null : Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) throw new Refusal(described(value))
  const copy = (array ? [...value] : prototype === null ? withoutPrototype(value) : { ...value }) as Record<
    string,
    unknown
  >
  for (const key in copy) {
    const item = copy[key]
    if (typeof item === 'string') continue
    try {
      if (typeof item === 'object' && item !== null) copy[key] = copyOf(item, depth - 1)
      else checked(item)
    } catch (error) {
      if (error instanceof Refusal) error.at(array ? `[${key}]` : `.${key}`)
      throw error
    }
  }
  return Object.freeze(copy)
}

function withoutPrototype(value: object): object {
  return Object.setPrototypeOf({ ...value }, null)
}

function checked(value: unknown, undefinedToo = false): unknown {
  const type = typeof value
  if (type === 'function' || type === 'symbol' || undefinedToo) throw new Refusal(type)
  return value
}

function described(value: object): string {
  return `a ${value.constructor?.name ?? 'class instance'}`
}

/** Freezes plain data that came from another thread. */
export function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const key in value) frozen((value as Record<string, unknown>)[key])
  return Object.freeze(value)
}

/** How large plain data is: about as many bytes as its JSON has characters. */
export function jsonSize(data: unknown): number {
  if (typeof data === 'string') return data.length + 2
  if (typeof data !== 'object' || data === null) return `${data}`.length
  let size = 1
  if (Array.isArray(data)) for (const item of data) size += jsonSize(item) + 1
  else for (const key in data) size += key.length + 4 + jsonSize((data as Record<string, unknown>)[key])
  return Math.max(size, 2)
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
