/**
 * `npm run soak -- [--minutes N] [--seed S] [--seeds K] [--jobs J] [--rate B] [--events E] [--report FILE]`: K rounds
 * (default 1) of N minutes (default 1) with the seeds from S (default 1) on, J of them (default 1) at once, each on a
 * chain of B blocks a second (default 5) with E events each (default 10). Exit code 1 when one of them failed;
 * docs/soak.md says what is checked.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Report } from './report.ts'
import type { Asked, Outcome } from './round.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    rate: { type: 'string', default: '5' },
    events: { type: 'string', default: '10' },
    report: { type: 'string' },
  },
})
const {
  minutes,
  seed: first,
  seeds,
  jobs,
  rate,
  events,
} = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)])) as Record<string, number> &
  Asked & { seeds: number; jobs: number }
const whole = [first, seeds, jobs].every((each) => Number.isInteger(each) && each >= 1)
if (!(minutes > 0.2 && rate > 0 && events > 0 && whole)) {
  console.error(
    '--minutes is a number above 0.2, --rate and --events above 0; --seed, --seeds and --jobs are whole numbers',
  )
  process.exit(2)
}

/** A round in a process of its own. */
async function apart(asked: Asked): Promise<Outcome> {
  const child = fork(resolve(import.meta.dirname, 'one.ts'), [JSON.stringify(asked)])
  let outcome: Outcome | undefined
  child.on('message', (told: Outcome) => {
    outcome = told
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  return outcome ?? nothingOf(asked, `the round itself ended with ${code}: see above`)
}

function nothingOf(asked: Asked, problem: string): Outcome {
  const none = { faults: {}, blocks: 0, logged: 0, restarts: 0, reborn: 0, connections: 0, stormed: 0, refused: 0 }
  return { ...asked, ...none, memory: null, problems: [problem], folder: '' }
}

function tell({ seed, problems, faults, blocks, logged, restarts, reborn, memory, folder }: Outcome): void {
  const tallies = Object.values(faults)
  const injected = tallies.reduce((sum, each) => sum + each.injected, 0)
  const obeyed = tallies.reduce((sum, each) => sum + each.obeyed, 0)
  console.log(
    `seed ${seed}: ${problems.length ? 'FAILED' : 'passed'}; ${injected} faults, ${obeyed} obeyed, ${blocks} blocks, ` +
      `${logged} events, ${restarts} restarts, ${reborn} actors reborn${memory ? `; ${told(memory)}` : ''}`,
  )
  if (problems.length === 0) {
    rmSync(folder, { recursive: true })
    return
  }
  for (const problem of problems) console.log(`  ${problem}`)
  if (folder) console.log(`  its store and log: ${folder}`)
  console.log(`  to repeat it: npm run soak -- --minutes ${minutes} --rate ${rate} --events ${events} --seed ${seed}`)
}

/** Of the process that lived longest. */
function told({ first, last, growth }: NonNullable<Outcome['memory']>): string {
  const grew = growth ? `, grown by ${growth.total.toFixed(1)} % from its second fifth to its last` : ''
  return `RSS ${first.total.toFixed(0)} → ${last.total.toFixed(0)} MiB${grew}`
}

const report = new Report(values.report)
let next = first
let failed = false
const job = async (): Promise<void> => {
  while (next < first + seeds) {
    const outcome = await apart({ seed: next++, minutes, rate, events })
    failed ||= outcome.problems.length > 0
    tell(outcome)
    report.add(outcome) // after each: a long run may be cut
  }
}
await Promise.all(Array.from({ length: jobs }, job))
process.exit(failed ? 1 : 0)
