/** Why the gateway refuses: codes, and the error that carries them. */
import { CodedError } from '../runtime/index.ts'

/** The data of an error frame. */
export interface Refusal {
  code: ErrorCode
  message: string
  retryAfterMs?: number
  /** With `resume_expired`: the oldest position that can still be resumed from. */
  earliest?: string
}

/** Every code an error frame may carry. Stable. */
export const ERROR_CODES = [
  'invalid_message',
  'channel_required',
  'invalid_channel',
  'unknown_type',
  'address_required',
  'invalid_address',
  'too_many_subscriptions',
  'rate_limited',
  'message_too_large',
  'resume_expired',
  'origin_forbidden',
  'host_forbidden',
  'unauthorized',
  'too_many_connections',
  'draining',
  'server_busy',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** Thrown while a message is handled; becomes an error frame, and nothing else happens. */
export class Refused extends CodedError {
  readonly refusal: Refusal

  constructor(code: ErrorCode, message: string, more: Omit<Refusal, 'code' | 'message'> = {}) {
    super(code, message)
    this.refusal = { code, message, ...more }
  }
}
