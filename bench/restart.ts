/**
 * P12: from the crash of the decoder, and from `stallAfter` after it began to hang, to the next commit of the real
 * pipeline over a recorded chain; beside the start of an empty thread. What a WebSocket client misses or gets twice in
 * such a run is counted: the figures do not stand when there is any.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { ActorSpec } from '../src/runtime/index.ts'
import { DEFAULTS } from '../src/runtime/main/spec.ts'
import { openReader } from '../src/store/reader.ts'
import { part } from './parts/measured.ts'
import { type BenchOptions, compared, median, type Row } from './table.ts'

const RECORDING = fileURLToPath(new URL('../examples/recordings/wasmd', import.meta.url))
const PACE = 25
export async function run({ rounds, short }: BenchOptions): Promise<Row[]> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: new URL('..', import.meta.url), stdio: 'inherit' })
  const empty: number[] = []
  const crash: Recovery[] = []
  const hang: Recovery[] = []
  for (let round = 0; round < (short ? 1 : rounds); round++) {
    empty.push(await emptyThread())
    crash.push(await recovery('throw', 0))
    hang.push(await recovery('hang', DEFAULTS.stallAfter))
  }
  const row = (name: string, ours: Recovery[], floor: number, goal: number): Row => {
    const [lost, doubled] = [sum(ours.map((each) => each.lost)), sum(ours.map((each) => each.doubled))]
    return {
      ...{ name: `${name}; lost ${lost}, doubled ${doubled}`, unit: 'ms', atMost: true, floor, goal },
      value: median(ours.map(({ milliseconds }) => milliseconds)),
      peer: { name: 'start of an empty thread', value: median(empty) },
      ...compared(
        ours.map(({ milliseconds }) => milliseconds),
        empty,
      ),
    }
  }
  return [
    row('restart, crash of the decoder to the next commit', crash, 8, 4),
    row('restart, hang beyond stallAfter to the next commit', hang, 10, 6),
  ]
}

/** The median of several: one is a few milliseconds. */
async function emptyThread(): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < 9; n++) {
    const begun = performance.now()
    const worker = new Worker('require("node:worker_threads").parentPort.postMessage(0)', { eval: true })
    await once(worker, 'message')
    times.push(performance.now() - begun)
    await worker.terminate()
  }
  return median(times)
}

interface Recovery {
  milliseconds: number
  lost: number
  doubled: number
}

async function recovery(shape: 'throw' | 'hang', allowed: number): Promise<Recovery> {
  const [{ createSystem }, { chaos, FUSE, obedient }, { schema }, { createLogger }, { loadRecording }] = await modules()
  const data = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
  const config = schema.parse({
    ...{ contracts: loadRecording(RECORDING).contracts, app: 'seimoney', store: { path: data } },
    ...{ gateway: { port: 0 }, control: { port: 0 }, log: { level: 'error', format: 'json' } },
  })
  const adjust = (name: string, spec: ActorSpec): ActorSpec => (name === 'event-decoder' ? obedient(spec) : spec)
  const log = createLogger({ level: 'error', format: 'json' })
  const system = createSystem(config, {
    log,
    node: { dir: RECORDING, pace: PACE },
    adjust,
  })
  await system.start()
  const reader = openReader(data)
  const client = part(new URL('./parts/client.ts', import.meta.url), [`ws://127.0.0.1:${system.ws.port}`, `${EVENTS}`])
  try {
    await client.message((message) => message['subscribed'])
    await sleep(500) // some blocks are in
    await chaos('event-decoder', shape)
    const fault = performance.now() + FUSE
    await sleep(FUSE / 2) // what was on its way is in
    const { height } = reader.checkpoint()
    while (reader.checkpoint().height === height) await sleep(1)
    const milliseconds = performance.now() - fault - allowed
    const received = client.message((message) => (message['received'] ? message : undefined))
    const all = await Promise.race([received, sleep(60_000)])
    return { milliseconds, lost: all ? 0 : EVENTS, doubled: Number(all?.['doubled'] ?? 0) }
  } finally {
    await client.end()
    reader.close()
    await system.shutdown()
    rmSync(data, { recursive: true, force: true })
  }
}

/** Events of our contracts in the recording, one a line. */
const EVENTS = readFileSync(join(RECORDING, 'expected-events.ndjson'), 'utf8').trimEnd().split('\n').length

/** From `dist`, as in production. */
function modules(): Promise<
  [
    typeof import('../src/system.ts'),
    typeof import('../src/testing/index.ts'),
    typeof import('../src/config/schema.ts'),
    typeof import('../src/telemetry/log.ts'),
    typeof import('../src/devnet/recording.ts'),
  ]
> {
  const from = (name: string): Promise<never> =>
    import(new URL(`../dist/src/${name}.js`, import.meta.url).href) as Promise<never>
  return Promise.all([
    from('system'),
    from('testing/index'),
    from('config/schema'),
    from('telemetry/log'),
    from('devnet/recording'),
  ])
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
