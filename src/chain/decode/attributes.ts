/** The attributes of one event: parsed when the first is asked for, decoded one by one when they are. */
import type { Dialect } from './types.ts'

/** An attribute as the answer holds it, still in its dialect. */
export interface RawAttribute {
  key?: unknown
  value?: unknown
}

export type Attribute = readonly [key: string, value: string]

/** Of a transaction's hundreds a few are ever asked for. */
export class Attributes {
  readonly dialect: Dialect
  #raw: readonly RawAttribute[] | string

  /** @param raw As parsed, or as JSON that is known to be a list. */
  constructor(raw: readonly RawAttribute[] | string, dialect: Dialect) {
    this.#raw = raw
    this.dialect = dialect
  }

  /** All of them; null (how Sei writes the empty text) is ''. @throws SyntaxError when one is no text. */
  decoded(): Attribute[] {
    return this.#list().map((raw) => this.#decode(raw))
  }

  first(): Attribute | undefined {
    const [first] = this.#list()
    return first && this.#decode(first)
  }

  /** The first value of `key`. @throws SyntaxError when it is no text. */
  value(key: string): string | undefined {
    const found = this.#find(key)
    return found && textOf(found.value, this.dialect)
  }

  has(key: string): boolean {
    return this.#find(key) !== undefined
  }

  /** The number at the end, where CometBFT's chains write which message emitted the event. Null without one. */
  get message(): number | null {
    const end = typeof this.#raw === 'string' ? this.#raw.slice(-LONGEST_END) : undefined
    const number = end && MESSAGE_AT_END.exec(end)?.[1]
    if (number) return Number(number)
    if (end && !end.includes(MESSAGE)) return null
    const last = this.#list().at(-1)
    return last?.key === MESSAGE && /^\d{1,9}$/.test(String(last.value)) ? Number(last.value) : null
  }

  /** Still in their dialect, in the order emitted. */
  #list(): readonly RawAttribute[] {
    if (typeof this.#raw === 'string') this.#raw = JSON.parse(this.#raw) as RawAttribute[]
    return this.#raw
  }

  #find(key: string): RawAttribute | undefined {
    const written = this.dialect === 'base64' ? base64Of(key) : key
    return this.#list().find((raw) => raw?.key === written)
  }

  #decode(raw: RawAttribute | null): Attribute {
    return [keyOf(raw?.key, this.dialect), textOf(raw?.value, this.dialect)]
  }
}

/** An event in a list, its attributes at hand. */
export interface Listed {
  type: string
  attributes: Attributes
}

const MESSAGE = 'msg_index'
const MESSAGE_AT_END = /"key":"msg_index","value":"(\d{1,9})"(?:,"index":(?:true|false))?\}\]$/
const LONGEST_END = 70

/** A list of the answer; null and absent are empty. @throws SyntaxError when it is anything else. */
export function listOf<T>(value: readonly T[] | null | undefined): readonly T[] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value
  throw new SyntaxError('something else stands where a list should be')
}

function textOf(value: unknown, dialect: Dialect): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') throw new SyntaxError('a key or value of an event is no text')
  return dialect === 'base64' ? Buffer.from(value, 'base64').toString() : value
}

/** Keys are few and come again and again; what contracts invent without end must not fill the memory. */
const MOST_KEYS = 1_000
const keys = new Map<string, string>()

function keyOf(written: unknown, dialect: Dialect): string {
  if (dialect === 'plain' || typeof written !== 'string') return textOf(written, dialect)
  const known = keys.get(written)
  if (known !== undefined) return known
  const key = textOf(written, dialect)
  if (keys.size >= MOST_KEYS) keys.clear()
  keys.set(written, key)
  return key
}

/** The few keys that we ask for. */
const asked = new Map<string, string>()

function base64Of(key: string): string {
  const written = asked.get(key) ?? Buffer.from(key).toString('base64')
  asked.set(key, written)
  return written
}
