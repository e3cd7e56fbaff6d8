/** `seiche doctor`: says what is well, what is not, and the command that mends it. */
import { type Examination, examineStore } from '../store/examine.ts'
import type { Command } from './command.ts'
import { configure } from './configure.ts'
import { expectPositionals, type Line, pick, readLine, SETTING_FLAGS } from './flags.ts'

export const doctor: Command = {
  summary:
    'Looks over the store in the data folder, also while Seiche runs; changes nothing. Exits 1 when something is broken.\n' +
    'The digest is the same for two stores that hold the same events: compare them up to one height with --to.',
  usage: '--store [flags]',
  flags: {
    store: { help: 'look over the store' },
    from: { value: 'N', help: 'first height of the digest (default: the beginning of the log)' },
    to: { value: 'N', help: 'last height of the digest (default: the last one indexed)' },
    json: { help: 'the findings as JSON' },
    ...pick(SETTING_FLAGS, ['data', 'config', 'chain-id']),
  },
  run: async (args) => {
    const line = readLine(args, doctor.flags)
    expectPositionals(line, [])
    if (!line.given('store')) line.problems.push('--store: got nothing: say what to look over: seiche doctor --store')
    const range = { from: heightOf(line, 'from'), to: heightOf(line, 'to') }
    const { chain, store } = await configure(line)
    const examination = examineStore(store.path, { ...range, chainId: chain.id })
    const well = examination.findings.every(({ state }) => state !== 'fail')
    process.stdout.write(
      line.given('json') ? `${JSON.stringify({ ok: well, ...examination }, null, 2)}\n` : report(examination),
    )
    return well ? 0 : 1
  },
}

function heightOf(line: Line, flag: string): number | undefined {
  const text = line.value(flag)
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,14}$/.test(text)) line.problems.push(`--${flag}: got "${text}": expected a height`)
  return Number(text)
}

function report({ findings }: Examination): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  return findings
    .map(({ check, state, text, fix }) => {
      const mend = fix === undefined ? '' : `${' '.repeat(width + 8)}→ ${fix}\n`
      return `${state.padEnd(4)}  ${check.padEnd(width)}  ${text}\n${mend}`
    })
    .join('')
}
