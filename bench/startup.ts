/** P13: from the start of the process to `/readyz`, on a store that has the whole chain; beside main's imports alone. From `dist`. */
import { execFileSync } from 'node:child_process'
import { imports, stopped, synced } from './parts/synced.ts'
import { type BenchOptions, compared, median, type Row } from './table.ts'

export async function run({ rounds, short }: BenchOptions): Promise<Row[]> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: new URL('..', import.meta.url), stdio: 'inherit' })
  const chain = await synced(short ? 20 : 200)
  const ours: number[] = []
  const theirs: number[] = []
  try {
    for (let round = -1; round < rounds; round++) {
      const [program, toReady] = await timed(chain.start)
      await stopped(program)
      const [alone, toImported] = await timed(imports)
      await alone.end()
      if (round < 0) continue // code is compiled and read from the disk once
      ours.push(toReady)
      theirs.push(toImported)
    }
  } finally {
    await chain.end()
  }
  return [
    {
      ...{ name: 'startup, to /readyz on a synced store', unit: 'ms', atMost: true, floor: 5, goal: 3.5 },
      value: median(ours),
      peer: { name: "main's imports alone", value: median(theirs) },
      ...compared(ours, theirs),
    },
  ]
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const begun = performance.now()
  const result = await work()
  return [result, performance.now() - begun]
}
