/** How transactions and queries fail. */
import type { Journal } from './journal.ts'
import type { TxResult } from './types.ts'

/** Why a transaction or query failed, as the SDK says it: a code within a codespace, and a text. */
export class Failure extends Error {
  readonly code: number
  readonly codespace: string

  constructor(code: number, message: string, codespace = 'sdk') {
    super(message)
    this.code = code
    this.codespace = codespace
  }
}

/** Runs `work`; when it throws, what it changed is undone. */
export function orRevert<Result>(journal: Journal, mark: number, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    journal.revert(mark)
    throw error
  }
}

/** @throws what is no failure of a transaction but a bug */
export function failed(error: unknown): Pick<TxResult, 'code' | 'codespace' | 'log' | 'data'> {
  if (!(error instanceof Failure)) throw error
  return { code: error.code, codespace: error.codespace, log: error.message, data: new Uint8Array() }
}
