/** The log: one JSON object a line on standard output, or text for people on a terminal. */
import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { folding } from './fold.ts'
import { maskUrls } from './mask.ts'
import { writeAbove } from './status-line.ts'

export type { Logger } from 'pino'

export interface LogOptions {
  /** Default: pretty on a terminal, else json. */
  format?: 'json' | 'pretty' | undefined
  level?: string
}

const REDACTED = ['token', '*.token', 'tokens', '*.tokens', 'headers', '*.headers', 'authorization', '*.authorization']

/** The logger of this process. Written synchronously: the last line before an end is not lost. */
export function createLogger({ format, level = 'info' }: LogOptions = {}): Logger {
  const { stdout, env } = process
  const people = (format ?? (stdout.isTTY && !env.CI ? 'pretty' : 'json')) === 'pretty'
  const out = people
    ? pretty({ sync: true, ignore: 'time', colorize: stdout.isTTY && !env.NO_COLOR })
    : pino.destination({ fd: 1, sync: true })
  const options = {
    ...{ level, base: null, redact: REDACTED, timestamp: pino.stdTimeFunctions.isoTime },
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: errorOf, error: errorOf },
  }
  return pino(options, { write: folding((line) => writeAbove(() => void out.write(maskUrls(line)))) })
}

/** Code, message and cause of an error; the stack only of errors without a code: those are bugs of ours. */
function errorOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const code = (error as { code?: unknown }).code
  return { name, code, message, ...(code ? {} : { stack }), ...(cause ? { cause: errorOf(cause) } : {}) }
}
