/** The query language of `tx_search` and `subscribe`: conditions on `type.key`, joined by AND. */

/** Values by `type.key`. */
export type EventMap = ReadonlyMap<string, readonly string[]>

export interface Condition {
  key: string
  op: 'EXISTS' | 'CONTAINS' | '=' | '<' | '<=' | '>' | '>='
  value: string
  /** The value stood there as a number, not in quotes. */
  numeric: boolean
}

/** A query is none; the message says where, as the servers do. */
export class QueryError extends Error {}

const CONDITION =
  /\s*(?:(?<key>[^\s=<>'"()]+)\s*)(?:(?<exists>EXISTS)|(?<contains>CONTAINS)\s*'(?<part>[^']*)'|(?<op><=|>=|=|<|>)\s*(?:'(?<text>[^']*)'|(?<number>-?\d+(?:\.\d+)?)))\s*/y
const AND = /AND(?=\s)/y

/** @throws QueryError */
export function parseQuery(text: string): Condition[] {
  const conditions: Condition[] = []
  for (let at = 0; ; ) {
    CONDITION.lastIndex = at
    const { groups } = CONDITION.exec(text) ?? {}
    if (!groups) throw new QueryError(`offset ${at + (text.slice(at).indexOf(' ') + 1)}: got tag, wanted ${OPERATORS}`)
    const { key = '', exists, contains, part, op, text: quoted, number } = groups
    const name = exists ?? contains ?? op
    conditions.push({
      key,
      op: name as Condition['op'],
      value: part ?? quoted ?? number ?? '',
      numeric: number !== undefined,
    })
    at = CONDITION.lastIndex
    if (at === text.length) return conditions
    AND.lastIndex = at
    if (!AND.test(text)) throw new QueryError(`offset ${at}: got tag, wanted AND`)
    at = AND.lastIndex
  }
}

/** Whether some value meets each condition. */
export function matches(conditions: readonly Condition[], events: EventMap): boolean {
  return conditions.every((condition) => events.get(condition.key)?.some((value) => meets(condition, value)))
}

const OPERATORS = '<= operator, >= operator, < operator, > operator, = operator, CONTAINS operator or EXISTS operator'

function meets({ op, value, numeric }: Condition, found: string): boolean {
  if (op === 'EXISTS') return true
  if (op === 'CONTAINS') return found.includes(value)
  if (!numeric) return op === '=' && found === value
  // The first number in the text counts: amounts come with their denom.
  const [number] = /[0-9.]+/.exec(found) ?? []
  if (number === undefined) return false
  const difference = compare(number, value)
  if (op === '=') return difference === 0
  if (op === '<') return difference < 0
  if (op === '<=') return difference <= 0
  return op === '>' ? difference > 0 : difference >= 0
}

/** Whole numbers exactly, others as doubles. */
function compare(a: string, b: string): number {
  const whole = /^-?\d+$/
  if (!whole.test(a) || !whole.test(b)) return Number(a) - Number(b)
  const [left, right] = [BigInt(a), BigInt(b)]
  return left === right ? 0 : left < right ? -1 : 1
}
