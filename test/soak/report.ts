/** The table of a soak. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Memory } from './memory.ts'
import type { Outcome, Tally } from './round.ts'

/** A file that is written anew with every outcome. Rounds of the same commit that are in it already stay. */
export class Report {
  readonly #file: string | undefined
  readonly #outcomes: Outcome[] = []
  readonly #commit: string = commit()

  /** Without a file nothing is written. What the next run needs to go on is beside it, in `FILE.json`. */
  constructor(file: string | undefined) {
    this.#file = file
    if (!file || !existsSync(`${file}.json`)) return
    const before = JSON.parse(readFileSync(`${file}.json`, 'utf8')) as { commit: string; outcomes: Outcome[] }
    if (before.commit === this.#commit) this.#outcomes.push(...before.outcomes)
  }

  add(outcome: Outcome): void {
    if (!this.#file) return
    const same = this.#outcomes.findIndex(({ seed, minutes }) => seed === outcome.seed && minutes === outcome.minutes)
    this.#outcomes.splice(same < 0 ? this.#outcomes.length : same, 1, outcome)
    this.#outcomes.sort((a, b) => a.seed - b.seed)
    writeFileSync(this.#file, report(this.#outcomes, this.#commit))
    writeFileSync(`${this.#file}.json`, JSON.stringify({ commit: this.#commit, outcomes: this.#outcomes }))
  }
}

function commit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
  return git('rev-parse', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') ? ', with changes' : '')
}

/** Markdown: what ran, what went wrong in all, a row for each round, then what failed. */
export function report(outcomes: readonly Outcome[], commit: string): string {
  const failed = outcomes.filter(({ problems }) => problems.length)
  return [
    '# Soak',
    '',
    `${outcomes.length - failed.length} of ${outcomes.length} seeds passed. ` +
      `Commit ${commit}; Node ${process.version}, ${availableParallelism()} cores, ${new Date().toISOString().slice(0, 10)}.`,
    '',
    ...table(['fault', 'injected', 'obeyed'], totals(outcomes)),
    '',
    ...table(HEADS, outcomes.map(row)),
    ...failed.flatMap(({ seed, problems }) => [
      ...['', `## Seed ${seed}`, ''],
      ...problems.map((problem) => `- ${problem}`),
    ]),
    '',
  ].join('\n')
}

/** Of each kind of fault, over all rounds. */
export function totals(outcomes: readonly Pick<Outcome, 'faults'>[]): (string | number)[][] {
  const total = new Map<string, Tally>()
  for (const { faults } of outcomes)
    for (const [name, { injected, obeyed }] of Object.entries(faults)) {
      const before = total.get(name) ?? { injected: 0, obeyed: 0 }
      total.set(name, { injected: before.injected + injected, obeyed: before.obeyed + obeyed })
    }
  return [...total].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { injected, obeyed }]) => [name, injected, obeyed])
}

const HEADS = [
  ...['seed', 'minutes', 'faults (obeyed of injected)', 'blocks', 'events', 'restarts', 'actors reborn', 'connections'],
  ...['of storms (told to go)', 'RSS MiB, first → last (peak)', 'of it anonymous', 'growth of both, %', 'result'],
]

function row(outcome: Outcome): (string | number)[] {
  const { seed, minutes, faults, blocks, logged, restarts, reborn, connections, stormed, refused, memory } = outcome
  const injected = Object.entries(faults).map(([name, { injected, obeyed }]) => `${name} ${obeyed}/${injected}`)
  return [
    ...[seed, minutes, injected.join(', '), blocks, logged, restarts, reborn, connections, `${stormed} (${refused})`],
    memory ? `${between(memory, 'total')} (${memory.peak.toFixed(0)})` : '–',
    memory ? between(memory, 'anonymous') : '–',
    memory?.growth ? `${memory.growth.total.toFixed(1)}, ${memory.growth.anonymous.toFixed(1)}` : '–',
    outcome.problems.length ? 'FAILED' : 'passed',
  ]
}

function between({ first, last }: { first: Memory; last: Memory }, of: keyof Memory): string {
  return `${first[of].toFixed(0)} → ${last[of].toFixed(0)}`
}

function table(heads: string[], rows: (string | number)[][]): string[] {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}
