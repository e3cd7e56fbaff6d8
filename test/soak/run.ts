/**
 * `npm run soak -- [--minutes N] [--seed S] [--seeds K] [--report FILE]`: K rounds (default 1) of N minutes (default 1)
 * with the seeds from S (default 1) on. Exit code 1 when one of them failed; docs/soak.md says what is checked.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { report } from './report.ts'
import { type Outcome, round } from './round.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    report: { type: 'string' },
  },
})
const [minutes, first, rounds] = [Number(values.minutes), Number(values.seed), Number(values.seeds)]
if (!(minutes > 0.2 && Number.isInteger(first) && Number.isInteger(rounds) && rounds > 0)) {
  console.error('--minutes is a number above 0.2, --seed and --seeds are whole numbers')
  process.exit(2)
}

const outcomes: Outcome[] = []
for (let seed = first; seed < first + rounds; seed++) {
  console.error(`seed ${seed} …`)
  const outcome = await round(seed, minutes)
  outcomes.push(outcome)
  const { problems, events, restarts, obeyed, reborn, folder, faults } = outcome
  const injected = Object.values(faults).reduce((sum, times) => sum + times, 0)
  console.log(
    `seed ${seed}: ${problems.length ? 'FAILED' : 'passed'}; ${injected} faults, ${events} events, ${restarts} restarts, ${obeyed} orders obeyed, ${reborn} actors reborn`,
  )
  if (problems.length === 0) rmSync(folder, { recursive: true })
  else
    console.log(
      [
        ...problems.map((problem) => `  ${problem}`),
        `  its store and log: ${folder}`,
        `  to repeat it: npm run soak -- --minutes ${minutes} --seed ${seed}`,
      ].join('\n'),
    )
  if (values.report) writeFileSync(values.report, report(outcomes)) // after each: a long run may be cut
}
process.exit(outcomes.some(({ problems }) => problems.length) ? 1 : 0)
