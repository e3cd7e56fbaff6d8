/** Builds wasmd from the Go module proxy, once for each version. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const MODULE = 'github.com/CosmWasm/wasmd'

/** A line of wasmd. */
export interface Line {
  version: string
  comet: string
  /** Modules that must be newer than wasmd asks for, so that today's Go builds them. */
  newer: readonly string[]
}

export const LINES: readonly Line[] = [
  { version: 'v0.61.14', comet: '0.38', newer: ['github.com/bytedance/sonic@v1.15.0'] },
  { version: 'v0.70.3', comet: '0.39', newer: [] },
]

/** The program; minutes the first time. `go install` refuses wasmd's replace directives: a module of one file repeats them. */
export function build({ version, newer }: Line): string {
  const folder = join(import.meta.dirname, '.cache', version)
  const program = join(folder, 'wasmd')
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  const go = (...args: string[]): string =>
    execFileSync('go', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, GOFLAGS: '-mod=mod' },
    })
  writeFileSync(join(folder, 'go.mod'), 'module seiche.test/chain\n')
  const { GoMod } = JSON.parse(go('mod', 'download', '-json', `${MODULE}@${version}`)) as { GoMod: string }
  const theirs = readFileSync(GoMod, 'utf8')
  const replaced = [...theirs.matchAll(/^replace \([\s\S]*?^\)|^replace [^(\n].*$/gm)].map(([text]) => text)
  const [language = 'go 1.24'] = /^go .*$/m.exec(theirs) ?? []
  writeFileSync(
    join(folder, 'go.mod'),
    [
      'module seiche.test/chain',
      language,
      `require ${MODULE} ${version}`,
      ...replaced,
      `tool ${MODULE}/cmd/wasmd`,
      '',
    ].join('\n\n'),
  )
  for (const each of newer) go('get', each)
  go('build', '-o', program, `${MODULE}/cmd/wasmd`)
  return program
}
