/** `seiche doctor`: says what is well, what is not, and the command that mends it. */
import { arch, cpus, release, totalmem, type } from 'node:os'
import { maskConfig, type SeicheConfig } from '../config/index.ts'
import type { Finding, Section } from '../doctor/finding.ts'
import { examineStore } from '../store/examine.ts'
import type { Command } from './command.ts'
import { configure } from './configure.ts'
import { expectPositionals, type Line, readLine, SETTING_FLAGS } from './flags.ts'

export const doctor: Command = {
  summary:
    'Looks over machine, configuration, store, nodes, contracts and ports; changes nothing. Exits 1 when something is broken.\n' +
    'With --store: the store alone, and all of it. Its digest is the same for two stores that hold the same events:\n' +
    'compare them up to one height with --to.',
  usage: '[flags]',
  flags: {
    store: { help: 'look over all of the store, and nothing else' },
    from: { value: 'N', help: 'first height of the digest (default: the beginning of the log)' },
    to: { value: 'N', help: 'last height of the digest (default: the last one indexed)' },
    json: { help: 'the findings as JSON' },
    report: { help: 'the findings, versions and settings without secrets, to be pasted into an issue' },
    ...SETTING_FLAGS,
  },
  run: async (args) => {
    const line = readLine(args, doctor.flags)
    expectPositionals(line, [])
    const range = { from: heightOf(line, 'from'), to: heightOf(line, 'to') }
    if (!line.given('store') && (range.from || range.to))
      line.problems.push('--from, --to: got no --store: they are of its digest')
    const config = await configure(line)
    const { chain, store } = config
    if (line.given('store')) {
      const examination = examineStore(store.path, { ...range, chainId: chain.id })
      return told(line, examination.findings, examination, () => report(examination.findings))
    }
    const { examine } = await import('../doctor/examine.ts') // a look at the store alone needs none of it
    const sections = await examine(config)
    const all = sections.flatMap(({ findings }) => findings)
    return told(line, all, { sections }, () => (line.given('report') ? pasted(config, sections) : bySection(sections)))
  },
}

/** Prints what was found; answers the exit code. */
function told(line: Line, findings: readonly Finding[], json: object, text: () => string): number {
  const well = findings.every(({ state }) => state !== 'fail')
  process.stdout.write(line.given('json') ? `${JSON.stringify({ ok: well, ...json }, null, 2)}\n` : text())
  return well ? 0 : 1
}

function bySection(sections: readonly Section[]): string {
  return sections.map(({ name, findings }) => `${name}\n${report(findings).replaceAll(/^(?=.)/gm, '  ')}`).join('\n')
}

/** Nothing in it is secret: URLs are scheme and host, tokens and headers are masked. */
function pasted(config: SeicheConfig, sections: readonly Section[]): string {
  const machine = `${type()} ${release()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`
  const settings = JSON.stringify(maskConfig(config), null, 2)
  return ['```', machine, '', bySection(sections), settings, '```', ''].join('\n')
}

function heightOf(line: Line, flag: string): number | undefined {
  const text = line.value(flag)
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,14}$/.test(text)) line.problems.push(`--${flag}: got "${text}": expected a height`)
  return Number(text)
}

function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  return findings
    .map(({ check, state, text, fix }) => {
      const mend = fix === undefined ? '' : `${' '.repeat(width + 8)}→ ${fix}\n`
      return `${state.padEnd(4)}  ${check.padEnd(width)}  ${text}\n${mend}`
    })
    .join('')
}
