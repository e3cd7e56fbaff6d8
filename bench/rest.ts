/**
 * P16: REST `/status` of a whole running system (`seiche dev`, which makes a chain meanwhile) beside a Koa app that does
 * nothing, requests a second over 16 connections; and 100 × `getSystemStatus()`
 * of one in this process, beside the 5 ms that may take.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRealTimeService } from '../src/index.ts'
import { requestsPerSecond } from './parts/many-requests.ts'
import { command, type Part, part } from './parts/measured.ts'
import { type BenchOptions, compared, median, type Row } from './table.ts'

const CONNECTIONS = 16
const STATUSES = 100
const LIMITLESS = { SEICHE_CONTROL_MAX_REQUESTS_PER_MINUTE: '1000000000' }
const STATUS_BUDGET = 5

export async function run({ rounds, short }: BenchOptions): Promise<Row[]> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: new URL('..', import.meta.url), stdio: 'inherit' })
  return [await status(short ? 200 : 10_000, rounds), await statuses(rounds)]
}

async function status(requests: number, rounds: number): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
  const parts: Part[] = []
  const address = async (started: Part, ready: (message: Record<string, unknown>) => unknown): Promise<string> => {
    parts.push(started)
    return String(await started.message((message) => (ready(message) ? message['http'] : undefined)))
  }
  const ours: number[] = []
  const theirs: number[] = []
  try {
    const koa = await address(part(new URL('./parts/empty-koa.ts', import.meta.url), []), ({ http }) => http)
    const flags = ['dev', '--port', '0', '--ws-port', '0', '--data', folder, '--log', 'json']
    const seiche = await address(command(flags, LIMITLESS), ({ msg }) => msg === 'ready')
    for (let round = -1; round < rounds; round++) {
      const rates = [
        await requestsPerSecond(seiche, '/api/realtime/status', requests, CONNECTIONS),
        await requestsPerSecond(koa, '/', requests, CONNECTIONS),
      ] as const
      if (round < 0) continue // both warm up
      ours.push(rates[0])
      theirs.push(rates[1])
    }
  } finally {
    for (const each of parts) await each.end()
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    ...{ name: 'rest, /status of a running system', unit: 'requests/s', value: median(ours), floor: 0.5, goal: 0.8 },
    peer: { name: 'an empty Koa app', value: median(theirs) },
    ...compared(ours, theirs),
  }
}

async function statuses(rounds: number): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
  const service = getRealTimeService({
    ...{ store: { path: folder }, gateway: { port: 0 }, control: { port: 0 }, log: { level: 'error', format: 'json' } },
  })
  const times: number[] = []
  try {
    await service.initialize()
    await service.start()
    for (let n = 0; n < 20 * STATUSES; n++) service.getSystemStatus() // warms up
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now()
      for (let n = 0; n < STATUSES; n++) service.getSystemStatus()
      times.push(performance.now() - begun)
    }
  } finally {
    await service.shutdown()
    rmSync(folder, { recursive: true, force: true })
  }
  const value = median(times)
  return {
    ...{ name: `rest, ${STATUSES} × getSystemStatus()`, unit: 'ms', value, atMost: true, floor: 1, goal: 0.2 },
    peer: { name: 'ms it may take', value: STATUS_BUDGET },
    ratio: value / STATUS_BUDGET,
  }
}
