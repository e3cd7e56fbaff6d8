/**
 * `npm run test:mutants [-- <word in a name>]`: breaks one rule at a time in a copy of the repository and runs the test that
 * guards it. Fails when a test passes all the same, and when a mutant no longer applies: then the code has moved on from it.
 */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { MUTANTS, type Mutant } from './mutants.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const COPIED = ['src', 'workers', 'test', 'bench', 'package.json', 'tsconfig.json', 'vitest.config.ts']
const LINKED = ['node_modules', 'examples', 'docs']
const AT_ONCE = 2
/** One test, ms: longer than vitest's own limit. A mutant that lets its test run on is found out as well. */
const LONGEST = 180_000

interface TestRun {
  passed: number
  failed: number
}

/** What each test comes to without a mutant. */
const sound = new Map<string, Promise<TestRun | undefined>>()
const wanted = MUTANTS.filter(({ name }) => name.includes(process.argv[2] ?? ''))
const home = mkdtempSync(join(tmpdir(), 'seiche-mutants-'))
try {
  process.exitCode = (await run()) ? 0 : 1
} finally {
  rmSync(home, { recursive: true, force: true })
}

/** True when every mutant was found out. */
async function run(): Promise<boolean> {
  const waiting = [...wanted]
  let found = 0
  const work = async (copy: string): Promise<void> => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const fault = await survival(mutant, copy)
      if (!fault) found += 1
      console.log(`${fault ? 'SURVIVES' : 'found out'}  ${mutant.name}${fault && `: ${fault}`}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => work(copyAt(join(home, `${n}`)))))
  console.log(`${found} of ${wanted.length} mutants found out`)
  return found > 0 && found === wanted.length
}

function copyAt(copy: string): string {
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true })
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(copy, name))
  return copy
}

/** Why the mutant gets by; empty when its test finds it out. */
async function survival({ file, from, to, test, only }: Mutant, copy: string): Promise<string> {
  const path = join(copy, file)
  const whole = readFileSync(path, 'utf8')
  const times = whole.split(from).length - 1
  if (times !== 1) return `${file} holds its text ${times} times, not once: adapt the mutant`
  const told = `${test}${only ? ` -t '${only}'` : ''}`
  const before = sound.get(told) ?? vitest(copy, test, only)
  sound.set(told, before)
  const without = await before
  if (!without?.passed || without.failed) return `${told} does not pass without it`
  writeFileSync(
    path,
    whole.replace(from, () => to),
  )
  const broken = await vitest(copy, test, only)
  writeFileSync(path, whole)
  return broken && !broken.failed ? `${told} passes (${broken.passed} tests): it does not guard this` : ''
}

/** What the tests came to; undefined when they did not end. */
function vitest(copy: string, test: string, only: string | undefined): Promise<TestRun | undefined> {
  const told = join(copy, 'told.json')
  const options = ['--reporter=json', `--outputFile=${told}`, '--maxWorkers=1', ...(only ? ['-t', only] : [])]
  rmSync(told, { force: true })
  return new Promise((settle, reject) => {
    execFile(
      process.execPath,
      [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', test, ...options],
      { cwd: copy, timeout: LONGEST, killSignal: 'SIGKILL' },
      (error, _, complaint) => {
        if (error?.killed) settle(undefined)
        else if (existsSync(told)) settle(read(told))
        else reject(new Error(`vitest told nothing of ${test}: ${complaint}`))
      },
    )
  })
}

/** A file that cannot be loaded runs no test, and so finds nothing out: it has neither passed nor failed. */
function read(told: string): TestRun {
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(told, 'utf8')) as Record<string, number>
  return { passed: numPassedTests ?? 0, failed: numFailedTests ?? 0 }
}
