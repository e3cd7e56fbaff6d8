/** Reads JSON messages as strictly as the contracts' Rust does (serde-json-wasm with `deny_unknown_fields`), and with its words. */
import { MAX_UINT128 } from '../coins.ts'

/** Reads a value, in the order and spelling in which the contract would write it. @throws ContractError */
export type Shape<Value> = (value: unknown, typeName: string) => Value

/** What a shape reads. */
export type Read<S> = S extends Shape<infer Value> ? Value : never

/** What a contract or its message parser says when it refuses. */
export class ContractError extends Error {}

/** A String. */
export const string: Shape<string> = (value, typeName) =>
  typeof value === 'string' ? value : refuse(typeName, 'Expected a String.')

/** A bool. */
export const boolean: Shape<boolean> = (value, typeName) =>
  typeof value === 'boolean' ? value : refuse(typeName, 'Invalid type')

/** An unsigned integer of so many bits; above 2^53 it is refused, since JSON numbers of JavaScript end there. */
export function unsigned(bits: number): Shape<number> {
  return (value, typeName) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 2 ** bits
      ? value
      : refuse(typeName, typeof value === 'number' ? 'Invalid number' : 'Invalid type')
}

/** Rust's unsigned integers. */
export const u64 = unsigned(64)
export const u32 = unsigned(32)
export const u16 = unsigned(16)

/** A Uint128: digits in a string, kept in canonical spelling. */
export const uint128: Shape<string> = (value, typeName) => {
  const text = string(value, typeName)
  if (!/^\d+$/.test(text)) refuse(typeName, `invalid Uint128 '${text}' - invalid digit found in string`)
  if (BigInt(text) > MAX_UINT128) refuse(typeName, `invalid Uint128 '${text}' - number too large to fit in target type`)
  return BigInt(text).toString()
}

/** An Option: `null`, or left out. */
export function optional<Value>(shape: Shape<Value>): Shape<Value | null> {
  const read: Shape<Value | null> = (value, typeName) =>
    value === null || value === undefined ? null : shape(value, typeName)
  return Object.assign(read, { optional: true })
}

/** A Vec. */
export function list<Value>(shape: Shape<Value>): Shape<Value[]> {
  return (value, typeName) =>
    Array.isArray(value) ? value.map((item) => shape(item, typeName)) : refuse(typeName, 'Invalid type')
}

/** A tuple of two. */
export function pair<First, Second>(first: Shape<First>, second: Shape<Second>): Shape<[First, Second]> {
  return (value, typeName) =>
    Array.isArray(value) && value.length === 2
      ? [first(value[0], typeName), second(value[1], typeName)]
      : refuse(typeName, 'Invalid type')
}

type Fields = Record<string, Shape<unknown>>
type Struct<F extends Fields> = { [Name in keyof F]: Read<F[Name]> }

/** A struct: all fields that are not optional, and no others. */
export function struct<F extends Fields>(fields: F): Shape<Struct<F>> {
  const names = Object.keys(fields)
  return (value, typeName) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(typeName, 'Invalid type')
    const given = value as Record<string, unknown>
    const unknown = Object.keys(given).find((name) => !Object.hasOwn(fields, name))
    if (unknown !== undefined) refuse(typeName, `unknown field \`${unknown}\`, expected ${oneOf(names)}`)
    const result: Record<string, unknown> = {}
    for (const name of names) {
      const shape = fields[name]!
      if (!Object.hasOwn(given, name) && !('optional' in shape)) refuse(typeName, `missing field \`${name}\``)
      result[name] = shape(given[name], typeName)
    }
    return result as Struct<F>
  }
}

type Variants = Record<string, Shape<unknown> | null>
/** One of the variants: `{name: content}`, or just `'name'` where it has no content. */
export type OneOf<V extends Variants> = {
  [Name in keyof V]: V[Name] extends Shape<infer Value> ? { [Key in Name]: Value } : Name
}[keyof V]

/** An enum of Rust: an object with one key, or the name alone for a variant without content (null here). */
export function variants<V extends Variants>(shapes: V): Shape<OneOf<V>> {
  return (value, typeName) => {
    const [name, content] = tagged(value, typeName)
    if (!Object.hasOwn(shapes, name)) {
      return refuse(typeName, `unknown variant \`${name}\`, expected ${oneOf(Object.keys(shapes))}`)
    }
    const shape = shapes[name]!
    return (shape ? { [name]: shape(content, typeName) } : name) as OneOf<V>
  }
}

function tagged(value: unknown, typeName: string): [name: string, content: unknown] {
  if (typeof value === 'string') return [value, undefined]
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return entries.length === 1 ? entries[0]! : refuse(typeName, 'Expected an object or a string with a variant.')
}

/** cosmwasm_std::Coin. */
export const coin = struct({ denom: string, amount: uint128 })

/** As serde lists them: one alone, two with `or`, more with `one of`. */
function oneOf(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``)
  if (quoted.length === 0) return 'there are no fields'
  return quoted.length <= 2 ? quoted.join(' or ') : `one of ${quoted.join(', ')}`
}

function refuse(typeName: string, reason: string): never {
  throw new ContractError(`Error parsing into type ${typeName}: ${reason}`)
}
