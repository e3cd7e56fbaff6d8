/**
 * P4: from the moment a block's results can be had from a node to its events at the clients, 1 and 1,000 of them; a devnet
 * makes the blocks. The peer is a bare push-driven loop without a store. Node, server and clients are processes of their
 * own; ours runs from `dist`, each block on disk before it is shown.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { advance, devnet, type Made, made } from './parts/devnet.ts'
import { type Part, part, seiche as started } from './parts/measured.ts'
import { type BenchOptions, compared, median, type Row } from './table.ts'

const EVENTS = 20
const BLOCKS = 40
/** Between two blocks, ms: a tip, not a backlog. */
const PACE = 100
const DIALECT = 'base64'

interface Quantiles {
  p50: number
  p99: number
}

export async function run({ rounds, short }: BenchOptions): Promise<Row[]> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: new URL('..', import.meta.url), stdio: 'inherit' })
  const rows: Row[] = []
  for (const clients of [1, short ? 50 : 1_000]) {
    const ours: Quantiles[] = []
    const theirs: Quantiles[] = []
    for (let round = 0; round < rounds; round++) {
      ours.push(await measure(clients, short ? 10 : BLOCKS, seiche))
      theirs.push(await measure(clients, short ? 10 : BLOCKS, pushLoop))
    }
    const row = (quantile: keyof Quantiles, floor: number, goal: number): Row => ({
      ...{
        name: `latency, ${clients} client${clients > 1 ? 's' : ''}, ${quantile}`,
        unit: 'ms',
        atMost: true,
        floor,
        goal,
      },
      value: median(ours.map((each) => each[quantile])),
      peer: { name: 'bare push loop', value: median(theirs.map((each) => each[quantile])) },
      ...compared(
        ours.map((each) => each[quantile]),
        theirs.map((each) => each[quantile]),
      ),
    })
    rows.push(row('p50', 2.5, 1.5), row('p99', 3, 2))
  }
  return rows
}

interface Server {
  process: Part
  ws: string
}

/** Latencies over `blocks` blocks at all clients; the first blocks warm up. */
async function measure(
  clients: number,
  blocks: number,
  start: (node: Made, folder: string) => Promise<Server>,
): Promise<Quantiles> {
  const folder = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
  const chain = devnet(DIALECT, EVENTS)
  const parts = [chain]
  try {
    const server = await start(await made(chain), folder)
    parts.push(server.process)
    const many = part(new URL('./parts/many-clients.ts', import.meta.url), [server.ws, `${clients}`])
    parts.push(many)
    await many.message((message) => message['connected'])
    const latencies: number[] = []
    const warmUp = Math.ceil(blocks / 4)
    for (let n = 0; n < warmUp + blocks; n++) {
      const { height, at, events } = await advance(chain)
      if (events === 0) continue
      const { times } = (await many.message((message) =>
        message['arrived'] === height ? message : undefined,
      )) as unknown as { times: number[] }
      if (n >= warmUp) latencies.push(...times.map((time) => time - at))
      await sleep(PACE)
    }
    latencies.sort((a, b) => a - b)
    const quantile = (share: number): number => latencies[Math.ceil(share * latencies.length) - 1] ?? Number.NaN
    return { p50: quantile(0.5), p99: quantile(0.99) }
  } finally {
    for (const each of parts.reverse()) await each.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function seiche({ url, contracts }: Made, folder: string): Promise<Server> {
  const env = { SEICHE_GATEWAY_MAX_CONNECTIONS_PER_IP: '5000', SEICHE_GATEWAY_MAX_NEW_PER_SECOND_PER_IP: '5000' }
  const process = started({ url, contracts, folder, env })
  const ws = await process.message((message) => (message['msg'] === 'ready' ? String(message['ws']) : undefined))
  return { process, ws }
}

async function pushLoop({ url, contracts }: Made): Promise<Server> {
  const process = part(new URL('./parts/push-loop.ts', import.meta.url), [url, contracts.join(), DIALECT])
  const ws = await process.message((message) => message['ws'] as string | undefined)
  return { process, ws }
}
