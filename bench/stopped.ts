/**
 * P8: how long the events of a block take to 999 clients that read, from when its results can be had from a node, while one
 * more has stopped reading; beside the same clients of the same process without it, in turns. What the stopped one does not
 * take fills its kernel's buffers, then its budget; node, server, readers and the stopped one are processes of their own.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { advance, devnet, made, show } from './parts/devnet.ts'
import { type Part, part, seiche } from './parts/measured.ts'
import { type BenchOptions, compared, median, type Row } from './table.ts'

/** Events of a block, and blocks there are before anybody comes: more than a kernel takes for a client that does not read. */
const [EVENTS, HISTORY] = [20, 1_200]
/** Between two blocks, ms: a tip, not a backlog. */
const PACE = 100
/** Bytes that wait for a client when it is sent no more history: a quarter of its budget. */
const HISTORY_PAUSES = 262_144
const DIALECT = 'base64'
const LIMITS = { SEICHE_GATEWAY_MAX_CONNECTIONS_PER_IP: '5000', SEICHE_GATEWAY_MAX_NEW_PER_SECOND_PER_IP: '5000' }

export async function stopped({ rounds, short }: BenchOptions): Promise<Row[]> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: new URL('..', import.meta.url), stdio: 'inherit' })
  const [clients, blocks] = short ? [50, 10] : [999, 40]
  const folder = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
  const chain = devnet(DIALECT, EVENTS, [HISTORY])
  const parts = [chain]
  const keep = (started: Part): Part => {
    parts.push(started)
    return started
  }
  const start = (file: string, args: string[]): Part => keep(part(new URL(file, import.meta.url), args))
  try {
    const { url, contracts } = await made(chain)
    show(chain, HISTORY)
    const server = keep(seiche({ url, contracts, folder, env: LIMITS }))
    const { http, ws } = await server.message((message) =>
      message['msg'] === 'ready' ? (message as { http: string; ws: string }) : undefined,
    )
    while (!(await fetch(`${http}/readyz`)).ok) await sleep(100)
    const readers = start('./parts/many-clients.ts', [ws, `${clients}`])
    await readers.message((message) => message['connected'])

    const p99 = async (): Promise<number> => await latency(chain, readers, blocks)
    const [without, beside]: [number[], number[]] = [[], []]
    for (let round = -1; round < rounds; round++) {
      const alone = await p99()
      const deaf = start('./parts/stopped-client.ts', [ws])
      await deaf.message((message) => message['stopped'])
      for (let looks = 0; (await waiting(http)) < HISTORY_PAUSES; looks++) {
        if (looks > 100) throw new Error('nothing waits for the client that stopped: more history is needed')
        await sleep(200)
      }
      const accompanied = await p99()
      await deaf.end()
      if (round < 0) continue // warms up
      without.push(alone)
      beside.push(accompanied)
    }
    return [
      {
        ...{
          name: `fanout, ${clients} clients and one that stopped, p99`,
          unit: 'ms',
          atMost: true,
          floor: 1.2,
          goal: 1.1,
        },
        value: median(beside),
        peer: { name: 'without it', value: median(without) },
        ...compared(beside, without),
      },
    ]
  } finally {
    for (const each of parts.reverse()) await each.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The 99th percentile over so many blocks at all readers, ms. */
async function latency(chain: Part, readers: Part, blocks: number): Promise<number> {
  const latencies: number[] = []
  for (let n = 0; n < blocks; n++) {
    const { height, at, events } = await advance(chain)
    if (events === 0) continue
    const times = await readers.message((message) =>
      message['arrived'] === height ? (message['times'] as number[]) : undefined,
    )
    latencies.push(...times.map((time) => time - at))
    await sleep(PACE)
  }
  latencies.sort((a, b) => a - b)
  return latencies[Math.ceil(0.99 * latencies.length) - 1] ?? Number.NaN
}

/** Bytes that wait in the server for the client that has most. */
async function waiting(http: string): Promise<number> {
  const answer = await fetch(`${http}/api/realtime/websocket/clients`)
  const { clients } = (await answer.json()) as { clients: Record<string, { bufferedBytes: number }> }
  return Math.max(...Object.values(clients).map(({ bufferedBytes }) => bufferedBytes))
}
