import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Each room and the floor it stands on; imports may go to the same room or to a lower floor. */
const FLOORS: Record<string, number> = {
  'src/index.ts': 7,
  'src/cli.ts': 7,
  'src/cli': 7,
  'src/doctor': 5,
  'src/service.ts': 6,
  'src/service': 5.5,
  'src/system.ts': 5,
  'src/system': 4.8,
  'src/tree.ts': 4.5,
  workers: 4,
  'src/topology.ts': 3.5,
  'src/protocol.ts': 3,
  'src/gateway': 4,
  'src/control': 4,
  'src/dashboard': 4.6,
  'src/devnet': 3,
  'src/seimoney': 3,
  'src/chain': 2,
  'src/store': 2,
  'src/cache': 2,
  'src/tasks': 2,
  'src/views': 2.5,
  'src/testing': 5,
  'src/client': 2,
  'src/react': 3,
  'src/runtime': 0,
  'src/events': 1,
  'src/config': 1.5,
  'src/telemetry': 1,
}

const files = ['src', 'workers'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`),
)

const IMPORT = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?from\s+)?'([^']+)'/g

function imports(file: string, types: boolean): string[] {
  const found: string[] = []
  for (const [, type, specifier] of readFileSync(join(root, file), 'utf8').matchAll(IMPORT)) {
    if (type && !types) continue
    found.push(specifier?.startsWith('.') ? relative(root, resolve(root, dirname(file), specifier)) : (specifier ?? ''))
  }
  return found
}

function room(file: string): string {
  const name = Object.keys(FLOORS).find((candidate) => file === candidate || file.startsWith(`${candidate}/`))
  if (!name) throw new Error(`${file} stands in no room of the house`)
  return name
}

/** Everything that is loaded, on that thread, when `entry` is: static imports only, type imports are erased. */
function walk(entry: string): { files: Set<string>; packages: Map<string, string> } {
  const seen = new Set<string>()
  const packages = new Map<string, string>()
  const queue = [entry]
  for (let file = queue.pop(); file; file = queue.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    for (const name of imports(file, false)) {
      if (name.endsWith('.ts')) queue.push(name)
      else packages.set(name, file)
    }
  }
  return { files: seen, packages }
}

it('imports point down only', () => {
  const up = files.flatMap((file) =>
    imports(file, true)
      .filter((name) => name.endsWith('.ts') && room(name) !== room(file))
      .filter((name) => (FLOORS[room(name)] ?? 0) >= (FLOORS[room(file)] ?? 0))
      .map((name) => `${file} → ${name}`),
  )
  expect(up).toEqual([])
})

it('no room imports in a circle', () => {
  const circles = files.filter((file) =>
    imports(file, false).some((name) => name.endsWith('.ts') && walk(name).files.has(file)),
  )
  expect(circles).toEqual([])
})

const workers = files.filter((file) => file.startsWith('workers/'))

it.each(workers)('%s loads nothing of the main thread, no app, and node:sqlite only through the store', (entry) => {
  const { files: loaded, packages } = walk(entry)
  const foreign = [...loaded].filter((file) =>
    ['src/gateway', 'src/control', 'src/seimoney', 'src/system.ts', 'src/service.ts'].includes(room(file)),
  )
  expect(foreign).toEqual([])
  expect([...packages.keys()].filter((name) => /^(koa|@koa\/|socket\.io|@cosmjs\/)/.test(name))).toEqual([])
  expect(packages.get('node:sqlite') ?? 'src/store/').toMatch(/^src\/store\//)
  if (loaded.has('src/store/writer.ts')) expect(entry).toBe('workers/event-store.ts')
})

it('only the store touches SQLite', () => {
  const elsewhere = files.filter((file) => imports(file, true).includes('node:sqlite') && room(file) !== 'src/store')
  expect(elsewhere).toEqual([])
})

it('names no path of a machine and no registry', () => {
  const marks = /\/work\/|\/home\/|registry\.npmjs|artifactory|nexus\//
  const named = [...files, 'package.json', 'package-lock.json', 'README.md', '.ci/run', '.ci/packed'].filter((file) =>
    marks.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(named).toEqual([])
})
