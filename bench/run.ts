/**
 * `npm run bench [-- <name>…] [--short] [--rounds N] [--json] [--profile]`: measures each thing beside its peer, prints
 * the table and writes bench/results.json, and a page of it. `--profile` leaves a CPU profile of each thread of Seiche in bench/profiles, and
 * costs what it costs: its figures are no figures. The README quotes nothing that this does not print.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { page } from './plot.ts'
import { type BenchOptions, type Row, table } from './table.ts'

const BENCHES: Record<string, () => Promise<{ run(options: BenchOptions): Promise<Row[]> }>> = {
  pipeline: () => import('./pipeline.ts'),
  latency: () => import('./latency.ts'),
  decode: () => import('./decode.ts'),
  store: () => import('./store.ts'),
  messaging: () => import('./messaging.ts'),
  restart: () => import('./restart.ts'),
  fanout: () => import('./fanout.ts'),
  resume: () => import('./resume.ts'),
  cache: () => import('./cache.ts'),
  memory: () => import('./memory.ts'),
  startup: () => import('./startup.ts'),
  rest: () => import('./rest.ts'),
  stale: () => import('./stale.ts'),
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean' },
    json: { type: 'boolean' },
    rounds: { type: 'string' },
    profile: { type: 'boolean' },
  },
})
const unknown = positionals.filter((name) => !BENCHES[name])
if (unknown.length) {
  console.error(`no bench ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`)
  process.exit(2)
}

if (values.profile) {
  const folder = fileURLToPath(new URL('./profiles/', import.meta.url))
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  process.env['BENCH_PROFILE'] = folder // every process that is started inherits it
}
const short = values.short ?? false
const options: BenchOptions = { short, rounds: short ? 1 : Number(values.rounds ?? 5) }
const rows: Row[] = []
for (const name of positionals.length ? positionals : Object.keys(BENCHES)) {
  if (!values.json) console.error(`${name} …`)
  const bench = await BENCHES[name]?.()
  rows.push(...((await bench?.run(options)) ?? []))
}

const results = {
  date: new Date().toISOString(),
  node: process.version,
  cpu: `${cpus().length} × ${cpus()[0]?.model}`,
  ...options,
  rows,
}
const written = (file: string, text: string): void => writeFileSync(new URL(file, import.meta.url), text)
if (!short && !values.profile) {
  written('./results.json', `${JSON.stringify(results, null, 2)}\n`)
  written('./results.html', page(results))
}
console.log(values.json ? JSON.stringify(results) : table(rows))
