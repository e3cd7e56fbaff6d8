/** The table of a soak. */
import type { Outcome } from './round.ts'

/** Markdown: a row for each round, then what failed. */
export function report(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(
    ({ seed, minutes, faults, events, restarts, obeyed, reborn, connections, rss, problems }) => {
      const injected = Object.entries(faults).map(([name, times]) => `${times} × ${name}`)
      const memory = `${rss.first} → ${rss.last} (${rss.peak})`
      return [
        seed,
        minutes,
        injected.join(', '),
        events,
        restarts,
        obeyed,
        reborn,
        connections,
        memory,
        problems.length ? 'FAILED' : 'passed',
      ]
    },
  )
  const heads = [
    'seed',
    'minutes',
    'faults',
    'events',
    'restarts',
    'orders obeyed',
    'actors reborn',
    'connections',
    'rss MiB (peak)',
    'result',
  ]
  const failed = outcomes.filter(({ problems }) => problems.length)
  return [
    '# Soak',
    '',
    `${outcomes.length - failed.length} of ${outcomes.length} seeds passed.`,
    '',
    ...[heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`),
    ...failed.flatMap(({ seed, problems }) => [
      '',
      `## Seed ${seed}`,
      '',
      ...problems.map((problem) => `- ${problem}`),
    ]),
    '',
  ].join('\n')
}
