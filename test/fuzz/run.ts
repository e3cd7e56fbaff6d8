/** `npm run test:fuzz [-- SEED]`: the long round, more than 100,000 inputs; says how to repeat it. */
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'

const seed = process.argv[2] ?? String(randomInt(2 ** 31))
const repeat = `fuzzing with seed ${seed}; to repeat: npm run test:fuzz -- ${seed}`
console.log(repeat)
const { status } = spawnSync('vitest', ['run', 'test/fuzz'], {
  stdio: 'inherit',
  env: { ...process.env, LONG: '1', FUZZ_SEED: seed },
})
console.log(repeat)
process.exitCode = status ?? 1
