/**
 * P15: reads that are older than an event whose frame has come. A client of `seiche dev` asks REST for the view of each
 * event at once after its frame, and of everybody's figures, until it has {@link READS} answers; none may be older.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { command } from './parts/measured.ts'
import type { BenchOptions, Row } from './table.ts'

const READS = 10_000
/** What an event's word is shown on. */
const VIEWS: Readonly<Record<string, string>> = { transfer: 'transfers', group: 'groups', pot: 'pots', vault: 'vaults' }
const LIMITLESS = { SEICHE_CONTROL_MAX_REQUESTS_PER_MINUTE: '1000000000' }

interface Frame {
  type: string
  channel?: string
  data: { type: string; blockHeight: number }
}

export async function run({ short }: BenchOptions): Promise<Row[]> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: new URL('..', import.meta.url), stdio: 'inherit' })
  const folder = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
  const chain = ['--rpc-port', '0', '--block-time', '25', '--events', '10']
  const flags = ['dev', '--port', '0', '--ws-port', '0', '--data', folder, '--log', 'json', ...chain]
  const seiche = command(flags, LIMITLESS)
  try {
    const at = await seiche.message(({ msg, http, ws }) =>
      msg === 'ready' ? { http: `${http}`, ws: `${ws}` } : undefined,
    )
    const { reads, stale } = await readAtOnce(at, short ? 200 : READS)
    return [
      {
        ...{ name: 'stale reads, at once after an event’s frame', value: stale, unit: 'reads', atMost: true },
        peer: { name: 'reads', value: reads },
        ...{ ratio: stale / reads, floor: 0, goal: 0 },
      },
    ]
  } finally {
    await seiche.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function readAtOnce(
  { http, ws }: { http: string; ws: string },
  most: number,
): Promise<{ reads: number; stale: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const socket = new WebSocket(ws)
  let [asked, reads, stale] = [0, 0, 0]
  try {
    await new Promise<void>((resolve, reject) => {
      const read = async (view: string, height: number): Promise<void> => {
        if (asked >= most) return
        asked += 1
        if ((await heightOf(`${http}/api/realtime/views/${view}`, agent)) < height) stale += 1
        reads += 1
        if (reads >= most) resolve()
      }
      socket.on('error', reject)
      socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', channel: 'blockchain_events' })))
      socket.on('message', (text: Buffer) => {
        const { type, channel, data } = JSON.parse(text.toString()) as Frame
        if (type !== 'event' || channel !== 'blockchain_events') return
        const view = VIEWS[data.type.split('_')[0] ?? '']
        for (const each of view ? [view, 'market_stats'] : ['market_stats']) read(each, data.blockHeight).catch(reject)
      })
    })
    return { reads, stale }
  } finally {
    socket.terminate()
    agent.destroy()
  }
}

function heightOf(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const { view } = JSON.parse(Buffer.concat(chunks).toString()) as { view: { asOf: { height: number } } }
        resolve(view.asOf.height)
      })
    }).on('error', reject)
  })
}
