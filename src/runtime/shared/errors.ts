/** The one base of our errors: a stable `code`, so that class, code and fields survive the way between threads. */
export class CodedError extends Error {
  /** Stable, documented in docs/errors.md, e.g. `E_ASK_TIMEOUT`. Never changes once released. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.name = new.target.name
  }
}
