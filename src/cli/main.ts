/** Finds the command, and turns how it ended into an exit code: 0 fine, 1 failure, 2 usage. */
import { ConfigError, didYouMean } from '../config/index.ts'
import { type Command, columns, commandHelp } from './command.ts'
import { reportFailure } from './failure.ts'

interface Entry {
  summary: string
  load(): Promise<Command>
}

/** Loaded when they are used: a help text needs no database. */
const COMMANDS: Readonly<Record<string, Entry>> = {
  dev: { summary: 'everything, on a chain of its own', load: async () => (await import('./dev.ts')).dev },
  start: { summary: 'index a chain and serve its events', load: async () => (await import('./start.ts')).start },
  replay: { summary: 'the same from a recorded chain', load: async () => (await import('./replay.ts')).replay },
  devnet: { summary: 'a chain of its own, the node alone', load: async () => (await import('./devnet.ts')).devnet },
  skip: { summary: 'leave out a block that cannot be read', load: async () => (await import('./skip.ts')).skip },
  requeue: { summary: 'decode again what is in quarantine', load: async () => (await import('./requeue.ts')).requeue },
  doctor: {
    summary: 'look over everything: nodes, store, ports …',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  backup: { summary: 'copy the store to a file', load: async () => (await import('./backup.ts')).backup },
  restore: { summary: 'put such a copy back', load: async () => (await import('./backup.ts')).restore },
  config: { summary: 'check or print the configuration', load: async () => (await import('./config.ts')).config },
}

/** Runs `seiche <args>`; answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === '--help' || name === '-h') return print(help())
  if (name === '--version') return print(`${await version()}\n`)
  const entry = name === undefined ? undefined : COMMANDS[name]
  try {
    if (name === undefined) throw new ConfigError([`no command given; there are: ${Object.keys(COMMANDS).join(', ')}`])
    if (!entry) throw new ConfigError([unknown(name)])
    const command = await entry.load()
    if (rest.some((each) => each === '--help' || each === '-h')) return print(commandHelp(name, command))
    return await command.run(rest)
  } catch (error) {
    return reportFailure(error, entry && name ? `seiche ${name}` : 'seiche')
  }
}

function help(): string {
  const commands = Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary])
  return [
    'seiche <command> [flags]\n\nReal-time events and caching for Sei and every CometBFT chain.\n\n',
    columns(commands),
    '\nseiche <command> --help names its flags. Every setting and its variable: docs/configuration.md\n',
  ].join('')
}

function unknown(name: string): string {
  if (name.startsWith('-')) return `${name}: the command comes first: seiche <command> [flags].`
  return `${name}: there is no such command.${didYouMean(name, Object.keys(COMMANDS))}`
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

async function version(): Promise<string> {
  const { default: about } = (await import('seiche/package.json', { with: { type: 'json' } })) as {
    default: { version: string }
  }
  return about.version
}
