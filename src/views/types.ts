/** Views as everybody else in the house sees them. */
import type { AsOf } from '../events/app.ts'

/** A view's payload with the height it is as of. */
export type ViewPayload = { asOf: AsOf; stale?: true } & Record<string, unknown>

/**
 * The views of this thread, through its caches. After an event of height h was seen on this thread, nothing read here is
 * older than h.
 */
export interface Views {
  names(): readonly string[]
  has(name: string): boolean
  /** Whether a view takes an address. */
  rule(name: string): 'optional' | 'required' | 'ignored'
  /** Tags that make the view stale, `user:<address>` among them when there is one. */
  tags(name: string, address?: string): readonly string[]
  /**
   * The view now. `address`: canonical bech32.
   * @throws CodedError `E_NO_VIEW` when there is none of this name; `E_ADDRESS_REQUIRED`
   */
  read(name: string, address?: string): ViewPayload
}
