/** What a command is, and its help. */

/** A flag of a command, by its name without dashes. */
export interface Flag {
  /** What stands for its value in the help, e.g. `URL`; without it the flag takes none. */
  value?: string
  /** May be given more than once; its value is a list. */
  repeatable?: true
  help: string
}

export type Flags = Readonly<Record<string, Flag>>

export interface Command {
  /** One line: what it does. */
  summary: string
  /** What follows the name, e.g. `DIR [flags]`. */
  usage: string
  flags: Flags
  /** Runs to the end; answers the exit code. @throws ConfigError when it was called wrongly. */
  run(args: readonly string[]): Promise<number>
}

/** The text of `seiche <name> --help`. */
export function commandHelp(name: string, { summary, usage, flags }: Command): string {
  const rows = Object.entries(flags).map(([flag, { value, help, repeatable }]) => [
    `--${flag}${value ? ` ${value}` : ''}`,
    `${help}${repeatable ? ' (repeatable)' : ''}`,
  ])
  return `seiche ${name} ${usage}\n\n${summary}\n\n${columns([...rows, ['--help', 'this text']])}`
}

/** Two columns, the second aligned. */
export function columns(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map(([first = '']) => first.length))
  return rows.map(([first = '', second = '']) => `  ${first.padEnd(width)}  ${second}\n`).join('')
}
