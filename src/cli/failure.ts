/** How a command that failed says so: in words for an operator, on standard error. */
import { ConfigError } from '../config/index.ts'
import { CodedError } from '../runtime/index.ts'

/** Prints why; answers the exit code. `command` names the help to read. A stack is shown only for a bug of ours. */
export function reportFailure(error: unknown, command: string): number {
  if (error instanceof ConfigError) {
    const problems = error.problems.map((problem) => `  ${problem}\n`).join('')
    process.stderr.write(`${error.code}: this cannot be run as it is configured\n${problems}See ${command} --help\n`)
    return 2
  }
  const coded = rootCause(error)
  const text = coded ? `${coded.code}: ${coded.message}` : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`${text}\n`)
  return 1
}

/** The innermost error with a code of ours: a supervisor that gave up says less than what it gave up on. */
function rootCause(error: unknown): CodedError | undefined {
  if (!(error instanceof Error)) return undefined
  return rootCause(error.cause) ?? (error instanceof CodedError ? error : undefined)
}

/** @throws CodedError `E_PORT_TAKEN` for a node's port that is taken; `cause` otherwise */
export function portTaken(cause: NodeJS.ErrnoException): never {
  if (cause.code !== 'EADDRINUSE') throw cause
  throw new CodedError('E_PORT_TAKEN', 'the port is taken: choose another with --rpc-port (0: any free one)', { cause })
}
