/** Reads the command line: every wrong flag is named, with what was probably meant. */
import { parseArgs } from 'node:util'
import { didYouMean, type Settings } from '../config/index.ts'
import type { Flag, Flags } from './command.ts'

/** The flags that set the configuration; the same for every command that has one. */
export const SETTING_FLAGS: Flags = {
  rpc: { value: 'URL', repeatable: true, help: 'a node to read from, the preferred one first' },
  config: { value: 'FILE', help: 'configuration file: .ts, .js or .json' },
  data: { value: 'DIR', help: 'data folder (default ./data)' },
  host: { value: 'H', help: 'where REST and WebSocket listen (default 127.0.0.1)' },
  port: { value: 'N', help: 'port of REST and socket.io (default 3000; 0: any free one)' },
  'ws-port': { value: 'N', help: 'port of plain WebSocket (default 8081; 0: any free one)' },
  contract: { value: 'NAME=ADDRESS', repeatable: true, help: 'a contract to watch' },
  'start-height': { value: 'N', help: "first height of an empty store (default: the contracts' creation)" },
  'chain-id': { value: 'ID', help: 'the chain that must be served' },
  prefix: { value: 'P', help: "prefix of account addresses (default: the contracts')" },
  'accept-gap': { help: 'go on above heights that every node has pruned' },
  log: { value: 'json|pretty', help: 'log format (default: pretty on a terminal)' },
}

export const RESET: Flags = { reset: { help: 'forget what the data folder holds, and begin anew' } }

/** Those of `flags` that `names` name. */
export function pick(flags: Flags, names: readonly string[]): Flags {
  return Object.fromEntries(Object.entries(flags).filter(([name]) => names.includes(name)))
}

/** What the command line holds. */
export interface Line {
  positionals: string[]
  /** What is wrong with it, in words for the user. */
  problems: string[]
  given(flag: string): boolean
  /** The last value given. */
  value(flag: string): string | undefined
  /** Every value given. */
  values(flag: string): string[]
}

/** Reads `args` by `flags`; `--help` is always known. Never throws: what is wrong stands in `problems`. */
export function readLine(args: readonly string[], flags: Flags): Line {
  const known: Flags = { ...flags, help: { help: '' } }
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { value }]) => [name, { type: value ? 'string' : 'boolean' } as const]),
  )
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true })
  const given = new Map<string, string[]>()
  const positionals: string[] = []
  const problems: string[] = []
  let afterUnknown = -1 // what follows an unknown flag is most likely its value: one complaint is enough
  for (const token of tokens) {
    if (token.kind === 'positional' && token.index !== afterUnknown) positionals.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value, index } = token
    const flag = Object.hasOwn(known, name) ? known[name] : undefined
    if (!flag) {
      problems.push(`${rawName}: there is no such flag.${didYouMean(rawName, Object.keys(known).map(dashed))}`)
      afterUnknown = index + 1
      continue
    }
    const problem = problemOf(flag, token)
    if (problem) problems.push(`${rawName}: ${problem}`)
    else given.set(name, [...(given.get(name) ?? []), value ?? ''])
  }
  return {
    positionals,
    problems,
    given: (flag) => given.has(flag),
    value: (flag) => given.get(flag)?.at(-1),
    values: (flag) => given.get(flag) ?? [],
  }
}

/** Takes the arguments that are no flags, one for each of `names`; too many or too few become problems of the line. */
export function expectPositionals(line: Line, names: readonly string[]): string[] {
  const { positionals, problems } = line
  for (const name of names.slice(positionals.length)) problems.push(`${name}: got nothing: it must be given`)
  for (const extra of positionals.slice(names.length)) problems.push(`${extra}: not expected here`)
  return positionals.slice(0, names.length)
}

/** The number that a flag gives; a malformed one becomes a problem of the line. */
export function numberOf(
  line: Line,
  flag: string,
  { otherwise, most, fraction = false }: { otherwise: number; most: number; fraction?: boolean },
): number {
  const text = line.value(flag)
  if (text === undefined) return otherwise
  if (!(fraction ? /^\d+(\.\d+)?$/ : /^\d+$/).test(text) || Number(text) > most)
    line.problems.push(`--${flag}: got "${text}": expected a number from 0 to ${most}`)
  return Number(text)
}

/** The configuration that the flags of `line` set; a tree as the config file's. Malformed values stay for the schema to name. */
export function settingsOf(line: Line): Settings {
  const number = (flag: string): unknown => {
    const text = line.value(flag)
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : text
  }
  const endpoints = line.values('rpc')
  const contracts = line.values('contract').flatMap((pair) => split(pair, line.problems))
  return {
    chain: {
      id: line.value('chain-id'),
      prefix: line.value('prefix'),
      ...(endpoints.length ? { endpoints } : {}),
    },
    ...(contracts.length ? { contracts: Object.fromEntries(contracts) } : {}),
    startHeight: number('start-height'),
    ...(line.given('accept-gap') ? { acceptGap: true } : {}),
    store: { path: line.value('data') },
    control: { host: line.value('host'), port: number('port') },
    gateway: { port: number('ws-port') },
    log: { format: line.value('log') },
  }
}

function split(pair: string, problems: string[]): [name: string, address: string][] {
  const at = pair.indexOf('=')
  if (at > 0) return [[pair.slice(0, at), pair.slice(at + 1)]]
  problems.push(`--contract: got "${pair}": expected name=address`)
  return []
}

function problemOf(
  flag: Flag,
  { value, inlineValue }: { value?: string | undefined; inlineValue?: boolean | undefined },
): string | undefined {
  if (!flag.value) return value === undefined ? undefined : `got "${value}": it takes no value`
  const missing = value === undefined || value === '' || (!inlineValue && /^--?[a-z]/.test(value))
  return missing ? `got nothing: expected ${flag.value}` : undefined
}

function dashed(name: string): string {
  return `--${name}`
}
