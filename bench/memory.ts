/**
 * P14: resident memory of the whole program (main and every thread) at the tip of a chain that makes ten blocks a second,
 * beside main alone with its imports. From `dist`.
 */
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { residentBytes } from './parts/measured.ts'
import { imports, stopped, synced } from './parts/synced.ts'
import { type BenchOptions, compared, median, type Row } from './table.ts'

/** Between two blocks, ms: a tip, not a backlog. */
const PACE = 100
const MB = 1e6

export async function run({ rounds, short }: BenchOptions): Promise<Row[]> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: new URL('..', import.meta.url), stdio: 'inherit' })
  const chain = await synced(short ? 20 : 200)
  const ours: number[] = []
  const theirs: number[] = []
  try {
    for (let round = 0; round < rounds; round++) {
      const program = await chain.start()
      for (let n = 0; n < (short ? 5 : 100); n++) {
        await chain.advance()
        await sleep(PACE)
      }
      ours.push(residentBytes(program.pid) / MB)
      await stopped(program)
      const alone = await imports()
      await sleep(short ? 0 : 1_000)
      theirs.push(residentBytes(alone.pid) / MB)
      await alone.end()
    }
  } finally {
    await chain.end()
  }
  return [
    {
      ...{ name: 'memory, resident at the tip', unit: 'MB', atMost: true, floor: 2.5, goal: 2 },
      value: median(ours),
      peer: { name: "main's imports alone", value: median(theirs) },
      ...compared(ours, theirs),
    },
  ]
}
