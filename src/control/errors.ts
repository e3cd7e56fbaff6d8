/** Refusals: what a caller sees of what went wrong, and nothing else of ours. */
import { CodedError } from '../runtime/index.ts'

/** What a route throws to refuse a request: the status and the code its caller sees. */
export class HttpError extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Record<string, string>

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/**
 * Whatever was thrown as its caller may see it. What has a code passes by itself or by an operator's hand; anything else
 * is a bug of ours.
 */
export function refusalOf(error: unknown): HttpError {
  if (error instanceof HttpError) return error
  if (!(error instanceof CodedError))
    return new HttpError(500, 'internal', 'something went wrong here; the log has it under this requestId')
  if (error.code === 'E_WRONG_STATE') return new HttpError(409, 'wrong_state', error.message)
  return new HttpError(503, 'unavailable', 'the part that answers this is not there now; ask again', {
    'Retry-After': '1',
  })
}

/** True for what an operator should see in the log: neither a refusal nor an actor that is being replaced or does not run. */
export function isFault(error: unknown): boolean {
  if (error instanceof HttpError) return false
  return !(error instanceof CodedError && /^E_(ACTOR_|ASK_|NO_ACTOR|WRONG_STATE)/.test(error.code))
}
