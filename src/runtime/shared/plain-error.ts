/** Errors on their way between threads: class by name, code, own fields, cause and stack survive. */
import { CodedError } from './errors.ts'

export interface PlainError {
  name: string
  message: string
  stack: string | undefined
  /** `code` and every other own field that can be cloned. */
  fields: Record<string, unknown>
  cause: PlainError | undefined
}

const BUILT_IN = { Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError }

/** The error as data that survives structured clone. Anything else that was thrown becomes the message. */
export function flatten(thrown: unknown): PlainError {
  if (!(thrown instanceof Error))
    return { name: 'Error', message: String(thrown), stack: undefined, fields: {}, cause: undefined }
  const { name, message, stack, cause } = thrown
  return { name, message, stack, fields: cloneable(thrown), cause: cause === undefined ? undefined : flatten(cause) }
}

/** The error again: a {@link CodedError} when it has a string `code`, else the built-in class of its name. */
export function revive({ name, message, stack, fields, cause }: PlainError): Error {
  const options = cause ? { cause: revive(cause) } : {}
  const code = fields.code
  const BuiltIn = BUILT_IN[name as keyof typeof BUILT_IN]
  const error =
    BuiltIn || typeof code !== 'string'
      ? new (BuiltIn ?? Error)(message, options)
      : new CodedError(code, message, options)
  Object.assign(error, fields)
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  if (stack) error.stack = stack
  return error
}

function cloneable(error: Error): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(error)) {
    if (key === 'name' || key === 'cause') continue
    try {
      fields[key] = structuredClone(value)
    } catch {
      fields[key] = String(value) // a function, a socket: its text is better than nothing
    }
  }
  return fields
}
