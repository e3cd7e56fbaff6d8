import { CodedError } from '../runtime/shared/errors.ts'

/** Thrown when settings are wrong: `E_CONFIG`, all problems at once, one a line. The command ends with status 2. */
export class ConfigError extends CodedError {
  readonly problems: string[]

  constructor(problems: string[]) {
    super('E_CONFIG', problems.join('\n'))
    this.problems = problems
  }
}
